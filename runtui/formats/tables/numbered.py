"""Tables whose rows are addressed by their numbers, shown and searched."""

from __future__ import annotations

import os

from runtui.formats.tables.base import (
    Head,
    NumberedRows,
    Page,
    head_of,
    row_of,
    rows_at_once,
    widened_head,
)
from runtui.formats.tables.delimited import MOST_COLUMNS, column_names
from runtui.logs.search.pattern import Matcher

_SEARCHED_AT_ONCE = 500  # rows
_BETWEEN = "  "


class NumberedTable:
    """An `OpenTable` of numbered rows: a place is a row's number.

    Args:
        path: The file, for its size.
        rows: Its rows.
    """

    body = 0

    def __init__(self, path: str, rows: NumberedRows) -> None:
        self._path = path
        self._rows = rows
        self._columns: tuple[str, ...] = ()
        self.head: Head | None = None

    @property
    def size(self) -> int:
        try:
            return os.stat(self._path).st_size
        except OSError:
            return 0

    @property
    def end(self) -> int:
        return len(self._rows)

    def look(self) -> bool:
        is_new = self._rows.look()
        if is_new:
            self.head = None
        if self.head is not None or not self._rows.columns:
            return is_new
        self._columns = column_names(self._rows.columns[:MOST_COLUMNS])
        sample = (*self.after(0).rows, *self.before(self.end).rows)
        self.head = head_of(self._columns, [row.cells for row in sample])
        return True

    def after(self, begin: int, count: int | None = None) -> Page:
        first = min(max(begin, 0), self.end)
        return self._page(first, first + self._count(count))

    def before(self, end: int, count: int | None = None) -> Page:
        last = min(max(end, 0), self.end)
        return self._page(last - self._count(count), last)

    def around(self, offset: int, count: int | None = None) -> tuple[Page, int]:
        place = min(max(offset, 0), max(0, self.end - 1))
        first = max(0, place - self._count(count))
        return self._page(first, place + self._count(count)), place - first

    def widened(self, page: Page) -> Head:
        assert self.head is not None
        self.head = widened_head(self.head, self._columns, page)
        return self.head

    def search(self, pattern: Matcher, begin: int, *, backwards: bool) -> NumberedSearch:
        return NumberedSearch(self._rows, pattern, begin, backwards=backwards)

    def numbers(self) -> KnownNumbers:
        return KnownNumbers(self._rows)

    def _count(self, count: int | None) -> int:
        return rows_at_once(len(self._columns)) if count is None else count

    def _page(self, first: int, last: int) -> Page:
        first, last = max(0, first), min(last, self.end)
        cells = self._rows.rows(first, last - first) if last > first else ()
        rows = tuple(row_of(first + place, first + place + 1, row) for place, row in enumerate(cells))
        return Page(rows, first == 0, last == self.end)


class NumberedSearch:
    """A search through numbered rows; a row's text is its cells with blanks between them.

    Args:
        rows: The rows.
        pattern: The pattern to look for.
        begin: The first row that is looked at; backwards the one behind it.
        backwards: Whether to go towards the beginning.
    """

    def __init__(self, rows: NumberedRows, pattern: Matcher, begin: int, *, backwards: bool) -> None:
        self.found_at: int | None = None
        self._rows = rows
        self._pattern = pattern
        self._position = min(begin, len(rows))
        self._backwards = backwards

    def step(self) -> bool:
        if self.found_at is not None:
            return False
        if self._backwards:
            first, last = max(0, self._position - _SEARCHED_AT_ONCE), self._position
        else:
            first, last = self._position, min(len(self._rows), self._position + _SEARCHED_AT_ONCE)
        if last <= first:
            return False
        cells = self._rows.rows(first, last - first)
        order = range(len(cells) - 1, -1, -1) if self._backwards else range(len(cells))
        place = next((place for place in order if self._pattern.matches(_BETWEEN.join(cells[place]))), None)
        self.found_at = None if place is None else first + place
        self._position = first if self._backwards else last
        return self.found_at is None


class KnownNumbers:
    """Row numbers that are their own places."""

    def __init__(self, rows: NumberedRows) -> None:
        self._rows = rows

    @property
    def position(self) -> int:
        return len(self._rows)

    def step(self) -> bool:
        return False

    def number_of(self, offset: int) -> int | None:
        return offset if 0 <= offset <= len(self._rows) else None

    def offset_of(self, number: int) -> int | None:
        return number if 0 <= number < len(self._rows) else None
