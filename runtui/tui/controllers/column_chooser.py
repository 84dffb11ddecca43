"""The choice of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtui.settings import ColumnChoice
from runtui.tui import dialogs
from runtui.tui.controllers.arrangement import Arrangement
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.host import DialogHost
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.metric_columns import MetricColumns
from runtui.tui.controllers.metric_keys import MetricKeys
from runtui.tui.controllers.rows import RowsController

if TYPE_CHECKING:
    from runtui.tui.widgets.runs_table import RunsTable


class ColumnChooser:
    """Lets the user choose the columns of the table.

    Args:
        columns: The columns on screen.
        table: The table.
        metrics: Reads metrics for columns of metrics.
        rows: Requests the keys that columns need.
        arrangement: Knows the keys that a column can show.
        metric_keys: Knows which metrics the run under the cursor has.
        key_index: Knows the parameter keys of all runs.
        host: Shows the column picker.
    """

    def __init__(
        self,
        columns: ShownColumns,
        table: RunsTable,
        metrics: MetricColumns,
        rows: RowsController,
        arrangement: Arrangement,
        metric_keys: MetricKeys,
        key_index: KeyIndex,
        host: DialogHost,
    ) -> None:
        self._columns = columns
        self._table = table
        self._metrics = metrics
        self._rows = rows
        self._arrangement = arrangement
        self._metric_keys = metric_keys
        self._key_index = key_index
        self._host = host

    def choose(self) -> None:
        """Let the user choose the columns."""
        dialog = dialogs.ColumnsScreen(
            self._columns.shown, self._columns.usual, self._arrangement.known_keys()
        )
        self._host.show_dialog(dialog, self._choose)
        self._metric_keys.offer(dialog.add_keys)
        self._key_index.offer(dialog.add_keys)

    def _choose(self, columns: tuple[ColumnChoice, ...] | None) -> None:
        if columns is not None:
            self._columns.choose(columns)
            self.show()
            self._rows.ask_for_keys()

    def show(self) -> None:
        """Show the current columns."""
        self._table.show_columns(self._columns.shown)
        self._metrics.begin()
