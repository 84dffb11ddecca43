"""The search for a row of a table: by number, by share, by pattern."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from runtui.formats.tables.base import OpenTable
from runtui.logs.search.pattern import Pattern, PatternError, compile_pattern
from runtui.results.row_counter import RowCounter
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.tui.widgets.table_view import TableView

T = TypeVar("T")

_STEP_SECONDS = 0.1  # for which is searched before rows get their turn
_MOST_DIGITS = 15  # of a row's number

Found = tuple[bool, int | None]
"""Whether a search goes on, and the place it found."""


class SearchHost(Protocol):
    """A screen that shows a table."""

    def submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `job` in the thread that reads the table, then `done` with its result; say what failed."""

    def go_to(self, offset: int, arrived: Callable[[], None] | None = None) -> None:
        """Show the row in which `offset` lies, then call `arrived`."""

    def ask(self, question: str, text: str, take: Callable[[str], None]) -> None:
        """Have the user type something, and take it."""

    def say(self, text: str) -> None:
        """Say something for a moment; the text is safe to show."""

    def show_state(self) -> None:
        """Show what is being looked for."""


class RowFinder:
    """Looks for rows a moment at a time, so that the user can scroll meanwhile, and goes there.

    Args:
        host: The screen.
        table: The table.
        view: Shows its rows, one of them under the cursor.
        numbers: Counts its rows.
    """

    def __init__(self, host: SearchHost, table: OpenTable, view: TableView, numbers: RowCounter) -> None:
        self._host = host
        self._table = table
        self._view = view
        self._numbers = numbers
        self._pattern: Pattern | None = None
        self._search_id = 0  # of the search under way; another one when it is given up
        self._following: list[bool] = []  # for each search that is to follow, whether it goes up
        self._task = ""

    @property
    def task(self) -> str:
        """What is being looked for, ``""`` for nothing."""
        return self._task

    def stop(self) -> None:
        """Give up what is being looked for."""
        self._search_id += 1
        self._task = ""
        self._following = []
        self._host.show_state()

    def ask_row(self) -> None:
        """Let the user type the number of a row, or a percentage, and go there."""
        self._host.ask("go to row or percentage:", "", self._go_to)

    def _go_to(self, typed: str) -> None:
        text = typed.strip()
        end, body = self._table.end, self._table.body
        if text.endswith("%") and text[:-1].replace(".", "", 1).isdecimal():
            share = min(1.0, float(text[:-1]) / 100)
            self._host.go_to(body + int((end - body) * share))
        elif text.isdecimal() and 0 < len(text) <= _MOST_DIGITS and int(text) > 0:
            step = partial(self._numbers.find, int(text), _STEP_SECONDS)
            self._look_for("counting rows", step, f"no row {text}")
        else:
            self._host.say("type a row number such as 1200, or a percentage such as 50%")

    def ask_pattern(self) -> None:
        """Let the user type a pattern, and find it from the row under the cursor on."""
        self._host.ask("search (words or a regular expression):", "", self._find)

    def _find(self, text: str) -> None:
        try:
            self._pattern = compile_pattern(text)
        except PatternError as error:
            self._host.say(safe_text(str(error)))
            return
        self._seek(backwards=False, from_here=True)

    def find_again(self, *, backwards: bool) -> None:
        """Find the pattern again, below the row under the cursor or above it."""
        if self._pattern is None:
            self.ask_pattern()
        elif self._task:
            self._following.append(backwards)
        else:
            self._seek(backwards=backwards)

    def _seek(self, *, backwards: bool, from_here: bool = False) -> None:
        row = self._view.row
        if row is None or self._pattern is None:
            return
        begin = row.begin if backwards or from_here else row.end
        search = self._table.search(self._pattern, begin, backwards=backwards)

        def step() -> Found:
            until = time.monotonic() + _STEP_SECONDS
            while search.step():
                if time.monotonic() > until:
                    return True, None
            return False, search.found_at

        where = "above" if backwards else "below"
        self._look_for("searching", step, f"no match {where} this row")

    def _look_for(self, task: str, step: Callable[[], Found], failed: str) -> None:
        """Look for a place, a step at a time, and go there; say `failed` where there is none."""
        self._search_id += 1
        search_id = self._search_id
        self._task = f"{task}…"

        def take(found: Found) -> None:
            if search_id != self._search_id:
                return
            goes_on, offset = found
            if goes_on:
                self._host.submit("seek", step, take)
            elif offset is None:
                self.stop()
                self._host.say(failed)
            else:
                self._host.go_to(offset, partial(self._arrive, search_id))

        self._host.submit("seek", step, take)
        self._host.show_state()

    def _arrive(self, search_id: int) -> None:
        """End a search at the row that it found, and begin the one that is to follow."""
        if search_id != self._search_id:
            return
        following = self._following
        self.stop()
        if following:
            self._seek(backwards=following[0])
            self._following = following[1:]
