"""The runs that an action applies to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runtui.catalog.catalog import Catalog
from runtui.store.record import RunRecord
from runtui.tui.controllers.notifier import Notifier

if TYPE_CHECKING:
    from runtui.tui.widgets.runs_table import RunsTable

_HINT_SECONDS = 2.0


class TargetRuns:
    """The selected runs, or else the runs under the cursor.

    Args:
        catalog: All runs.
        table: The table with the selection and the cursor.
        notifier: Tells the user if there are none.
    """

    def __init__(self, catalog: Catalog, table: RunsTable, notifier: Notifier) -> None:
        self._catalog = catalog
        self._table = table
        self._notifier = notifier

    @property
    def known(self) -> Mapping[str, RunRecord]:
        """All runs by name."""
        return self._catalog.runs

    @property
    def under_cursor(self) -> RunRecord | None:
        """The run under the cursor, or None if there is none."""
        return self._table.highlighted

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the selected runs, or else of the runs under the cursor."""
        return self._table.selection.names or self._table.under_cursor

    def parent_of(self, name: str) -> str | None:
        """Return the name of a run's parent; None where it has none, or that is not here."""
        parent = self._catalog.parent_of(name) if name in self.known else None
        return parent if parent in self.known else None

    def require(self) -> tuple[str, ...]:
        """Return the names of the targets that still exist; notify the user if there are none."""
        names = tuple(name for name in self.names if name in self.known)
        if not names:
            self._notifier.inform("no run is selected", _HINT_SECONDS)
        return names

    def clear_selection(self) -> None:
        """Clear the selection."""
        self._table.clear_selection()
