"""Base of all tables: rows, pages and heads, and the protocols of formats.

A format of which the rows can be counted gives them by their numbers, as `NumberedRows`. Text of any size is
read by byte offsets instead. Whoever shows a table sees neither, but an `OpenTable`, whose *places* only
order its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from rich.cells import cell_len

from runtui.formats.tables.delimited import MOST_COLUMNS
from runtui.formats.tables.numbers import is_missing, number_of
from runtui.logs.search.pattern import Matcher
from runtui.text.sanitize import safe_text

ROWS = 200
"""Rows that are read at once, of a table that is not very wide."""

_LEAST_ROWS = 20
_MOST_CELLS = 40_000
_LONGEST_CELL = 200  # characters
_MOST_WIDTH = 40  # terminal cells


class NumberedRows(Protocol):
    """The rows of a table by their numbers, from 0. Belongs to one thread.

    To make one opens nothing; the file may be missing, torn or made to do harm. What cannot be understood has
    no columns and no rows.
    """

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns as they stand in the file; known after `look`."""

    def look(self) -> bool:
        """Read what was written, and return whether the table begins anew: earlier rows are void then.

        Raises:
            OSError: The file cannot be read.
        """

    def __len__(self) -> int:
        """Return the number of whole rows at the last look."""

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        """Return the cells of rows as text, `count` of them at most; they need not be safe to show.

        Raises:
            OSError: The file cannot be read.
        """


class TableFormat(NamedTuple):
    """A format of tables.

    Attributes:
        endings: How the names of such files end, in lower case.
        open: Makes the rows of a file at a path; None for delimited text, which is read by byte offsets.
        is_placed: Tells whether a file is one by its path alone, whatever its ending; None where none is.
        is_known: Tells whether a file of another name is one by what stands in it; None where none is.
    """

    endings: tuple[str, ...]
    open: Callable[[str], NumberedRows] | None
    is_placed: Callable[[str], bool] | None = None
    is_known: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its place, the place behind it, and its cells, safe to show."""

    begin: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table.

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


class RowSearch(Protocol):
    """A search for a row, in steps that each take a moment."""

    @property
    def found_at(self) -> int | None:
        """A place in the row that was found, or None."""

    def step(self) -> bool:
        """Search on, and return whether there is more to do.

        Raises:
            OSError: The table cannot be read.
        """


class RowNumbers(Protocol):
    """The numbers of rows, counted in steps; they begin anywhere, but go up by one."""

    @property
    def position(self) -> int:
        """The place up to which rows are counted."""

    def step(self) -> bool:
        """Count on, and return whether there is more to do."""

    def number_of(self, offset: int) -> int | None:
        """Return the number of the row at a place; None where the count has not come so far."""

    def offset_of(self, number: int) -> int | None:
        """Return the place of a row; None where there is none, or the count has not come so far."""


class OpenTable(Protocol):
    """A table as it is shown, of any format. Belongs to one thread; `look` comes first.

    A place is a number that orders rows: the offset of a byte, or a row's number. All methods raise OSError
    where the table cannot be read.
    """

    @property
    def head(self) -> Head | None:
        """The table's head; None for a table that cannot be read."""

    @property
    def size(self) -> int:
        """Bytes of the file."""

    @property
    def body(self) -> int:
        """The place of the first row."""

    @property
    def end(self) -> int:
        """The place after the last row."""

    def look(self) -> bool:
        """Check for changes of the table; return whether it begins anew."""

    def after(self, begin: int, count: int | None = None) -> Page:
        """Return rows from a place on at which a row begins."""

    def before(self, end: int, count: int | None = None) -> Page:
        """Return rows before a place at which a row ends."""

    def around(self, offset: int, count: int | None = None) -> tuple[Page, int]:
        """Return rows around the one at a place, and which of them that is."""

    def widened(self, page: Page) -> Head:
        """Return the head, from now on wide enough for some rows, and with their columns."""

    def search(self, pattern: Matcher, begin: int, *, backwards: bool) -> RowSearch:
        """Return a search for a row from a place on."""

    def numbers(self) -> RowNumbers:
        """Return the counter of the rows."""


def rows_at_once(columns: int) -> int:
    """Return how many rows are read at once: fewer where they have very many cells."""
    return max(_LEAST_ROWS, min(ROWS, _MOST_CELLS // max(1, columns)))


def row_of(begin: int, end: int, cells: Sequence[str]) -> TableRow:
    """Return a row whose cells are safe to show."""
    return TableRow(
        begin, end, tuple(safe_text(cell.strip(), _LONGEST_CELL) for cell in cells[:MOST_COLUMNS])
    )


def head_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Head:
    """Return the head of some rows, with columns without a name where rows have more cells."""
    count = max([len(columns), *map(len, rows)])
    names = (*columns, *(f"column {place + 1}" for place in range(len(columns), count)))
    widths = [min(_MOST_WIDTH, cell_len(name)) for name in names]
    are_numbers = [False] * count
    for place in range(count):
        cells = [row[place] for row in rows if place < len(row)]
        widths[place] = min(_MOST_WIDTH, max([widths[place], *map(cell_len, cells)]))
        cells = [cell for cell in cells if not is_missing(cell)]
        are_numbers[place] = bool(cells) and all(number_of(cell) is not None for cell in cells)
    return Head(names, tuple(widths), tuple(are_numbers))


def widened_head(head: Head, columns: Sequence[str], page: Page) -> Head:
    """Return a head that is wide enough for some rows, and has their columns.

    Args:
        head: The head so far.
        columns: The columns that are known by now.
        page: The rows.
    """
    if all(len(row.cells) <= len(head.columns) for row in page.rows) and not any(
        cell_len(cell) > head.widths[place] and head.widths[place] < _MOST_WIDTH
        for row in page.rows
        for place, cell in enumerate(row.cells)
    ):
        return head
    found = head_of(columns, [row.cells for row in page.rows])
    added = (0,) * (len(found.columns) - len(head.columns))
    missing = (0,) * (len(head.columns) - len(found.columns))
    return Head(
        (*found.columns, *head.columns[len(found.columns) :]),
        tuple(map(max, (*head.widths, *added), (*found.widths, *missing))),
        (*head.are_numbers, *found.are_numbers[len(head.are_numbers) :]),
    )
