"""A table whose format only its contents tell, found out at the first look, which may wait for the disk."""

from __future__ import annotations

from collections.abc import Callable

from runtui.formats.tables.base import Head, OpenTable, Page, RowNumbers, RowSearch
from runtui.logs.search.pattern import Matcher


class DeferredTable:
    """An `OpenTable` that is made at its first look.

    Args:
        make: Makes it; may read the file.
        before: Stands for it until then.
    """

    def __init__(self, make: Callable[[], OpenTable], before: OpenTable) -> None:
        self._make: Callable[[], OpenTable] | None = make
        self._table = before

    def look(self) -> bool:
        """Find out the format if need be, and check for changes; otherwise as any table."""
        if self._make is not None:
            self._table, self._make = self._make(), None
        return self._table.look()

    @property
    def head(self) -> Head | None:
        return self._table.head

    @property
    def size(self) -> int:
        return self._table.size

    @property
    def body(self) -> int:
        return self._table.body

    @property
    def end(self) -> int:
        return self._table.end

    def after(self, begin: int, count: int | None = None) -> Page:
        return self._table.after(begin, count)

    def before(self, end: int, count: int | None = None) -> Page:
        return self._table.before(end, count)

    def around(self, offset: int, count: int | None = None) -> tuple[Page, int]:
        return self._table.around(offset, count)

    def widened(self, page: Page) -> Head:
        return self._table.widened(page)

    def search(self, pattern: Matcher, begin: int, *, backwards: bool) -> RowSearch:
        return self._table.search(pattern, begin, backwards=backwards)

    def numbers(self) -> RowNumbers:
        return self._table.numbers()
