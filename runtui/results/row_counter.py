"""Row numbers of a table, counted as far down as somebody asks."""

from __future__ import annotations

import time

from runtui.formats.tables.base import OpenTable, RowNumbers

_MOST_COUNTED = 16 * 1024 * 1024  # bytes, or rows, from the beginning that are counted unasked


class RowCounter:
    """Counter of a table's rows, from 1; its header has no number.

    Only one thread counts; any may `reset`.

    Args:
        table: The table.
    """

    def __init__(self, table: OpenTable) -> None:
        self._table = table
        self._numbers: RowNumbers | None = None

    def reset(self) -> None:
        """Count again, because the table begins anew."""
        self._numbers = None

    def number_of(self, offset: int) -> int | None:
        """Return the number of the row at `offset`, or None where counting that far costs much."""
        numbers = self._counted()
        while numbers.position < min(offset, _MOST_COUNTED) and numbers.step():
            pass
        number, first = numbers.number_of(offset), numbers.number_of(self._table.body)
        return None if number is None or first is None else number - first + 1

    def find(self, number: int, seconds: float) -> tuple[bool, int | None]:
        """Count on to a row for about so many seconds, at least a piece of the table.

        Returns:
            Whether there is more to count, and the row's offset where it is known.
        """
        numbers, until = self._counted(), time.monotonic() + seconds
        more = True
        while True:
            first = numbers.number_of(self._table.body)
            offset = None if first is None else numbers.offset_of(number + first - 1)
            if offset is not None or not more:
                return False, offset
            more = numbers.step()
            if more and time.monotonic() >= until:
                return True, None

    def _counted(self) -> RowNumbers:
        if self._numbers is None:
            self._numbers = self._table.numbers()
        return self._numbers
