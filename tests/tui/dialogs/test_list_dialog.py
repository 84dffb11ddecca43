from __future__ import annotations

import pytest

from runtui.render.styled import StyledLine, StyledText
from runtui.tui.dialogs.list_dialog import LazyRows


@pytest.fixture
def made() -> list[int]:
    """The rows that were made."""
    return []


@pytest.fixture
def rows(made: list[int]) -> LazyRows:
    def row_at(place: int) -> StyledLine:
        made.append(place)
        return (StyledText(f"row {place}"),)

    return LazyRows(1_000_000, row_at)


def test_only_visible_rows_are_created(rows: LazyRows, made: list[int]) -> None:
    assert len(rows) == 1_000_000
    assert rows[7] == (StyledText("row 7"),)
    assert [line[0].text for line in rows[3:5]] == ["row 3", "row 4"]
    assert made == [7, 3, 4]


def test_slice_beyond_the_end_is_truncated(rows: LazyRows) -> None:
    assert len(rows[999_998:2_000_000]) == 2
    assert list(rows[5:5]) == []
