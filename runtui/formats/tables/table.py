"""A table of any size, read where it is looked at: rows around a place, before it and behind it.

A place is a byte offset, as in logs. Where cells hold line breaks, rows in the middle of a table are found by
trying whether a line is the beginning of a row or stands within quotes: the reading under which the rows have
as many cells as there are columns is the right one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from runtui.formats.tables.delimited import (
    HEAD,
    MOST_COLUMNS,
    Layout,
    column_names,
    delimited_records,
    is_comment,
    json_row,
    layout_of,
    number_of,
)
from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.source import FileSource
from runtui.text.sanitize import safe_text

ROWS = 200
"""Rows that are read at once, of a table that is not very wide."""

_LEAST_ROWS = 20
_MOST_CELLS = 40_000
_MOST_BYTES = 1024 * 1024
_LINES_AT_ONCE = 64
_SYNC_LINES = 250  # more than any row takes
_LONGEST_CELL = 200
_MOST_WIDTH = 40
_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: offset of its first byte, that behind it, and its cells, safe to show."""

    begin: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a table.

    Attributes:
        columns: The columns, safe to show.
        widths: The width of each in cells, from a sample of the rows.
        are_numbers: Which of them hold numbers, from that sample.
    """

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    are_numbers: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows that follow each other.

    Attributes:
        rows: The rows.
        is_beginning: Whether none stands before them.
        is_end: Whether none stands behind them, yet.
    """

    rows: tuple[TableRow, ...]
    is_beginning: bool
    is_end: bool


