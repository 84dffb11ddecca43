"""Remembering where the user is, so that opening the same directories again continues there."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui.catalog.sorting import sort_text
from runtui.catalog.view import RunView
from runtui.settings.screen_state import ScreenState, save_state
from runtui.tui.controllers.host import BackgroundWork
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.settings import SettingsController

if TYPE_CHECKING:
    from runtui.tui.controllers.triage import TriageController
    from runtui.tui.widgets.runs_table import RunsTable

_PATIENCE = 0.5  # seconds at the end, in which a disk that does not answer is waited for


class ScreenMemory:
    """Saves the filter, the order, the grouping, the cursor's run and the order of the inbox.

    Args:
        bases: The runs directories.
        is_saved: Whether to save them.
        view: The rows.
        table: The table with the cursor.
        triage: The inbox.
        navigator: Puts the cursor on the run where it was.
        settings: The order at start.
        background: Writes the file.
    """

    def __init__(
        self,
        bases: Sequence[str],
        is_saved: bool,
        view: RunView,
        table: RunsTable,
        triage: TriageController,
        navigator: Navigator,
        settings: SettingsController,
        background: BackgroundWork,
    ) -> None:
        self._bases = bases
        self._is_saved = is_saved
        self._view = view
        self._table = table
        self._triage = triage
        self._navigator = navigator
        self._settings = settings
        self._background = background
        self._saved: ScreenState | None = None

    def restore(self, state: ScreenState) -> None:
        """Continue where the user was, as far as the view does not say that already."""
        self._triage.recall_order(state.inbox_order)
        if state.run:
            self._navigator.go_to_soon(state.run, unless_moved=True)

    def save(self) -> None:
        """Save where the user is, if that has changed, without waiting for the disk."""
        state = self._state()
        if self._is_saved and state != self._saved:
            self._saved = state
            save = partial(save_state, self._bases, state)
            self._background.submit("where the user is", save, lambda _nothing: None)

    def save_now(self) -> None:
        """Save where the user is before the program ends, if the disk answers soon."""
        if self._is_saved:
            saving = threading.Thread(target=save_state, args=(self._bases, self._state()), daemon=True)
            saving.start()
            saving.join(_PATIENCE)

    def _state(self) -> ScreenState:
        query, sort, group = self._view.wanted
        run = None if self._table.is_at_top else self._table.highlighted
        return ScreenState(
            query.text,
            "" if sort == self._settings.current.sort else sort_text(sort),
            group,
            "" if run is None else run.name,
            self._triage.order_name,
        )
