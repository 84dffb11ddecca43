"""Tables whose rows have numbers, as they are shown and searched."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.base import Page
from runtui.formats.tables.numbered import NumberedTable
from runtui.logs.search.pattern import compile_pattern


class Squares:
    """Rows of a number and its square, of which there are as many as a test says."""

    columns: Sequence[str] = ("n", "square")

    def __init__(self, count: int) -> None:
        self.count = count
        self.is_new = True

    def look(self) -> bool:
        is_new, self.is_new = self.is_new, False
        return is_new

    def __len__(self) -> int:
        return self.count

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        return [(str(number), str(number**2)) for number in range(first, min(first + count, self.count))]


def opened(count: int) -> NumberedTable:
    table = NumberedTable("no such file", Squares(count))
    assert table.look()
    return table


def numbers(page: Page) -> list[int]:
    return [int(row.cells[0]) for row in page.rows]


@given(st.integers(1, 1000), st.integers(-5, 1005), st.integers(1, 50))
def test_pages_are_contiguous_and_know_both_ends(total: int, place: int, count: int) -> None:
    table = opened(total)
    begin = min(max(place, 0), total)
    after, before = table.after(place, count), table.before(place, count)
    assert numbers(after) == list(range(begin, min(begin + count, total)))
    assert numbers(before) == list(range(max(0, begin - count), begin))
    assert (after.is_beginning, after.is_end) == (begin == 0, begin + count >= total)
    assert (before.is_beginning, before.is_end) == (begin <= count, begin == total)
    around, row = table.around(place, count)
    assert numbers(around)[row] == min(begin, total - 1)


def test_file_without_columns_is_no_table_yet() -> None:
    rows = Squares(3)
    table = NumberedTable("no such file", rows)
    rows.columns = ()
    table.look()
    assert (table.head, table.size) == (None, 0)
    rows.columns = ("n", "n")
    assert table.look()
    assert table.head is not None
    assert table.head.columns == ("n", "n (2)")
    assert table.head.are_numbers == (True, True)


def test_column_widths_do_not_shrink_with_further_rows() -> None:
    table = opened(100_000)
    assert table.head is not None
    before = table.head.widths
    assert table.widened(table.around(50_000)[0]).widths >= before


@pytest.mark.parametrize(
    ("text", "begin", "backwards", "found"),
    [
        ("^999 ", 0, False, 999),
        ("^999 ", 1000, True, 999),
        ("^999 ", 1000, False, None),
        ("^999 ", 999, True, None),
        ("1000000", 0, False, 1000),
        ("^7", 0, False, 7),
        ("^7", 10_000, True, 7999),
    ],
)
def test_a_search_finds_the_next_row(text: str, begin: int, backwards: bool, found: int | None) -> None:
    search = opened(10_000).search(compile_pattern(text), begin, backwards=backwards)
    steps = 0
    while search.step():
        steps += 1
    assert search.found_at == found
    assert steps < 25


def test_row_is_found_by_number_without_counting() -> None:
    counted = opened(10).numbers()
    assert (counted.step(), counted.position) == (False, 10)
    assert (counted.number_of(4), counted.offset_of(4)) == (4, 4)
    assert (counted.offset_of(10), counted.number_of(11)) == (None, None)