class Table:
    """A table. Belongs to one thread.

    Args:
        path: The table.

    Attributes:
        source: Its bytes, for searching.
        head: What stands above it; None while it is none that can be read.
        body: Offset of the first row.
    """

    def __init__(self, path: str) -> None:
        self.source = FileSource(path)
        self.head: Head | None = None
        self.body = 0
        self._layout: Layout | None = None
        self._generation = -1
        self._names: dict[str, int] = {}

    def look(self) -> bool:
        """Find out what happened to the table; return whether it begins anew.

        Raises:
            OSError: It cannot be read.
        """
        look = self.source.look()
        is_new = look.generation != self._generation
        if is_new:
            self._generation = look.generation
            self._layout = self.head = None
        if self._layout is None:
            self._begin()
            return is_new or self._layout is not None
        return is_new

    def _begin(self) -> None:
        head = self.source.read(0, HEAD)
        layout = layout_of(os.path.basename(self.source.path), head, is_whole=len(head) == self.source.size)
        if layout is None:
            return
        self._layout, self.body = layout, layout.body
        if layout.is_json:
            self._names = {name: place for place, name in enumerate(layout.names)}
        first = self.after(self.body)
        last = self.before(self.source.size) if self.source.size > _MOST_BYTES else first
        self.head = _head(self._columns(), [row.cells for row in (*first.rows, *last.rows)])

    def _columns(self) -> tuple[str, ...]:
        assert self._layout is not None
        if not self._layout.is_json or len(self._names) == len(self._layout.columns):
            return self._layout.columns
        return column_names(tuple(self._names))

    def widened(self, page: Page) -> Head:
        """Return the head, from now on with the columns that some rows have, and wide enough for them.

        Args:
            page: Rows that were read, of a table that has a head.
        """
        head = self.head
        assert head is not None
        if all(len(row.cells) <= len(head.columns) for row in page.rows) and not any(
            cell_len(cell) > head.widths[place] and head.widths[place] < _MOST_WIDTH
            for row in page.rows
            for place, cell in enumerate(row.cells)
        ):
            return head
        found = _head(self._columns(), [row.cells for row in page.rows])
        added = (0,) * (len(found.columns) - len(head.columns))
        missing = (0,) * (len(head.columns) - len(found.columns))
        self.head = Head(
            (*found.columns, *head.columns[len(found.columns) :]),
            tuple(map(max, (*head.widths, *added), (*found.widths, *missing))),
            (*head.are_numbers, *found.are_numbers[len(head.are_numbers) :]),
        )
        return self.head

    # Rows around places

    def after(self, begin: int, count: int | None = None) -> Page:
        """Return rows from `begin` on, which is where a row begins.

        Raises:
            OSError: The table cannot be read.
        """
        count = self._usual_count if count is None else count
        spanned = self._spans_lines
        page = self._after(begin, count)
        # That cells hold line breaks may be found out only now.
        return page if spanned == self._spans_lines else self._after(begin, count)

    def _after(self, begin: int, count: int) -> Page:
        reader, size = LineReader(self.source), self.source.size
        begin = max(begin, self.body)
        rows: list[TableRow] = []
        place, gone = begin, 0
        while place < size and len(rows) < count and gone < _MOST_BYTES:
            lines = reader.after(place, _LINES_AT_ONCE if not self._spans_lines else _SYNC_LINES)
            found = self._rows(lines, is_end=lines[-1].end >= size)
            rows += found
            before, place = place, lines[-1].end
            # The last row may go on behind these lines.
            if self._spans_lines and found and place < size:
                place = found[-1].end
            gone += place - before
        is_end = place >= size and len(rows) <= count
        return Page(tuple(rows[:count]), begin <= self.body, is_end)

    def before(self, end: int, count: int | None = None) -> Page:
        """Return rows before `end`, which is where a row ends.

        Raises:
            OSError: The table cannot be read.
        """
        count = self._usual_count if count is None else count
        spanned = self._spans_lines
        page = self._before(end, count)
        return page if spanned == self._spans_lines else self._before(end, count)

    def _before(self, end: int, count: int) -> Page:
        reader, size = LineReader(self.source), self.source.size
        end = min(end, size)
        is_end = end >= size
        lines: list[Line] = []
        rows: list[TableRow] = []
        place = end
        wanted = count + (_SYNC_LINES if self._spans_lines else 0)
        while place > self.body and len(rows) < count and end - place < _MOST_BYTES:
            lines = [line for line in reader.before(place, wanted) if line.begin >= self.body] + lines
            place = lines[0].begin
            if not self._spans_lines:
                rows = self._rows(lines, is_end=is_end) + rows
                lines = []
            else:
                rows = self._rows(lines[self._first_row(lines) :], is_end=True)
        is_beginning = place <= self.body and len(rows) <= count
        return Page(tuple(rows[-count:]), is_beginning, is_end)

    def around(self, offset: int, count: int | None = None) -> tuple[Page, int]:
        """Return rows around the one in which `offset` lies, and which of them that is.

        Raises:
            OSError: The table cannot be read.
        """
        line = LineReader(self.source).at(max(offset, self.body))
        if line is None:
            return Page((), True, True), 0
        before = self.before(line.end, count)
        # A row of several lines goes on behind this one.
        begin = before.rows[-1].begin if before.rows and before.rows[-1].end >= line.end else line.end
        kept = before.rows[:-1] if begin != line.end else before.rows
        after = self.after(begin, count)
        page = Page((*kept, *after.rows), before.is_beginning, after.is_end)
        return page, max(0, min(len(kept), len(page.rows) - 1))

    @property
    def _usual_count(self) -> int:
        """How many rows are read at once: fewer where they have very many cells."""
        columns = len(self._layout.columns) if self._layout is not None else 0
        return max(_LEAST_ROWS, min(ROWS, _MOST_CELLS // max(1, columns)))

    @property
    def _spans_lines(self) -> bool:
        return self._layout is not None and self._layout.spans_lines

    def _rows(self, lines: Sequence[Line], *, is_end: bool) -> list[TableRow]:
        """Return the rows that lines are; the first one begins a row."""
        layout = self._layout
        assert layout is not None
        rows = []
        # What is longer than a line may be comes in pieces, of which the first has the first cells.
        whole = [line for line in lines if line.starts]
        texts = [line.raw.decode("utf-8", "replace").removesuffix("\r") for line in whole]
        if not self._spans_lines:
            for line, text in zip(whole, texts, strict=True):
                cells = self._json_cells(text) if layout.is_json else layout.cells(text)
                if '"' in text and not layout.is_json and self._is_open(text):
                    self._layout = replace(layout, spans_lines=True)
                if cells is not None:
                    rows.append(_row(line.begin, line.end, cells))
            return rows
        gone = 0
        for record in delimited_records(texts, layout.delimiter):
            gone = record.first + record.count
            rows.append(_row(whole[record.first].begin, whole[gone - 1].end, record.cells))
        if is_end:
            # A quote that is never closed: each line is shown as it is.
            rows += [
                _row(line.begin, line.end, text.split(layout.delimiter))
                for line, text in zip(whole[gone:], texts[gone:], strict=True)
                if not is_comment(text)
            ]
        return rows

    def _is_open(self, text: str) -> bool:
        """Return whether a quoted cell goes on behind a line."""
        assert self._layout is not None
        return not is_comment(text) and not any(delimited_records([text], self._layout.delimiter))

    def _first_row(self, lines: Sequence[Line]) -> int:
        """Return which of the lines is the first that begins a row, as far as can be told."""
        layout = self._layout
        assert layout is not None
        if not lines or lines[0].begin <= self.body:
            return 0
        texts = [line.raw.decode("utf-8", "replace").removesuffix("\r") for line in lines]
        outside = list(delimited_records(texts, layout.delimiter))
        inside = list(delimited_records(['"' + texts[0], *texts[1:]], layout.delimiter))
        count = len(layout.columns)

        def fitting(cells: Sequence[Sequence[str]]) -> float:
            return sum(len(one) == count for one in cells) / max(1, len(cells))

        if inside[1:] and fitting([one.cells for one in inside[1:]]) > fitting(
            [one.cells for one in outside]
        ):
            return inside[0].first + inside[0].count
        return 0

    def _json_cells(self, text: str) -> list[str] | None:
        found = json_row(text)
        if found is None:
            return None
        for name in found:
            if name not in self._names and len(self._names) < MOST_COLUMNS:
                self._names[name] = len(self._names)
        cells = [""] * len(self._names)
        for name, cell in found.items():
            place = self._names.get(name)
            if place is not None:
                cells[place] = cell
        return cells


def _row(begin: int, end: int, cells: Sequence[str]) -> TableRow:
    return TableRow(
        begin, end, tuple(safe_text(cell.strip(), _LONGEST_CELL) for cell in cells[:MOST_COLUMNS])
    )


def _head(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Head:
    """Return what stands above rows, with columns without a name where rows have more cells."""
    count = max([len(columns), *map(len, rows)])
    names = (*columns, *(f"column {place + 1}" for place in range(len(columns), count)))
    widths = [min(_MOST_WIDTH, cell_len(name)) for name in names]
    are_numbers = [False] * count
    for place in range(count):
        cells = [row[place] for row in rows if place < len(row) and row[place]]
        widths[place] = min(_MOST_WIDTH, max([widths[place], *map(cell_len, cells)]))
        are_numbers[place] = bool(cells) and all(number_of(cell) is not None for cell in cells)
    return Head(names, tuple(widths), tuple(are_numbers))
