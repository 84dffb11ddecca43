"""Open failures: the inbox, moving to the next and previous one, and dismissed failures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui import operations
from runtui.catalog.catalog import Catalog
from runtui.catalog.query.model import EVERYTHING, Query
from runtui.catalog.run_key import RunKey
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.tui import dialogs
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.operation_progress import OperationsController

if TYPE_CHECKING:
    from runtui.operations.dismissing import DismissedGroup
    from runtui.operations.triage import GroupOrder, Inbox, Triage
    from runtui.operations.triage_memory import Changes
    from runtui.store.edits.run_edits import Outcome
    from runtui.tui.dialogs.inbox import InboxChoice, InboxScreen
    from runtui.tui.widgets.runs_table import RunsTable

_HINT_SECONDS = 2.0

ShowFailures = Callable[[str, Sequence[str], bool], Awaitable[None]]
"""Filters the table by a query, and goes to the first of some runs, or selects them."""

RunAction = Callable[[str], Awaitable[object]]
"""Performs an action, given its name in the table of actions."""


class TriageController:
    """Knows which failures are open, and which ones the user dismissed; see `InboxHost`.

    Args:
        catalog: All runs.
        sources: The runs directories.
        view: The rows, whose filter the inbox respects.
        table: The table with the cursor.
        host: Shows the inbox.
        background: Reads and writes the user's triage memory.
        operations: Dismisses failures, and undoes that.
        notifier: Tells the user what could not be saved.
        show_failures: Shows the runs chosen in the inbox.
        run_action: Performs the action chosen in the inbox.
    """

    def __init__(
        self,
        catalog: Catalog,
        sources: RunSources,
        view: RunView,
        table: RunsTable,
        host: DialogHost,
        background: BackgroundWork,
        operations: OperationsController,
        notifier: Notifier,
        show_failures: ShowFailures,
        run_action: RunAction,
    ) -> None:
        self._catalog = catalog
        self._sources = sources
        self._view = view
        self._table = table
        self._host = host
        self._background = background
        self._operations = operations
        self._notifier = notifier
        self._show_failures = show_failures
        self._run_action = run_action
        self._triage: Triage | None = None
        self._order: GroupOrder | None = None
        self._inbox: InboxScreen | None = None
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

    # What operations do to failures

    def note_operation(self, names: Sequence[str], *, is_dismissal: bool, is_undone: bool) -> None:
        """Note that an operation on runs was done or undone, and save that.

        Args:
            names: The runs.
            is_dismissal: Whether their failures are settled by it, so that they leave the inbox.
            is_undone: Whether it was undone.
        """
        if names:
            self._save(self._changes(names, is_dismissal=is_dismissal, is_undone=is_undone))
        if self._inbox is not None:
            self._inbox.show_failures()

    def _changes(self, names: Sequence[str], *, is_dismissal: bool, is_undone: bool) -> Mapping[str, Changes]:
        triage = self._recalled()
        if is_undone:
            keys = [self._root_of(name) for name in names]
            return triage.reopen(keys) if is_dismissal else triage.unhandle(keys)
        runs = (self._catalog.runs[name] for name in names if name in self._catalog.runs)
        failures = triage.failures_of(filter(triage.is_open, runs))
        if is_dismissal:
            return triage.dismiss(operations.dismissals(failures, time.time()))
        return triage.handle(failures)

    def _save(self, changes: Mapping[str, Changes]) -> None:
        if changes:
            self._saves += 1
            # A kind of its own for each, because a queued job is dropped for a newer one of its kind.
            save = partial(operations.save_changes, changes)
            self._background.submit(f"remember {self._saves}", save, self._warn_of)

    def _warn_of(self, failures: Sequence[Outcome]) -> None:
        for failure in failures[:1]:
            self._notifier.warn_of(failure.text)

    # For the inbox

    @property
    def order(self) -> GroupOrder:
        """The order of the groups in the inbox."""
        return self._order or operations.GroupOrder.COUNT

    @order.setter
    def order(self, order: GroupOrder) -> None:
        self._order = order

    @property
    def order_name(self) -> str:
        """The order that the user chose for the inbox; ``""`` for none."""
        return self._order or ""

    def recall_order(self, name: str) -> None:
        """Order the inbox as the user chose earlier; other names change nothing."""
        if name and name in list(operations.GroupOrder):
            self._order = operations.GroupOrder(name)

    @property
    def filter_text(self) -> str:
        """The filter of the table; ``""`` for none."""
        return self._query.text

    @property
    def _query(self) -> Query:
        return self._view.wanted.query

    def failures(self, *, is_filtered: bool) -> Inbox:
        """Return the open failures, all or those that match the filter."""
        query = self._query if is_filtered else EVERYTHING
        return operations.open_failures(self._catalog.runs.values(), self._recalled(), query, self.order)

    def dismissed(self) -> Sequence[DismissedGroup]:
        """Return the dismissed failures."""
        return operations.dismissed_failures(self._catalog.runs.values(), self._recalled())

    def dismiss(self, names: Sequence[str]) -> None:
        """Dismiss the failures of runs."""
        triage = self._recalled()
        runs = [self._catalog.runs[name] for name in names if name in self._catalog.runs]
        if runs := [run for run in runs if triage.is_open(run)]:
            self._operations.do(operations.dismiss(runs, triage))

    def bring_back(self, names: Sequence[str]) -> None:
        """Make the dismissed failures of runs open again."""
        runs = [self._catalog.runs[name] for name in names if name in self._catalog.runs]
        if runs:
            self._operations.do(operations.bring_back(runs, self._recalled()))

    def undo(self) -> None:
        """Undo the last operation of this session."""
        self._operations.undo_own()

    # Showing failures

    def open_inbox(self) -> None:
        """Show the open failures by reason."""

        async def close(choice: InboxChoice | None) -> None:
            self._inbox = None
            if choice is None:
                return
            query = self._query if choice.is_filtered else EVERYTHING
            text = operations.query_of_groups(choice.groups, query)
            await self._show_failures(text, choice.names, choice.is_selected)
            if choice.action:
                await self._run_action(choice.action)

        self._inbox = dialogs.InboxScreen(self)
        self._host.show_dialog(self._inbox, close)

    def go_to_failed(self, *, forward: bool) -> bool:
        """Put the cursor on the next or previous open failure; return whether there is one."""
        is_there = self._table.move_to_failed(self._recalled().is_open, forward=forward)
        if not is_there:
            direction = "below" if forward else "above"
            self._notifier.inform(f"no open failure {direction} this run", _HINT_SECONDS)
        return is_there
