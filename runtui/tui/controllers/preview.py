"""The run, or the group, under the cursor in the detail pane and the log."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from runtui.catalog.catalog import Catalog, CatalogUpdate
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.logs.read.log_files import is_log_name
from runtui.store.paths import LOGS_DIR
from runtui.tui.controllers.host import BackgroundWork, TimerHost

if TYPE_CHECKING:
    from textual.timer import Timer

    from runtui.store.details import RunDetails
    from runtui.tui.widgets.detail_pane import DetailPane
    from runtui.tui.widgets.log_pane import LogPane
    from runtui.tui.widgets.runs_table import RunsTable

_REST_BEFORE_READING = 0.12  # seconds that the cursor has to rest on a run before its files are read
_LEAST_BETWEEN_DETAILS = 1.0  # seconds between two reads of the same run's details
_LONGEST_TITLE = 120  # characters of a group's value


class Preview:
    """Shows what is in memory about a run at once, and reads the rest once the cursor rests on it.

    Args:
        sources: Watches the run on screen.
        catalog: All runs.
        view: The rows.
        table: The table with the cursor.
        details: The detail pane.
        log: The log.
        background: Reads details.
        host: Sets the timers.

    Attributes:
        own_keys: The metadata and parameter keys of all runs shown so far.
    """

    def __init__(
        self,
        sources: RunSources,
        catalog: Catalog,
        view: RunView,
        table: RunsTable,
        details: DetailPane,
        log: LogPane,
        background: BackgroundWork,
        host: TimerHost,
    ) -> None:
        self._sources = sources
        self._catalog = catalog
        self._view = view
        self._table = table
        self._details = details
        self._log = log
        self._background = background
        self._host = host
        self._name: str | None = None
        self._reading: Timer | None = None
        self._details_due: Timer | None = None
        self.own_keys: set[str] = set()

    def clear(self) -> None:
        """Show no run."""
        self._details.show_run(None, self._catalog)
        self._log.show_run(None)

    def show(self, name: str | None) -> None:
        """Show a run; None for the group whose heading is under the cursor, if any."""
        first = self._name is None
        self._name = name
        self._show_overview()
        if self._reading is not None:
            self._reading.stop()
        if first or name is None:
            self.read()
        else:
            self._reading = self._host.set_timer(_REST_BEFORE_READING, self.read)

    def apply(self, update: CatalogUpdate) -> None:
        """Show changes on disk of the run or group on screen."""
        name = self._name
        if name is None:
            if update.changed and self._table.heading is not None:
                self._show_group_soon()
            return
        if name in update.changed or name in update.removed:
            self._show_overview()
        if LOGS_DIR in update.touched or any(map(is_log_name, update.touched)):
            self._log.look_soon()
        if update.touched - {LOGS_DIR}:
            self._read_details_soon()

    def read(self) -> None:
        """Read the files of the run on screen."""
        self._reading = None
        self._sources.focus(self._name)
        self._log.show_run(self._name)
        self._read_details()

    def _show_overview(self) -> None:
        heading = self._table.heading
        if heading is not None:
            self._details.show_group(self._view.title_of(heading, _LONGEST_TITLE), heading.runs)
            return
        run = None if self._name is None else self._catalog.runs.get(self._name)
        self._details.show_run(run, self._catalog)

    def _show_group_soon(self) -> None:
        # Summarising a large group takes a while.
        if self._details_due is None:
            self._details_due = self._host.set_timer(_LEAST_BETWEEN_DETAILS, self._show_group_again)

    def _show_group_again(self) -> None:
        self._details_due = None
        self._show_overview()

    def _read_details_soon(self) -> None:
        if self._details_due is None:
            self._details_due = self._host.set_timer(_LEAST_BETWEEN_DETAILS, self._read_details)

    def _read_details(self) -> None:
        if self._details_due is not None:
            self._details_due.stop()
            self._details_due = None
        if self._name is not None:
            read = partial(_read_details, *self._sources.place_of(self._name), self._name)
            self._background.submit("details", read, self._show_details)

    def _show_details(self, details: RunDetails) -> None:
        self._details.show_details(details, self._catalog)
        self.own_keys |= self._details.own_keys


def _read_details(base: str, name: str, shown_as: str) -> RunDetails:
    from runtui.layouts.run_parameters import run_configs  # no part of the first paint
    from runtui.store.details import read_details

    return replace(read_details(base, name, run_configs), name=shown_as)
