"""Columns of metrics: their cells are read from the first such column on, for the rows on screen."""

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

_INTERVAL = 0.5  # seconds between looks whether a cell has to be read


class MetricColumns:
    """Has cells of metrics read while there are columns of them.

    Args:
        owner: Gets the messages of the thread that reads; see `Background`.
        sources: Where runs lie.
        table: Shows the cells.
        columns: The columns.
        host: Has the timer.
        slowdown: How many times the usual interval is waited between looks.
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
        """Read cells from now on where a column of metrics is shown."""
        if self._cells is None and self._keys():
            self._cells = MetricCells(self._owner, self._sources.place_of, self._show)
            self._table.metric_texts = self._cells.texts
            self._host.set_interval(_INTERVAL * self._slowdown, self._read)

    def stop(self) -> None:
        """Read no more. Does not wait."""
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
