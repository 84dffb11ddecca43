"""Marks of completed runs with a sign in their logs that something is wrong: read for the rows on screen."""

from __future__ import annotations

from collections.abc import Iterable

from runtui.catalog.catalog import Catalog
from runtui.catalog.sync.digests import lacks_warning
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.store.record import FileStamp, RunRecord
from runtui.tui.controllers.host import TimerHost
from runtui.tui.widgets.runs_table import RunsTable

_INTERVAL = 0.5  # seconds between checks for runs on screen that have not been read
_INTERVAL_FOR_ALL = 2.0  # seconds between checks of all runs
_MOST_ASKED = 20_000  # runs


class WarningMarks:
    """Requests for the logs of completed runs on screen, and of all while the filter asks for warnings.

    Args:
        catalog: All runs.
        sources: The runs directories.
        view: The filter.
        table: Shows the marks.
        host: Sets the timer.
        slowdown: Factor of the interval between checks.
    """

    def __init__(
        self,
        catalog: Catalog,
        sources: RunSources,
        view: RunView,
        table: RunsTable,
        host: TimerHost,
        slowdown: float,
    ) -> None:
        self._catalog = catalog
        self._sources = sources
        self._view = view
        self._table = table
        self._host = host
        self._slowdown = slowdown
        self._may_lack = True
        self._asked: set[tuple[str, FileStamp | None]] = set()

    def begin(self) -> None:
        """Begin to ask for the logs of runs that come on screen."""
        self._host.set_interval(_INTERVAL * self._slowdown, self._ask_for_rows)
        self._host.set_interval(_INTERVAL_FOR_ALL * self._slowdown, self._ask_for_all)

    def note_changes(self) -> None:
        """Note that runs have changed."""
        self._may_lack = True

    def _ask_for_rows(self) -> None:
        if len(self._asked) > _MOST_ASKED and not self._view.query.asks_for_warnings:
            self._asked.clear()
        self._ask(self._table.visible_runs)

    def _ask_for_all(self) -> None:
        if self._may_lack and self._view.query.asks_for_warnings:
            self._may_lack = False
            self._ask(self._catalog.runs.values())

    def _ask(self, runs: Iterable[RunRecord]) -> None:
        lacking = {(run.name, run.stamp) for run in runs if lacks_warning(run)}
        if new := lacking - self._asked:
            self._asked |= new
            self._sources.want_warnings(name for name, _stamp in new)
