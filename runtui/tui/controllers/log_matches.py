"""The search in the logs of all runs, from the table to a log and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runtui import operations
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.tui import screens
from runtui.tui.actions import Keys
from runtui.tui.controllers.host import DialogHost
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.panes import Panes
from runtui.tui.controllers.targets import TargetRuns

if TYPE_CHECKING:
    from runtui.logs.search.run_matches import MatchedLine
    from runtui.tui.screens.log_matches import MatchesState, ShowRuns
    from runtui.tui.widgets.log_pane import LogPane
    from runtui.tui.widgets.runs_table import RunsTable


class LogMatchesController:
    """Opens the search, the logs at its matches, and the search again when the user is back from one.

    Args:
        view: The rows.
        targets: All runs.
        sources: The runs directories.
        table: The table with the selection.
        navigator: Puts the cursor on the run of a match.
        panes: Show its log.
        log: The log.
        host: Shows the screen.
        show_runs: Filters the table.
        keys: The keys that the user remapped.
    """

    def __init__(
        self,
        view: RunView,
        targets: TargetRuns,
        sources: RunSources,
        table: RunsTable,
        navigator: Navigator,
        panes: Panes,
        log: LogPane,
        host: DialogHost,
        show_runs: ShowRuns,
        keys: Keys,
    ) -> None:
        self._view = view
        self._targets = targets
        self._sources = sources
        self._table = table
        self._navigator = navigator
        self._panes = panes
        self._log = log
        self._host = host
        self._show_runs = show_runs
        self._keys = keys
        self._state: MatchesState | None = None
        self._visited: str | None = None  # the run whose log was opened from the search

    def open(self) -> None:
        """Let the user search in the logs of the selected runs, or of all that the filter shows."""
        self._show(is_return=False)

    def back(self) -> bool:
        """Go back to the search from a log that was opened there; return whether this is one."""
        if self._visited is None or self._visited != self._log.run or not self._log.has_focus_within:
            return False
        self._log.end_search()
        self._panes.show_table()
        self._show(is_return=True)
        return True

    def note_focus(self) -> None:
        """Forget where a log was opened from once the user has left it."""
        if not self._log.has_focus_within:
            self._visited = None

    def stop(self) -> None:
        """Stop searching. Does not wait."""
        if self._state is not None and self._state.found is not None:
            self._state.found.cancel()

    def _show(self, *, is_return: bool) -> None:
        if self._state is None:
            self._state = screens.MatchesState()
        known, selected = self._targets.known, self._table.selection.names
        runs: list[RunRecord] = [known[name] for name in selected if name in known] or list(self._view.runs())
        scope = f"{len(runs):,} selected runs" if selected and len(runs) > 1 else run_count(len(runs))
        search = partial(operations.search_logs, self._sources.directories, runs)
        screen = screens.LogMatchesScreen(
            self._state, scope, search, self._open_line, self._show_runs, self._keys, is_return=is_return
        )
        self._host.show_dialog(screen)

    def _open_line(self, name: str, line: MatchedLine) -> None:
        assert self._state is not None
        assert self._state.found is not None
        self._navigator.go_to(name)
        self._panes.show_match(name, line.log, line.offset, self._state.found.pattern)
        self._visited = name
