"""Moving the cursor to a run: at once, once the run has a row, or to a parent or child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtui.catalog.catalog import Catalog
from runtui.catalog.view import RunView
from runtui.text.sanitize import safe_text
from runtui.tui.controllers.notifier import Notifier

if TYPE_CHECKING:
    from runtui.tui.widgets.runs_table import RunsTable

_HINT_SECONDS = 2.0
_REASON_SECONDS = 4.0
_LONGEST_NAME = 60  # characters


class Navigator:
    """Moves the cursor to runs by name.

    Args:
        catalog: All runs.
        view: The rows.
        table: The table with the cursor.
        notifier: Tells the user why the cursor cannot go there.
    """

    def __init__(self, catalog: Catalog, view: RunView, table: RunsTable, notifier: Notifier) -> None:
        self._catalog = catalog
        self._view = view
        self._table = table
        self._notifier = notifier
        self._awaited: str | None = None
        self._yields = False  # to the user, who may have moved the cursor meanwhile

    def go_to(self, name: str) -> bool:
        """Put the cursor on a run; return whether it has a row."""
        row = self._view.row_of(name)
        if row is not None:
            self._table.move_to(row)
        return row is not None

    def go_to_soon(self, name: str, *, unless_moved: bool = False) -> None:
        """Put the cursor on a run as soon as it has a row.

        Args:
            name: The run.
            unless_moved: Whether to forget about it once the user has moved the cursor.
        """
        if not self.go_to(name):
            self._awaited, self._yields = name, unless_moved

    def rows_changed(self) -> None:
        """Put the cursor on the awaited run if it has a row now."""
        if self._awaited is None:
            return
        if (self._yields and self._table.was_moved) or self.go_to(self._awaited):
            self._awaited = None

    def go_to_parent(self) -> None:
        """Put the cursor on the parent of the run under it."""
        run = self._table.highlighted
        if run is not None:
            parent = self._catalog.parent_of(run.name)
            self._go_to_relative([] if parent is None else [parent], "this run has no parent")

    def go_to_child(self) -> None:
        """Put the cursor on the newest child of the run under it."""
        run = self._table.highlighted
        if run is not None:
            self._go_to_relative(self._catalog.children(run.name), "this run has no children")

    def _go_to_relative(self, names: Sequence[str], none: str) -> None:
        if not names:
            self._notifier.inform(none, _HINT_SECONDS)
        elif not self.go_to(names[-1]):
            known = names[-1] in self._catalog.runs
            why = (
                f"is filtered out; {self._notifier.key('back')} clears the filter"
                if known
                else "is not in this directory"
            )
            self._notifier.inform(f"{safe_text(names[-1], _LONGEST_NAME)} {why}", _REASON_SECONDS)
