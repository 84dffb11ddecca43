from __future__ import annotations

import pytest

from runtui.formats.tables.headers import header_place, is_header, names_for


@pytest.mark.parametrize(
    ("rows", "blanks", "place"),
    [
        ([["a", "b"], ["1", "2"]], [], 0),
        ([["note"], ["a", "b"], ["1", "2"], ["3", "4"]], [], 1),
        ([["x", "y"], ["T", "300"], ["a", "b"], ["1", "2"]], [2], 2),
        ([["x", "y"], ["a", "b"], ["1", "2"]], [], 0),
        ([["x", "y"], ["z", "w"], ["a", "b"]], [2], 0),
        ([["1", "2"], ["a", "b"], ["3", "4"]], [1], 0),
    ],
)
def test_header_is_found_after_leading_notes(rows: list[list[str]], blanks: list[int], place: int) -> None:
    assert header_place(rows, [row in blanks for row in range(len(rows))]) == place


def test_header_gives_one_name_per_cell_or_none() -> None:
    assert names_for("Time  Total Energy", 2) == ["Time", "Total Energy"]
    assert names_for("Time  Total Energy", 3) == ["Time", "Total", "Energy"]
    assert names_for("Time  Total Energy", 4) is None


def test_a_row_of_missing_values_is_no_header() -> None:
    assert not is_header(["NA", "-"], [["1", "2"]])
    assert is_header(["step", "NA"], [["1", "2"]])


def test_columns_called_by_numbers_stay_a_header_where_values_are_missing() -> None:
    assert is_header(["t", "1", "2"], [["0", "NA", "0.5"], ["1", "0.4", "-"]])
