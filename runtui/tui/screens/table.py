"""A table that a run has computed, however large: scrolled, searched, gone through by row."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeVar

from textual import on
from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget

from runtui.formats.tables.base import Head, Page, RowNumbers
from runtui.formats.tables.delimited import MOST_COLUMNS
from runtui.formats.tables.registry import open_table
from runtui.logs.search.pattern import Pattern, PatternError, compile_pattern
from runtui.store.errors import explain
from runtui.text.format import size_text
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Keys, Place
from runtui.tui.screens.results import ResultsScreen, RunPlace, results_bindings
from runtui.tui.widgets.table_view import TableView

T = TypeVar("T")

_LOOK_INTERVAL = 1.0
_MOST_PAUSE = 10.0
_MOMENT = 0.1  # seconds for which is searched before rows get their turn
_MOST_DIGITS = 15
_MOST_COUNTED = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _News:
    """What a look at a table brought.

    Attributes:
        is_new: Whether the table begins anew.
        rows: Rows to be shown, and what stands above them; None for none.
        end: Behind which place the rows follow, unless the table is new.
        is_table: Whether it can be read as a table.
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
        self._pattern: Pattern | None = None
        self._numbers: RowNumbers | None = None
        self._wanted = 0  # what is being looked for; another number when it no longer is
        self._doing = ""
        self._waiting: list[bool] = []  # for each search that is to follow, whether it goes up
        self._number: tuple[int, int] | None = None  # of the row that begins there
        self._pause = _LOOK_INTERVAL
        self._next: Timer | None = None

    def body(self) -> Widget:
        return self._view

    def read(self) -> None:
        self._stop_looking()
        self._look_again()

    def _submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Have something done to the table; what hinders that is said."""

        def take(outcome: T | OSError) -> None:
            if isinstance(outcome, OSError):
                self.say(safe_text(explain(outcome, with_path=False)))
            else:
                done(outcome)

        self.background.submit(kind, partial(_tried, job), take)

    # The table as it grows

    def _look(self, end: int | None) -> _News:
        """Find out what is new; `end` is where the screen's rows end, if the table ended there."""
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
        self._submit("look", partial(self._look, self._view.end), self._take_look)

    def _take_look(self, news: _News) -> None:
        if not news.is_table:
            self._head = None
            self._view.say(
                "This is no table that can be read: no row in it, one too long, or bytes that are no text."
            )
        elif news.rows is not None:
            page, self._head = news.rows
            if news.is_new:
                self._numbers = None
                self._view.show(self._head, page, 0)
            elif news.end == self._view.end:  # nobody went elsewhere meanwhile
                self._view.add_written(self._head, page)
        has_news = news.is_new or (news.rows is not None and bool(news.rows[0].rows))
        self._pause = _LOOK_INTERVAL if has_news else min(_MOST_PAUSE, self._pause * 1.5)
        if self._next is not None:
            self._next.stop()
        self._next = self.set_timer(self._pause, self._look_again)
        self._show_title()

    @on(TableView.MoreWanted)
    def _read_more(self, message: TableView.MoreWanted) -> None:
        read = self._table.before if message.backwards else self._table.after

        def take(found: tuple[Page, Head]) -> None:
            page, self._head = found
            self._view.add(self._head, page, message)

        self._submit(f"more {message.backwards}", partial(self._read, partial(read, message.place)), take)

    @on(TableView.EdgeWanted)
    def _go_to_edge(self, message: TableView.EdgeWanted) -> None:
        self._jump(self._table.end if message.is_end else self._table.body)

    @on(TableView.Moved)
    def _tell_row(self) -> None:
        row = self._view.row
        if row is not None and (self._number is None or self._number[0] != row.begin):
            self._submit("number", partial(self._number_of, row.begin), self._take_number)
        self._show_title()

    def _take_number(self, number: tuple[int, int] | None) -> None:
        self._number = number
        self._show_title()

    def _number_of(self, offset: int) -> tuple[int, int] | None:
        """Return a row's place and number, where that costs little: not far down, or counted already."""
        numbers = self._counted()
        while numbers.position < min(offset, _MOST_COUNTED) and numbers.step():
            pass
        number, first = numbers.number_of(offset), numbers.number_of(self._table.body)
        return None if number is None or first is None else (offset, number - first + 1)

    def _counted(self) -> RowNumbers:
        if self._numbers is None:
            self._numbers = self._table.numbers()
        return self._numbers

    def _show_title(self) -> None:
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
        if self._doing:
            said.append(self._doing)
        self.show_title(" · ".join(said))

    # Going somewhere

    def _jump(self, offset: int, wanted: int | None = None) -> None:
        """Go to the row in which `offset` lies; `wanted` is what it was looked for by, while that holds."""

        def around() -> tuple[Page, int, Head]:
            page, place = self._table.around(offset)
            return page, place, self._table.widened(page)

        def take(found: tuple[Page, int, Head]) -> None:
            page, place, self._head = found
            self._view.show(self._head, page, place)
            if wanted == self._wanted:
                waiting = self._waiting
                self._stop_looking()
                if waiting:
                    self._seek(backwards=waiting[0])
                    self._waiting = waiting[1:]

        if self._head is not None:
            self._submit("jump", around, take)

    def action_go_to_row(self) -> None:
        self.ask("go to row, or percentage:", "", self._go_to)

    def _go_to(self, typed: str) -> None:
        text = typed.strip()
        end, body = self._table.end, self._table.body
        if text.endswith("%") and text[:-1].replace(".", "", 1).isdecimal():
            share = min(1.0, float(text[:-1]) / 100)
            self._jump(body + int((end - body) * share))
        elif text.isdecimal() and 0 < len(text) <= _MOST_DIGITS and int(text) > 0:
            self._look_for("counting rows", partial(self._row_offset, int(text)), f"there is no row {text}")
        else:
            self.say("a number, such as 1200, or a percentage, such as 50%")

    def _row_offset(self, number: int) -> tuple[bool, int | None]:
        """Look on for a row's place: return whether there is more to do, and the place where it is known."""
        numbers, until = self._counted(), time.monotonic() + _MOMENT
        more = True
        while more and time.monotonic() < until:
            first = numbers.number_of(self._table.body)
            offset = None if first is None else numbers.offset_of(number + first - 1)
            if offset is not None:
                return False, offset
            more = numbers.step()
        if more:
            return True, None
        first = numbers.number_of(self._table.body)
        return False, None if first is None else numbers.offset_of(number + first - 1)

    def action_find(self) -> None:
        self.ask("find (words or a regular expression):", "", self._find)

    def _find(self, text: str) -> None:
        try:
            self._pattern = compile_pattern(text)
        except PatternError as error:
            self.say(safe_text(str(error)))
            return
        self._seek(backwards=False, from_here=True)

    def action_find_next(self) -> None:
        self._seek(backwards=False)

    def action_find_previous(self) -> None:
        self._seek(backwards=True)

    def _seek(self, *, backwards: bool, from_here: bool = False) -> None:
        row = self._view.row
        if self._pattern is None:
            self.action_find()
            return
        if self._doing and not from_here:
            self._waiting.append(backwards)
            return
        if row is None:
            return
        begin = row.begin if backwards or from_here else row.end
        search = self._table.search(self._pattern, begin, backwards=backwards)

        def step() -> tuple[bool, int | None]:
            until = time.monotonic() + _MOMENT
            while search.step():
                if time.monotonic() > until:
                    return True, None
            return False, search.found_at

        where = "above" if backwards else "below"
        self._look_for("searching", step, f"nothing {where} this row matches")

    def _look_for(self, what: str, step: Callable[[], tuple[bool, int | None]], failed: str) -> None:
        """Look for a place, for a moment at a time, and go there."""
        self._wanted += 1
        wanted = self._wanted
        self._doing = f"{what}…"

        def take(found: tuple[bool, int | None]) -> None:
            if wanted != self._wanted:
                return
            goes_on, offset = found
            if goes_on:
                self._submit("seek", step, take)
                return
            if offset is None:
                self._stop_looking()
                self.say(failed)
            else:
                self._jump(offset, wanted)

        self._submit("seek", step, take)
        self._show_title()

    def _stop_looking(self) -> None:
        self._wanted += 1
        self._doing = ""
        self._waiting = []
        self._show_title()

    def action_draw(self) -> None:
        """Draw the table's columns."""
        from runtui.tui.screens.chart import ChartScreen

        self.app.push_screen(ChartScreen([self._run], self.keys, self._path))

    def action_leave(self) -> None:
        """Leave the table; while something is looked for, end that first."""
        if self._doing:
            self._stop_looking()
        else:
            super().action_leave()


def _tried(job: Callable[[], T]) -> T | OSError:
    try:
        return job()
    except OSError as error:
        return error
