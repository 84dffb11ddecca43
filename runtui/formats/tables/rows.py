"""Rows of a table by the names of their columns, through headers that are repeated or change on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from runtui.formats.tables.delimited import (
    MOST_COLUMNS,
    Layout,
    column_names,
    fields_of,
    is_comment,
    json_row,
)
from runtui.formats.tables.headers import BLANKS, names_for, readings
from runtui.formats.tables.numbers import is_missing, number_of, with_decimal_point
from runtui.text.sanitize import safe_text

Row = dict[str, str]
"""The cells of a row by column; as they stand in the file, not safe to show. What a row lacks is left out."""

_LONGEST_NAME = 80  # characters
_MOST_JUDGED = 200  # rows after which it is known which columns hold numbers


class RowReader:
    """Parser of one table's lines, in their order.

    A run that was resumed may write its header once more, or another one: rows below that are read by it.

    Args:
        layout: How the table begins.

    Attributes:
        columns: The columns of the rows at hand; of JSON lines those that were seen.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.columns: tuple[str, ...] = layout.columns
        self._shown = dict(zip(layout.names, layout.columns, strict=False)) if layout.is_json else {}
        self._wider: dict[int, tuple[str, ...]] = {}
        self._hold_numbers: set[str] = set()
        self._judged = 0

    def read(self, lines: Sequence[str]) -> Iterator[tuple[Row | None, int]]:
        """Yield each row that ends within the lines, None for a header, and how many lines it ends behind."""
        if self._layout.is_json:
            for place, line in enumerate(lines, 1):
                row = self._json_row(line)
                if row is not None:
                    yield row, place
            return
        texts = [line.removesuffix("\r") for line in lines]
        records = list(self._layout.records(texts))
        named = {place: names for place, text in enumerate(texts) if (names := fields_of(text)) is not None}
        for place, record in enumerate(records):
            row = None
            self._take_fields(named, record.first)
            cells = self._plain(record.cells)
            if self._is_header(cells, texts[record.first]):
                below = records[place + 1].cells if place + 1 < len(records) else ()
                self._wider[len(self.columns)] = self.columns
                self.columns = self._names(texts[record.first], cells, len(below))
            else:
                row = dict(zip(self._columns_of(cells), cells, strict=False))
            yield row, record.first + record.count
        self._take_fields(named, len(texts))

    def _take_fields(self, named: dict[int, list[str]], before: int) -> None:
        """Take the columns that lines of PLUMED name above a place among those at hand."""
        for place in [place for place in named if place < before]:
            self.columns = column_names(named.pop(place)[:MOST_COLUMNS])
            self._wider.clear()

    def _columns_of(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of a row: those of an earlier header if it is too wide for the last one.

        Some programs write a narrow table in between, with a header of its own.
        """
        return self._wider.get(len(cells), self.columns) if len(cells) > len(self.columns) else self.columns

    def _plain(self, cells: list[str]) -> list[str]:
        return list(map(with_decimal_point, cells)) if self._layout.has_decimal_commas else cells

    def _names(self, text: str, cells: Sequence[str], below: int) -> tuple[str, ...]:
        """Return the columns that a header names, of rows with so many cells; 0 where none follows yet."""
        if self._layout.delimiter == BLANKS:
            count = below or len(self.columns)
            cells = names_for(text, count) or [str(place + 1) for place in range(count)]
        return column_names(cells[:MOST_COLUMNS])

    def whole_row(self, line: str, *, is_settled: bool) -> Row | None:
        """Return the row in a line that no newline ends, or None where more of it may be to come.

        Args:
            line: The line.
            is_settled: Whether the table has not been written to for a while.
        """
        if self._layout.is_json:
            return self._json_row(line)  # the object is closed
        cells = self._layout.cells(line.removesuffix("\r"))
        if cells is None or fields_of(line) is not None or not is_settled or len(cells) != len(self.columns):
            return None
        cells = self._plain(cells)
        if self._is_header(cells, line):
            return None
        return dict(zip(self.columns, cells, strict=True))

    def is_passed_over(self, line: str) -> bool:
        """Return whether a line is not a row: blank, a comment, or of JSON lines not an object."""
        return self._layout.is_json or is_comment(line.removesuffix("\r"))

    def _json_row(self, line: str) -> Row | None:
        found = json_row(line)
        if found is None:
            return None
        for key in found:
            if key not in self._shown and len(self._shown) < MOST_COLUMNS:
                taken = set(self._shown.values())
                name = unique = safe_text(key.strip(), _LONGEST_NAME) or "(no name)"
                number = 2
                while unique in taken:
                    unique, number = f"{name} ({number})", number + 1
                self._shown[key] = unique
                self.columns = (*self.columns, unique)
        return {self._shown[key]: cell for key, cell in found.items() if key in self._shown}

    def _is_header(self, cells: Sequence[str], text: str) -> bool:
        """Return whether a row names columns: words only, of which one stands where numbers have stood."""
        if self._judged < _MOST_JUDGED:
            self._judged += 1
            numbers = {
                name for name, cell in zip(self.columns, cells, strict=False) if number_of(cell) is not None
            }
            self._hold_numbers |= numbers
        if any(number_of(cell) is not None for cell in cells):
            return False
        return (
            len(cells) > 1
            and not any(map(is_missing, cells))
            and self._are_distinct(cells, text)
            and any(name in self._hold_numbers for name in self.columns[: len(cells)])
        )

    def _are_distinct(self, cells: Sequence[str], text: str) -> bool:
        ways = readings(text) if self._layout.delimiter == BLANKS else [cells]
        return any(len(set(names)) == len(names) > 1 for names in ways)


def number_in(row: Row, column: str) -> float:
    """Return the number that a row has in a column; nan where it has none."""
    number = number_of(row.get(column, ""))
    return math.nan if number is None else number
