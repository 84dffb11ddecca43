"""A table of any size, read where it is looked at: rows around a place, before it and behind it.

A place is a byte offset, as in logs. Where cells hold line breaks, rows in the middle of a table are found by
trying whether a line is the beginning of a row or stands within quotes: the reading under which the rows have
as many cells as there are columns is the right one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from runtui.formats.tables.base import Head, Page, TableRow, head_of, row_of, rows_at_once, widened_head
from runtui.formats.tables.delimited import (
    HEAD,
    MOST_COLUMNS,
    Layout,
    column_names,
    delimited_records,
    is_comment,
    json_row,
    layout_of,
)
from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.source import FileSource
from runtui.logs.search.line_numbers import LineNumbers
from runtui.logs.search.pattern import Matcher
from runtui.logs.search.search import Search

_MOST_BYTES = 1024 * 1024
_LINES_AT_ONCE = 64  # lines
_SYNC_LINES = 250  # more than any row takes


class TextTable:
    """An `OpenTable` of text: a place is the offset of a byte. Belongs to one thread.

    Args:
        path: The table.

    Attributes:
        source: Its bytes, for searching.
        head: The table's head; None for a table that cannot be read.
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
        """Check for changes of the table; return whether it begins anew.

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
        self.head = head_of(self._columns(), [row.cells for row in (*first.rows, *last.rows)])

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
        assert self.head is not None
        self.head = widened_head(self.head, self._columns(), page)
        return self.head

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.source.size

    @property
    def end(self) -> int:
        """The offset after the last row."""
        return self.source.size

    def search(self, pattern: Matcher, begin: int, *, backwards: bool) -> TextSearch:
        """Return a search for a row from an offset on."""
        return TextSearch(self, pattern, begin, backwards=backwards)

    def numbers(self) -> LineNumbers:
        """Return the counter of the file's lines, and so of its rows."""
        return LineNumbers(self.source)

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
        """The number of rows read at once: fewer where they have very many cells."""
        return rows_at_once(len(self._layout.columns) if self._layout is not None else 0)

    @property
    def _spans_lines(self) -> bool:
        return self._layout is not None and self._layout.spans_lines

    def _rows(self, lines: Sequence[Line], *, is_end: bool) -> list[TableRow]:
        """Return the rows in some lines; the first one begins a row."""
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
                    rows.append(row_of(line.begin, line.end, cells))
            return rows
        gone = 0
        for record in delimited_records(texts, layout.delimiter):
            gone = record.first + record.count
            rows.append(row_of(whole[record.first].begin, whole[gone - 1].end, record.cells))
        if is_end:
            # A quote that is never closed: each line is shown as it is.
            rows += [
                row_of(line.begin, line.end, text.split(layout.delimiter))
                for line, text in zip(whole[gone:], texts[gone:], strict=True)
                if not is_comment(text)
            ]
        return rows

    def _is_open(self, text: str) -> bool:
        """Return whether a quoted cell continues after a line."""
        assert self._layout is not None
        return not is_comment(text) and not any(delimited_records([text], self._layout.delimiter))

    def _first_row(self, lines: Sequence[Line]) -> int:
        """Return the index of the first line that begins a row, as far as can be told."""
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


class TextSearch:
    """A search through the lines of a table of text, without the header above the rows.

    Args:
        table: The table.
        pattern: The pattern to look for.
        begin: Where a row begins; backwards where one ends.
        backwards: Whether to go towards the beginning.
    """

    def __init__(self, table: TextTable, pattern: Matcher, begin: int, *, backwards: bool) -> None:
        self._table = table
        self._search = Search(table.source, pattern, begin, backwards=backwards)

    @property
    def found_at(self) -> int | None:
        """Offset of the line that was found, or None."""
        found = self._search.found
        return None if found is None or found.begin < self._table.body else found.begin

    def step(self) -> bool:
        """Search on, and return whether there is more to do.

        Raises:
            OSError: The table cannot be read.
        """
        return self._search.step()
