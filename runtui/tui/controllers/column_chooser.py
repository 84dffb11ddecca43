"""The choice of columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runtui import results
from runtui.catalog.columns import METRIC
from runtui.catalog.sync.sources import RunSources
from runtui.settings import ColumnChoice
from runtui.tui import dialogs
from runtui.tui.controllers.arrangement import Arrangement
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.metric_columns import MetricColumns
from runtui.tui.controllers.rows import RowsController
from runtui.tui.controllers.targets import TargetRuns

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
        targets: The run under the cursor, whose metrics can be columns.
        sources: The runs directories.
        host: Shows the column picker.
        background: Looks up which metrics the run has.
    """

    def __init__(
        self,
        columns: ShownColumns,
        table: RunsTable,
        metrics: MetricColumns,
        rows: RowsController,
        arrangement: Arrangement,
        targets: TargetRuns,
        sources: RunSources,
        host: DialogHost,
        background: BackgroundWork,
    ) -> None:
        self._columns = columns
        self._table = table
        self._metrics = metrics
        self._rows = rows
        self._arrangement = arrangement
        self._targets = targets
        self._sources = sources
        self._host = host
        self._background = background

    def choose(self) -> None:
        """Let the user choose the columns."""
        dialog = dialogs.ColumnsScreen(
            self._columns.shown, self._columns.usual, self._arrangement.known_keys()
        )
        self._host.show_dialog(dialog, self._choose)
        run = self._targets.under_cursor
        if run is not None:
            read = partial(_metric_keys, "/".join(self._sources.place_of(run.name)))
            self._background.submit("metrics", read, dialog.add_keys)

    def _choose(self, columns: tuple[ColumnChoice, ...] | None) -> None:
        if columns is not None:
            self._columns.choose(columns)
            self.show()
            self._rows.ask_for_keys()

    def show(self) -> None:
        """Show the current columns."""
        self._table.show_columns(self._columns.shown)
        self._metrics.begin()


def _metric_keys(run_dir: str) -> list[str]:
    """Return the keys of columns that show the metrics of a run."""
    return [f"{METRIC}{metric.column}" for metric in results.ChartSession([("", run_dir)]).choices()]
