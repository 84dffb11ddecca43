"""The search for a row of a table by number, percentage or pattern."""

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

_STEP_SECONDS = 0.1  # of a search, after which other jobs such as reading rows have their turn
_MOST_DIGITS = 15  # of a row's number

Found = tuple[bool, int | None]
"""Whether the search is unfinished, and the offset that it found."""


class SearchHost(Protocol):
    """A screen that shows a table."""

    def submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `job` in the thread that reads the table, then call `done` with its result; report failures."""

    def go_to(self, offset: int, arrived: Callable[[], None] | None = None) -> None:
        """Show the row at `offset`, then call `arrived`."""

    def ask(self, question: str, text: str, take: Callable[[str], None]) -> None:
        """Ask the user for a text, and call `take` with it."""

    def say(self, text: str) -> None:
        """Show a message for a moment; the text must be safe to show."""

    def show_state(self) -> None:
        """Show the current search."""


class RowFinder:
    """Searches for rows in short steps, so that the user can scroll meanwhile, and goes there.

    Args:
        host: The screen.
        table: The table.
        view: Shows its rows and the cursor.
        numbers: Counts its rows.
    """

    def __init__(self, host: SearchHost, table: OpenTable, view: TableView, numbers: RowCounter) -> None:
        self._host = host
        self._table = table
        self._view = view
        self._numbers = numbers
        self._pattern: Pattern | None = None
        self._search_id = 0  # increases with each search, and when one is cancelled
        self._queued: list[bool] = []  # whether each queued search goes up
        self._task = ""

    @property
    def task(self) -> str:
        """The current search in a few words, ``""`` for none."""
        return self._task

    def stop(self) -> None:
        """Cancel all searches."""
        self._search_id += 1
        self._task = ""
        self._queued = []
        self._host.show_state()

    def ask_row(self) -> None:
        """Ask for a row number or percentage, and go there."""
        self._host.ask("go to row or percentage:", "", self._go_to)

    def _go_to(self, typed: str) -> None:
        text = typed.strip()
        end, body = self._table.end, self._table.body
        if text.endswith("%") and text[:-1].replace(".", "", 1).isdecimal():
            share = min(1.0, float(text[:-1]) / 100)
            self._host.go_to(body + int((end - body) * share))
        elif text.isdecimal() and 0 < len(text) <= _MOST_DIGITS and int(text) > 0:
            step = partial(self._numbers.find, int(text), _STEP_SECONDS)
            self._search_for("counting rows", step, f"no row {text}")
        else:
            self._host.say("type a row number such as 1200, or a percentage such as 50%")

    def ask_pattern(self) -> None:
        """Ask for a pattern, and search for it from the row under the cursor."""
        self._host.ask("search (words or a regular expression):", "", self._find)

    def _find(self, text: str) -> None:
        try:
            self._pattern = compile_pattern(text)
        except PatternError as error:
            self._host.say(safe_text(str(error)))
            return
        self._seek(backwards=False, from_here=True)

    def find_again(self, *, backwards: bool) -> None:
        """Search for the pattern again, below or above the row under the cursor."""
        if self._pattern is None:
            self.ask_pattern()
        elif self._task:
            self._queued.append(backwards)
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

        direction = "above" if backwards else "below"
        self._search_for("searching", step, f"no match {direction} this row")

    def _search_for(self, task: str, step: Callable[[], Found], failed: str) -> None:
        """Repeat `step` until it is done; go to the offset that it found, or say `failed`."""
        self._search_id += 1
        search_id = self._search_id
        self._task = f"{task}…"

        def take(found: Found) -> None:
            if search_id != self._search_id:
                return
            is_unfinished, offset = found
            if is_unfinished:
                self._host.submit("seek", step, take)
            elif offset is None:
                self.stop()
                self._host.say(failed)
            else:
                self._host.go_to(offset, partial(self._arrive, search_id))

        self._host.submit("seek", step, take)
        self._host.show_state()

    def _arrive(self, search_id: int) -> None:
        """End the search at the row that it found, and begin the next one in the queue."""
        if search_id != self._search_id:
            return
        following = self._queued
        self.stop()
        if following:
            self._seek(backwards=following[0])
            self._queued = following[1:]
