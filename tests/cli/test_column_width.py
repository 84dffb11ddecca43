from __future__ import annotations

import pytest
from rich.cells import cell_len as cells_of_rich

from runtui.catalog.columns import STATUS_SIGNS
from runtui.cli.column_width import cell_len, cut_to_width

TEXTS = [
    "",
    "plain",
    "a description that was cut…",
    "漢字 and words",
    "gás",
    "🌊 wave",
    "e\u0301",
    "· of · many ·",
    "…middle… 漢…",
    *(f"{sign} status" for sign in STATUS_SIGNS.values()),
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_width_equals_rich_cell_width(text: str) -> None:
    assert cell_len(text) == cells_of_rich(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_cut_text_fills_its_width_exactly(text: str) -> None:
    for width in range(cell_len(text) + 1):
        cut = cut_to_width(text, width)
        assert cells_of_rich(cut) == width
        assert text.startswith(cut.rstrip(" "))


def test_half_of_a_wide_character_becomes_a_space() -> None:
    assert cut_to_width("漢字", 3) == "漢 "
