"""The table screen: a result table of any size, to be scrolled and searched."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeVar

from textual import on
from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget

from runtui.formats.tables.base import Head, Page
from runtui.formats.tables.delimited import MOST_COLUMNS
from runtui.formats.tables.registry import open_table
from runtui.results.row_counter import RowCounter
from runtui.store.errors import explain
from runtui.text.format import size_text
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Keys, Place
from runtui.tui.controllers.row_finder import RowFinder
from runtui.tui.screens.chart import ChartScreen
from runtui.tui.screens.results import ResultsScreen, RunPlace, results_bindings
from runtui.tui.widgets.table_view import TableView

T = TypeVar("T")

_LOOK_INTERVAL = 1.0  # seconds between two checks of a table that grows
_MOST_PAUSE = 10.0  # seconds between two checks of a table that does not


@dataclass(frozen=True, slots=True)
class _News:
    """The result of checking a table for changes.

    Attributes:
        is_new: Whether the table was replaced.
        rows: Rows to show, and their heading; None for none.
        end: The offset that the rows follow, unless the table is new.
        is_table: Whether the file can be read as a table.
    """

    is_new: bool
    rows: tuple[Page, Head] | None = None
    end: int | None = None
    is_table: bool = True


class TableScreen(ResultsScreen):
    """Shows a table.

    Args:
        run: The run.
        name: The table's path below the run.
        keys: The keys that the user set.
    """

    PLACE = Place.GRID
    BINDINGS: ClassVar[list[BindingType]] = results_bindings(Place.GRID)

    def __init__(self, run: RunPlace, name: str, keys: Keys) -> None:
        super().__init__(keys)
        self._view = TableView()
        self._run, self._path = run, name
        self._file = safe_text(os.path.basename(name))
        self._table = open_table(os.path.join(run.run_dir, name))
        self._head: Head | None = None
        self._counter = RowCounter(self._table)
        self._finder = RowFinder(self, self._table, self._view, self._counter)
        self._number: tuple[int, int] | None = None  # a row's offset and number
        self._pause = _LOOK_INTERVAL
        self._next: Timer | None = None

    def body(self) -> Widget:
        return self._view

    def read(self) -> None:
        self._finder.stop()
        self._look_again()

    def submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a job with the table in the background; show a message if it fails."""

        def take(outcome: T | OSError) -> None:
            if isinstance(outcome, OSError):
                self.say(safe_text(explain(outcome, with_path=False)))
            else:
                done(outcome)

        self.background.submit(kind, partial(_tried, job), take)

    # Following the table as it grows

    def _look(self, end: int | None) -> _News:
        """Check for changes; `end` is the offset behind the rows on screen if the table ended there."""
        before = self._table.end
        is_new = self._table.look()
        if self._table.head is None:
            return _News(is_new, is_table=False)
        if is_new:
            return _News(True, self._read(partial(self._table.after, self._table.body)))
        if end is None or self._table.end == before:
            return _News(False)
        return _News(False, self._read(partial(self._table.after, end)), end)

    def _read(self, read: Callable[[], Page]) -> tuple[Page, Head]:
        page = read()
        return page, self._table.widened(page)

    def _look_again(self) -> None:
        self.submit("look", partial(self._look, self._view.end), self._take_look)

    def _take_look(self, news: _News) -> None:
        if not news.is_table:
            self._head = None
            self._view.say(
                "Cannot read this file as a table: it has no rows, a row is too long, or it is not text."
            )
        elif news.rows is not None:
            page, self._head = news.rows
            if news.is_new:
                self._counter.reset()
                self._view.show(self._head, page, 0)
            elif news.end == self._view.end:  # the user has not moved elsewhere meanwhile
                self._view.add_written(self._head, page)
        has_news = news.is_new or (news.rows is not None and bool(news.rows[0].rows))
        self._pause = _LOOK_INTERVAL if has_news else min(_MOST_PAUSE, self._pause * 1.5)
        if self._next is not None:
            self._next.stop()
        self._next = self.set_timer(self._pause, self._look_again)
        self.show_state()

    @on(TableView.MoreWanted)
    def _read_more(self, message: TableView.MoreWanted) -> None:
        read = self._table.before if message.backwards else self._table.after

        def take(found: tuple[Page, Head]) -> None:
            page, self._head = found
            self._view.add(self._head, page, message)

        self.submit(f"more {message.backwards}", partial(self._read, partial(read, message.place)), take)

    @on(TableView.EdgeWanted)
    def _go_to_edge(self, message: TableView.EdgeWanted) -> None:
        self.go_to(self._table.end if message.is_end else self._table.body)

    @on(TableView.Moved)
    def _tell_row(self) -> None:
        row = self._view.row
        if row is not None and (self._number is None or self._number[0] != row.begin):
            self.submit("number", partial(self._number_of, row.begin), self._take_number)
        self.show_state()

    def _take_number(self, number: tuple[int, int] | None) -> None:
        self._number = number
        self.show_state()

    def _number_of(self, offset: int) -> tuple[int, int] | None:
        """Return a row's offset and number if that is cheap: near the beginning, or counted already."""
        number = self._counter.number_of(offset)
        return None if number is None else (offset, number)

    def show_state(self) -> None:
        """Show the table's name, the cursor's row and the current search in the title."""
        row, end = self._view.row, self._table.end
        said = [self._file, size_text(self._table.size)]
        if self._head is not None:
            count = len(self._head.columns)
            first = "the first " if count >= MOST_COLUMNS else ""
            said.append("1 column" if count == 1 else f"{first}{count:,} columns")
        if row is not None and self._number is not None and self._number[0] == row.begin:
            said.append(f"row {self._number[1]:,}")
        elif row is not None and end:
            said.append(f"at {row.begin / end:.0%}")
        if self._finder.task:
            said.append(self._finder.task)
        self.show_title(" · ".join(said))

    # Moving

    def go_to(self, offset: int, arrived: Callable[[], None] | None = None) -> None:
        """Show the row at `offset`, then call `arrived`."""

        def around() -> tuple[Page, int, Head]:
            page, place = self._table.around(offset)
            return page, place, self._table.widened(page)

        def take(found: tuple[Page, int, Head]) -> None:
            page, place, self._head = found
            self._view.show(self._head, page, place)
            if arrived is not None:
                arrived()

        if self._head is not None:
            self.submit("jump", around, take)

    def action_go_to_row(self) -> None:
        self._finder.ask_row()

    def action_find(self) -> None:
        self._finder.ask_pattern()

    def action_find_next(self) -> None:
        self._finder.find_again(backwards=False)

    def action_find_previous(self) -> None:
        self._finder.find_again(backwards=True)

    def action_draw(self) -> None:
        """Draw the table's columns."""
        self.app.push_screen(ChartScreen([self._run], self.keys, self._path))

    def action_leave(self) -> None:
        """Cancel the current search, or else close the table."""
        if self._finder.task:
            self._finder.stop()
        else:
            super().action_leave()


def _tried(job: Callable[[], T]) -> T | OSError:
    try:
        return job()
    except OSError as error:
        return error
