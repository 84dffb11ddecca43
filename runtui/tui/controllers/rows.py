"""The rows: which runs, in which order, arranged in short time slices."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from runtui.catalog.catalog import CatalogUpdate, SyncPhase
from runtui.catalog.fields import column_of
from runtui.catalog.query.model import Query
from runtui.catalog.sorting import Sort
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.unread import unreadable_text
from runtui.catalog.view import RunView, Wanted
from runtui.settings import ColumnChoice
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.frame import Frame
from runtui.tui.controllers.host import TimerHost
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.notifier import Notifier

if TYPE_CHECKING:
    from textual.timer import Timer

    from runtui.tui.widgets.runs_table import RunsTable

_WORK_SECONDS = 0.02  # for which the rows are arranged before keys get their turn
_PAUSE_SECONDS = 0.001  # between two such moments, at least
_LONGEST_KEY = 40  # characters
_REST_BEFORE_ASKING = 0.3  # seconds without typing, after which a query's keys are read


class RowsController:
    """Arranges the rows, and requests the keys that they need.

    Args:
        view: The rows.
        table: Shows them.
        columns: The columns, which need keys as well.
        navigator: Waits for runs to have a row.
        frame: Shows the number of rows.
        sources: Reads keys.
        host: Has the timers.
        notifier: Tells the user of keys that no run has.
    """

    def __init__(
        self,
        view: RunView,
        table: RunsTable,
        columns: ShownColumns,
        navigator: Navigator,
        frame: Frame,
        sources: RunSources,
        host: TimerHost,
        notifier: Notifier,
    ) -> None:
        self._notifier = notifier
        self._read: frozenset[str] = frozenset()
        self._asked: frozenset[str] = frozenset()
        self._doubtful: frozenset[str] = frozenset()
        self._view = view
        self._table = table
        self._columns = columns
        self._navigator = navigator
        self._frame = frame
        self._sources = sources
        self._host = host
        self._working: Timer | None = None
        self._asking: Timer | None = None

    @property
    def wanted(self) -> Wanted:
        """The query, order and grouping requested last, which the rows may not show yet."""
        return self._view.wanted

    def apply(self, update: CatalogUpdate) -> None:
        """Arrange the rows after an update that the view has received already."""
        self._view.is_growing = update.health.phase is SyncPhase.READING
        self._read = update.health.keys
        if update.health.phase is SyncPhase.FRESH:
            self._tell_of_missing()
        if self._working is None or not self._view.is_growing:
            self.advance()
        else:
            self._frame.show_status()

    def arrange(self, query: Query, sort: Sort, group: str | None = None) -> None:
        """Change the query, the order and the grouping; None keeps the grouping."""
        self._view.arrange(query, sort, group)
        self.advance()
        self.ask_for_keys()

    def expect_words(self) -> None:
        """Prepare for the next letter of a filter while the user pauses."""
        # Only without a query: another term discards the words, and each letter would collect them anew.
        if self._view.wanted.query.is_empty:
            self._view.expect_words()
            self.advance()

    def advance(self) -> None:
        """Continue to arrange the rows, in time slices, so that keys are handled in between."""
        if self._working is not None:
            self._working.stop()
            self._working = None
        if self._view.advance(_WORK_SECONDS):
            self._table.view_changed()
            self._navigator.rows_changed()
        pause = self._view.wait()
        if pause is not None:
            self._working = self._host.set_timer(max(pause, _PAUSE_SECONDS), self._advance_later)
        self._frame.update()

    async def _advance_later(self) -> None:
        # Let other pending callbacks run first.
        await asyncio.sleep(0)
        self.advance()

    def ask_for_keys(self) -> None:
        """Request the keys that the rows need once the user has stopped typing."""
        if self._asking is not None:
            self._asking.stop()
        self._asking = self._host.set_timer(_REST_BEFORE_ASKING, self._ask)

    def _ask(self) -> None:
        keys = self.needed_keys()
        self._doubtful = (self._doubtful | (keys - self._asked)) & keys
        self._asked = keys
        self._sources.want_keys(keys)
        self._tell_of_missing()

    def _tell_of_missing(self) -> None:
        """Tell of the keys asked for that no run has, once all runs have been read with them."""
        known = self._doubtful & self._read
        if not known:
            return
        self._doubtful -= known
        runs = self._view.records().values()
        for key in sorted(known):
            if unread := unreadable_text(key, runs):
                self._notifier.inform(unread)
        for key in missing_keys(known, runs):
            self._notifier.inform(f"no run has a value for {safe_text(key, _LONGEST_KEY)}")

    def needed_keys(self) -> frozenset[str]:
        """Return the metadata and parameter keys that the rows need."""
        return needed_keys(self._view.wanted, self._columns.shown)


def missing_keys(keys: Iterable[str], runs: Iterable[RunRecord]) -> list[str]:
    """Return the keys that none of some runs has a value for, nor may have one that cannot be read.

    Args:
        keys: Keys that the runs were read with.
        runs: The runs; without any, no key counts as missing.
    """
    missing = set(keys)
    has_runs = False
    for run in runs:
        has_runs = True
        missing.difference_update(run.values, run.unread)
        if not missing:
            break
    return sorted(missing) if has_runs else []


def needed_keys(wanted: Wanted, columns: Sequence[ColumnChoice]) -> frozenset[str]:
    """Return the metadata and parameter keys that rows need.

    Args:
        wanted: Their query, order and grouping.
        columns: Their columns.
    """
    shown = [
        *wanted.sort.keys,
        *([wanted.group] if wanted.group else []),
        *(choice.key for choice in columns),
    ]
    return wanted.query.keys | {column_of(key).value_key for key in shown} - {""}
