"""The layout: which pane has the focus, and which is enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from runtui.store.status import RunStatus
from runtui.tui.controllers.filter import FilterController
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.targets import TargetRuns

if TYPE_CHECKING:
    from textual.widget import Widget

    from runtui.tui.widgets.detail_pane import DetailPane
    from runtui.tui.widgets.log_pane import LogPane
    from runtui.tui.widgets.runs_table import RunsTable

_LOG, _DETAILS = "-log", "-details"  # classes of the screen while that pane is enlarged
_HINT_SECONDS = 3.0
_WELL_ENDED = (RunStatus.COMPLETED, RunStatus.RESUMED)


class PaneHost(Protocol):
    """A screen that has a focus, and whose style sheet enlarges panes by classes."""

    def add_class(self, *class_names: str) -> object: ...
    def remove_class(self, *class_names: str) -> object: ...
    def has_class(self, *class_names: str) -> bool: ...
    def set_focus(self, widget: Widget | None) -> None: ...

    @property
    def focused(self) -> Widget | None: ...


class Panes:
    """Moves the focus between the table, the details and the log.

    Args:
        host: The screen.
        targets: The run under the cursor.
        table: The table.
        details: The detail pane.
        log: The log.
        filter: The filter line.
        notifier: Tells the user of a run without an error.
    """

    def __init__(
        self,
        host: PaneHost,
        targets: TargetRuns,
        table: RunsTable,
        details: DetailPane,
        log: LogPane,
        filter: FilterController,
        notifier: Notifier,
    ) -> None:
        self._host = host
        self._targets = targets
        self._table = table
        self._details = details
        self._log = log
        self._filter = filter
        self._notifier = notifier

    def open(self) -> None:
        """Open the details of the run under the cursor, or from there its error line; fold a group."""
        if self._table.has_focus and self._table.heading is not None:
            self._table.fold(self._table.heading)
            return
        run = self._targets.under_cursor
        if self._details.has_focus and run is not None and (run.digest is not None or run.has_warning):
            self.show_error()
            return
        self._host.remove_class(_LOG)
        self._host.add_class(_DETAILS)
        self._host.set_focus(self._details)

    def show_log(self) -> None:
        """Show the log at full height."""
        self._host.remove_class(_DETAILS)
        self._host.add_class(_LOG)
        self._host.set_focus(self._log.lines)

    def show_error(self) -> None:
        """Show the log line that explains why the run under the cursor failed, or its warning."""
        run = self._targets.under_cursor
        if run is None:
            return
        if run.status in _WELL_ENDED and not run.has_warning and not run.is_failed:
            key = self._notifier.key("show_log")
            self._notifier.inform(f"this run did not fail; {key} opens its log", _HINT_SECONDS)
            return
        self.show_log()
        if run.digest is not None and run.digest.log:
            self._log.show_line(run.name, run.digest.log, run.digest.offset)
        elif run.warning is not None and run.has_warning:
            self._log.show_line(run.name, run.warning.log, run.warning.offset)
        else:
            self._log.show_last_error(run.name)

    def show_file(self, name: str, path: str) -> None:
        """Show a text file of a run in place of its log.

        Args:
            name: The run.
            path: The file's path below the run.
        """
        self.show_log()
        self._log.show_line(name, path, 0)

    def show_match(self, name: str, path: str, offset: int, pattern: str) -> None:
        """Show a line of a run's log with the matches of a pattern marked.

        Args:
            name: The run.
            path: The log's path below the run.
            offset: Where the line begins.
            pattern: The pattern as typed.
        """
        self.show_log()
        self._log.show_match(name, path, offset, pattern)

    def back(self) -> None:
        """Go back: end the log's search, return to the table, clear the selection, clear the filter."""
        if self._log.has_focus_within and self._log.end_search():
            return
        if not self.close() and not self._table.clear_selection():
            self._filter.clear()

    def close(self) -> bool:
        """Return to the table; return whether something else was open or had the focus."""
        is_enlarged = self._host.has_class(_LOG) or self._host.has_class(_DETAILS)
        # The screen knows the focus at once, the table when it has been told: the next key may come before.
        if self._host.focused is self._table and not is_enlarged:
            return False
        self.show_table()
        return True

    def show_table(self) -> None:
        """Restore the layout, and give the focus to the table."""
        self._host.remove_class(_LOG, _DETAILS)
        self._host.set_focus(self._table)
