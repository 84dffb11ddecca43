"""Columns of metrics. Cells are read for the rows on screen once there is such a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtui.catalog.columns import is_metric
from runtui.catalog.sync.sources import RunSources
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.host import TimerHost
from runtui.tui.metric_cells import MetricCells

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from runtui.tui.metric_cells import MetricCells
    from runtui.tui.widgets.runs_table import RunsTable

_INTERVAL = 0.5  # seconds between checks for cells to be read


class MetricColumns:
    """Reads cells of metrics while the table has columns of them.

    Args:
        owner: Gets the reading thread's messages; see `Background`.
        sources: The runs directories.
        table: Shows the cells.
        columns: The columns.
        host: Sets the timer.
        slowdown: Factor of the interval between checks.
    """

    def __init__(
        self,
        owner: MessagePump,
        sources: RunSources,
        table: RunsTable,
        columns: ShownColumns,
        host: TimerHost,
        slowdown: float,
    ) -> None:
        self._owner = owner
        self._sources = sources
        self._table = table
        self._columns = columns
        self._host = host
        self._slowdown = slowdown
        self._cells: MetricCells | None = None

    def begin(self) -> None:
        """Begin to read cells if a column of metrics is shown."""
        if self._cells is None and self._keys():
            self._cells = MetricCells(self._owner, self._sources.place_of, self._show)
            self._table.metric_texts = self._cells.texts
            self._host.set_interval(_INTERVAL * self._slowdown, self._read)

    def stop(self) -> None:
        """Stop reading. Does not wait."""
        if self._cells is not None:
            self._cells.stop()

    def _keys(self) -> list[str]:
        return [choice.key for choice in self._columns.shown if is_metric(choice.key)]

    def _read(self) -> None:
        if self._cells is not None:
            self._cells.want(self._table.visible_runs, self._keys())

    def _show(self) -> None:
        self._table.refresh()
        self._read()
