"""Open failures: the inbox, moving to the next and previous one, and dismissed failures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui import operations
from runtui.catalog.catalog import Catalog
from runtui.catalog.run_key import RunKey
from runtui.catalog.sync.sources import RunSources
from runtui.store.errors import explain
from runtui.tui import dialogs
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.notifier import Notifier

if TYPE_CHECKING:
    from runtui.operations.triage import Triage
    from runtui.tui.dialogs.inbox import InboxChoice
    from runtui.tui.widgets.runs_table import RunsTable

_HINT_SECONDS = 2.0

ShowFailures = Callable[[Sequence[str]], Awaitable[None]]
"""Shows only failed runs, and selects those with these names."""

RunAction = Callable[[str], Awaitable[object]]
"""Performs an action, given its name in the table of actions."""


class TriageController:
    """Knows which failures are open, and saves which ones the user dismissed.

    Args:
        catalog: All runs.
        sources: The runs directories.
        table: The table with the cursor.
        host: Shows the inbox.
        background: Reads and writes the user's triage memory.
        notifier: Tells the user what could not be saved.
        show_failures: Shows the runs chosen in the inbox.
        run_action: Performs the action chosen in the inbox.
    """

    def __init__(
        self,
        catalog: Catalog,
        sources: RunSources,
        table: RunsTable,
        host: DialogHost,
        background: BackgroundWork,
        notifier: Notifier,
        show_failures: ShowFailures,
        run_action: RunAction,
    ) -> None:
        self._catalog = catalog
        self._sources = sources
        self._table = table
        self._host = host
        self._background = background
        self._notifier = notifier
        self._show_failures = show_failures
        self._run_action = run_action
        self._triage: Triage | None = None
        self._saves = 0

    def _recalled(self) -> operations.Triage:
        """Return the triage; at its first use, have what the user dismissed read."""
        if self._triage is None:
            self._triage = operations.Triage(self._catalog.has_children, self._root_of)
            for base in self._sources.bases:
                recall = partial(self._triage.recall, base)
                self._background.submit(f"memory of {base}", partial(operations.recalled, base), recall)
        return self._triage

    def _root_of(self, name: str) -> RunKey:
        return self._sources.directories.root_of(name)

    def settle(self, names: Sequence[str]) -> None:
        """Mark the failures of runs as dealt with, and save that."""
        if names:
            runs = self._catalog.runs
            self._remember(self._recalled().settle(runs[name] for name in names if name in runs))

    def unsettle(self, names: Sequence[str]) -> None:
        """Mark the failures of runs as open again, and save that."""
        if names:
            unsettled = [self._root_of(name) for name in names]
            self._recalled().unsettle(unsettled)
            self._remember({}, unsettled)

    def _remember(
        self, settled: Mapping[RunKey, float], unsettled: Sequence[RunKey] = (), looked: float = 0.0
    ) -> None:
        for base in self._sources.bases:
            here = {run.name: at for run, at in settled.items() if run.base == base}
            again = [run.name for run in unsettled if run.base == base]
            if here or again or looked:
                self._saves += 1
                # A kind of its own for each, because a queued job is dropped for a newer one of its kind.
                self._background.submit(
                    f"remember {self._saves}",
                    partial(_tried, partial(operations.remember_of, base, here, again, looked)),
                    self._notifier.warn_of,
                )

    def open_inbox(self) -> None:
        """Show the open failures by reason."""
        triage = self._recalled()

        async def close(choice: InboxChoice | None) -> None:
            self._remember({}, looked=time.time())
            triage.look(time.time())
            if choice is not None:
                await self._show_failures(choice.names)
                if choice.action:
                    await self._run_action(choice.action)

        dialog = dialogs.InboxScreen(
            lambda: operations.failure_groups(self._catalog.runs.values(), triage), self.settle
        )
        self._host.show_dialog(dialog, close)

    def go_to_failed(self, *, forward: bool) -> bool:
        """Put the cursor on the next or previous open failure; return whether there is one."""
        is_there = self._table.move_to_failed(self._recalled().is_open, forward=forward)
        if not is_there:
            direction = "below" if forward else "above"
            self._notifier.inform(f"no open failure {direction} this run", _HINT_SECONDS)
        return is_there


def _tried(remember: Callable[[], None]) -> str:
    """Save to the user's triage memory; return why that failed, or ``""``."""
    try:
        remember()
    except OSError as error:
        return f"dismissed failures will be forgotten when you quit: {explain(error)}"
    return ""
