"""Tables as text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.text.table_text import csv_text, markdown_text, no_formula, tsv_text

cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5))
def test_csv_and_tsv_come_back_as_they_were_but_for_formulas(rows: list[list[str]]) -> None:
    safe = [[no_formula(cell) for cell in row] for row in rows]
    assert list(csv.reader(io.StringIO(csv_text(rows)))) == safe
    assert list(csv.reader(io.StringIO(tsv_text(rows)), delimiter="\t")) == safe


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        *(
            (text, False)
            for text in ("=cmd()", "+1+1", "-1-1", "@SUM(A1)", "  =cmd", "a;=cmd()", "\t=1", "＝1")
        ),
        *((text, True) for text in ("-1.5e-3", "+7", "-inf", "a=b", "1;2", "", "x - y")),
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str, is_safe: bool) -> None:
    assert no_formula(text) == (text if is_safe else f"'{text}")


def test_markdown_has_a_line_below_the_headings_and_escapes() -> None:
    assert markdown_text([["a", "b"], ["x|y", "*z*"]]) == "| a | b |\n| --- | --- |\n| x\\|y | \\*z\\* |\n"
