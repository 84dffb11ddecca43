from __future__ import annotations

from pathlib import Path

import pytest

from runtui.formats.tables.base import OpenTable
from runtui.formats.tables.registry import open_table
from runtui.results import row_counter
from runtui.results.row_counter import RowCounter

COUNT = 50_000


@pytest.fixture
def table(tmp_path: Path) -> OpenTable:
    """A table whose rows say their number, below a comment and a header."""
    path = tmp_path / "m.csv"
    path.write_text("# made by hand\nnumber\n" + "".join(f"{n}\n" for n in range(1, COUNT + 1)))
    table = open_table(str(path))
    assert table.look()
    return table


def offset_of(tmp_path: Path, number: int) -> int:
    return (tmp_path / "m.csv").read_bytes().index(f"\n{number}\n".encode()) + 1


def found(numbers: RowCounter, number: int, seconds: float) -> tuple[int | None, int]:
    """Look on until a row is found; return its offset and how many times that took."""
    times, more, offset = 0, True, None
    while more:
        more, offset = numbers.find(number, seconds)
        times += 1
    return offset, times


@pytest.mark.parametrize("number", [1, 2, 777, COUNT])
def test_row_number_and_offset_convert_both_ways(table: OpenTable, tmp_path: Path, number: int) -> None:
    offset = offset_of(tmp_path, number)
    assert found(RowCounter(table), number, 10.0) == (offset, 1)
    assert RowCounter(table).number_of(offset) == number


def test_counting_resumes_after_its_time_is_up(table: OpenTable, tmp_path: Path) -> None:
    offset, _times = found(RowCounter(table), COUNT, 0.0)
    assert offset == offset_of(tmp_path, COUNT)


def test_row_beyond_the_end_is_not_found(table: OpenTable) -> None:
    assert found(RowCounter(table), COUNT + 1, 10.0)[0] is None


def test_distant_rows_are_counted_only_on_request(
    table: OpenTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_counter, "_MOST_COUNTED", 0)
    numbers = RowCounter(table)
    offset = offset_of(tmp_path, COUNT)
    assert numbers.number_of(offset) is None
    assert found(numbers, COUNT, 10.0)[0] == offset
    assert numbers.number_of(offset) == COUNT


def test_rewritten_table_is_counted_again(table: OpenTable, tmp_path: Path) -> None:
    numbers = RowCounter(table)
    assert found(numbers, 3, 10.0)[0] == offset_of(tmp_path, 3)
    (tmp_path / "m.csv").write_text("a much longer header\n10\n20\n30\n")
    assert table.look()
    numbers.reset()
    assert found(numbers, 3, 10.0)[0] == offset_of(tmp_path, 30)
