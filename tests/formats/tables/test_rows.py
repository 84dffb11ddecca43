"""Rows of a table by the names of their columns."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.delimited import layout_of
from runtui.formats.tables.rows import RowReader, number_in


def reader(text: str, name: str = "x.csv") -> RowReader:
    layout = layout_of(name, text.encode(), is_whole=True)
    assert layout is not None
    return RowReader(layout)


def rows(found: RowReader, *lines: str) -> list[dict[str, str] | None]:
    return [row for row, _place in found.read(lines)]


def test_cells_are_keyed_by_column_without_missing_ones() -> None:
    found = reader("step,loss,acc\n1,0.5,0.1\n")
    assert rows(found, "2,0.25,0.2\r", "3,0.125", "4,1,2,3") == [
        {"step": "2", "loss": "0.25", "acc": "0.2"},
        {"step": "3", "loss": "0.125"},
        {"step": "4", "loss": "1", "acc": "2"},
    ]


def test_narrow_table_in_between_ends_where_a_row_is_wide_again() -> None:
    found = reader("step,loss,acc\n1,0.5,0.1\n")
    assert rows(found, "1,0.5,0.1", "low,high", "1,2", "2,0.25,0.2", "3,4") == [
        {"step": "1", "loss": "0.5", "acc": "0.1"},
        None,
        {"low": "1", "high": "2"},
        {"step": "2", "loss": "0.25", "acc": "0.2"},
        {"low": "3", "high": "4"},
    ]


def test_repeated_header_is_skipped_and_a_new_one_renames_columns() -> None:
    found = reader("step,loss\n1,0.5\n")
    assert rows(found, "1,0.5", "step,loss", "1,0.4") == [
        {"step": "1", "loss": "0.5"},
        None,
        {"step": "1", "loss": "0.4"},
    ]
    assert rows(found, "step,acc", "2,0.9") == [None, {"step": "2", "acc": "0.9"}]
    assert found.columns == ("step", "acc")


@pytest.mark.parametrize("line", ["nan,inf", ",x", "x,x", "7,x"])
def test_row_with_a_number_gap_or_duplicate_word_is_not_a_header(line: str) -> None:
    found = reader("step,loss\n1,0.5\n")
    assert rows(found, "1,0.5", line)[1] is not None


def test_text_rows_of_a_text_table_are_not_headers() -> None:
    found = reader("name,note\na,b\n")
    assert rows(found, "c,d", "e,f") == [{"name": "c", "note": "d"}, {"name": "e", "note": "f"}]


def test_quoted_cell_spans_several_lines() -> None:
    found = reader("step,note\n1,x\n")
    assert list(found.read(['1,"a', 'b"', "2,c"])) == [
        ({"step": "1", "note": "a\nb"}, 2),
        ({"step": "2", "note": "c"}, 3),
    ]


def test_unterminated_line_is_a_row_if_complete_in_a_settled_file() -> None:
    found = reader("step,loss\n1,0.5\n")
    assert found.whole_row("2,0.2", is_settled=False) is None
    assert found.whole_row("2", is_settled=True) is None
    assert found.whole_row("2,0.2", is_settled=True) == {"step": "2", "loss": "0.2"}


def test_json_lines_objects_add_columns() -> None:
    found = reader('{"step": 1}\n{"step": 2}\n', "x.jsonl")
    assert rows(found, '{"step": 1, "loss": 0.5}', "broken", '{"a\\u001b": 1, " step": 2}')[0] == {
        "step": "1",
        "loss": "0.5",
    }
    assert all(column.isprintable() for column in found.columns)
    assert len(set(found.columns)) == len(found.columns) == 4
    assert found.is_passed_over("broken")


@given(st.lists(st.dictionaries(st.text(max_size=4), st.floats(allow_nan=False), max_size=4), max_size=5))
def test_each_json_lines_number_has_its_own_column(objects: list[dict[str, float]]) -> None:
    found = reader('{"a": 1}\n', "x.jsonl")
    read = rows(found, *map(json.dumps, objects))
    for row, written in zip(read, objects, strict=True):
        assert row is not None
        assert sorted(number_in(row, column) for column in row) == sorted(written.values())
        assert set(row) <= set(found.columns)


def test_a_cell_without_a_number_is_nan() -> None:
    assert number_in({"loss": "1e-3"}, "loss") == 0.001
    assert math.isnan(number_in({"loss": "much"}, "loss"))
    assert math.isnan(number_in({}, "loss"))


def test_numbers_with_decimal_commas_are_read_as_numbers() -> None:
    found = reader("t;note\n1,5;a,5\n")
    assert rows(found, "1,5;a,5") == [{"t": "1.5", "note": "a,5"}]


def test_repeated_header_with_spaces_in_names_keeps_its_columns() -> None:
    header = "  Time   Total Energy   T (K)"
    found = reader(f"{header}\n0.0  1.5  300\n", "x.dat")
    again = rows(found, "0.0  1.5  300", header, "0.1  1.6  301")
    assert again[1:] == [None, {"Time": "0.1", "Total Energy": "1.6", "T (K)": "301"}]
    other = rows(found, "Time   Wall Time", "0.2  7")
    assert other == [None, {"Time": "0.2", "Wall Time": "7"}]
    assert rows(found, "Step Time Wall", "5 0.3") == [None, {"1": "5", "2": "0.3"}]
