"""Charts: one metric of one or more runs, kept up to date as their tables grow."""

from __future__ import annotations

import math
import os
from array import array
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from runtui.results.curves import SMOOTHINGS, Piece, in_logarithms, pieces_of, smoothed
from runtui.results.metrics import STEP_NAMES, TIME_NAMES, Metrics, numeric_columns, open_metrics
from runtui.results.result_files import ViewerKind, find_results, shown_name
from runtui.results.run_labels import parameter_labels
from runtui.store.errors import explain
from runtui.store.paths import SYSTEM_TABLE
from runtui.text.sanitize import safe_text

_MOST_TABLES = 50  # tables
_LEAST_POINTS = 20
_EPOCH = 1e9  # seconds; what lies beyond is a moment and not a span


class Axis(Enum):
    """The horizontal axis of a chart."""

    STEP = "step"
    TIME = "time"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Metric:
    """A numeric column of a table: the table's path below the run, and the column's name, safe to show."""

    table: str
    column: str

    @property
    def is_axis(self) -> bool:
        """Whether it only counts steps or tells a time."""
        return self.column.lower() in (*STEP_NAMES, *TIME_NAMES)

    @property
    def label(self) -> str:
        """The metric's name, safe to show."""
        return f"{self.column} · {shown_name(self.table)}"


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """A request for a chart.

    Attributes:
        metric: The column.
        axis: The horizontal axis; rows where a table has nothing better.
        is_log: Whether its scale is logarithmic.
        smoothing: Place in `SMOOTHINGS`.
        window: The least and greatest position on the horizontal axis; None for all.
        points: Greatest number of points for all curves together, about.
    """

    metric: Metric
    axis: Axis = Axis.STEP
    is_log: bool = False
    smoothing: int = 0
    points: int = 1000
    window: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric of one run.

    Attributes:
        run: The run, safe to show.
        pieces: The points to draw; on a logarithmic scale their logarithms.
        last: The last value, as it stands in the table; None where there is none.
        count: How many rows the table has, up to where it was read.
        is_complete: Whether all of these are in the curve.
        left_out: Values that a logarithmic scale has no place for.
        progress: Which part of the table was gone through.
        above: The name of the horizontal axis, safe to show.
        problem: Why there is nothing to be drawn, in one line, or ``""``.
    """

    run: str
    pieces: tuple[Piece, ...] = ()
    last: float | None = None
    count: int = 0
    is_complete: bool = True
    left_out: int = 0
    progress: float = 1.0
    above: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart: the request, its curves, and whether more of their tables is still to be read."""

    wanted: ChartRequest
    curves: tuple[Curve, ...]
    is_unfinished: bool


class ChartSession:
    """One metric of some runs at a time. Belongs to one thread.

    Args:
        runs: Each run's directory, by what it is called, safe to show.

    Attributes:
        problems: What could not be looked at for metrics, in lines that are safe to show.
    """

    def __init__(self, runs: Sequence[tuple[str, str]]) -> None:
        self._runs = runs
        self.problems: list[str] = []
        self._metrics: dict[str, Metrics] = {}
        self._drawn: tuple[object, tuple[int, ...], bool] | None = None

    def name_by_parameters(self) -> None:
        """Call the runs by the parameters in which they differ."""
        labels = parameter_labels([run_dir for _label, run_dir in self._runs], [run[0] for run in self._runs])
        self._runs = [(label, run_dir) for label, (_name, run_dir) in zip(labels, self._runs, strict=True)]

    def choices(self) -> list[Metric]:
        """Return the metrics of the runs, those of the program first, and steps and times last."""
        found: dict[Metric, None] = {}
        for _label, run_dir in self._runs:
            tables = [
                file.name for file in find_results(run_dir, self.problems) if file.kind is ViewerKind.TABLE
            ]
            for table in tables[:_MOST_TABLES]:
                try:
                    columns = numeric_columns(os.path.join(run_dir, table))
                except OSError:
                    continue
                found.update((Metric(table, column), None) for column in columns)
        return sorted(found, key=lambda metric: (metric.is_axis, metric.table == SYSTEM_TABLE))

    def draw(self, wanted: ChartRequest) -> Drawing | None:
        """Read what is new in the tables, a part of it where it is much; return the chart as of now.

        Returns:
            None where that is what was drawn last.
        """
        drawings = self.draw_all([wanted])
        return None if drawings is None else drawings[0]

    def draw_all(self, wanted: Sequence[ChartRequest]) -> list[Drawing] | None:
        """Return several charts of the same runs; otherwise as `draw`."""
        before, self._metrics = self._metrics, {}
        problems: dict[str, str] = {}
        unfinished = set[str]()
        for path in dict.fromkeys(_path(run_dir, one) for one in wanted for _label, run_dir in self._runs):
            metrics = self._metrics[path] = before.get(path) or open_metrics(path)
            try:
                if metrics.look():
                    unfinished.add(path)
            except OSError as error:
                problems[path] = safe_text(explain(error, with_path=False))
        versions = tuple(metrics.version for metrics in self._metrics.values())
        state = (tuple(wanted), versions, bool(unfinished))
        if state == self._drawn and not problems:
            return None
        self._drawn = state
        return [self._drawing(one, problems, unfinished) for one in wanted]

    def _drawing(
        self, wanted: ChartRequest, problems: Mapping[str, str], unfinished: Container[str]
    ) -> Drawing:
        share = max(_LEAST_POINTS, wanted.points // max(1, len(self._runs)))
        paths = [_path(run_dir, wanted) for _label, run_dir in self._runs]
        curves = [
            Curve(label, problem=problems[path])
            if path in problems
            else _curve(label, self._metrics[path], wanted, share)
            for (label, _run_dir), path in zip(self._runs, paths, strict=True)
        ]
        return Drawing(wanted, tuple(curves), any(path in unfinished for path in paths))


def _path(run_dir: str, wanted: ChartRequest) -> str:
    return os.path.join(run_dir, wanted.metric.table)


def _curve(label: str, metrics: Metrics, wanted: ChartRequest, points: int) -> Curve:
    column = wanted.metric.column
    if column not in metrics.columns:
        what = "reading…" if metrics.progress < 1 else f"no {column}"
        return Curve(label, progress=metrics.progress, problem=what)
    values = metrics.series(column)
    above, xs = _axis(metrics, wanted.axis)
    drawn: Sequence[float] = values
    if wanted.smoothing:
        drawn = smoothed(drawn, SMOOTHINGS[wanted.smoothing])
    if wanted.window is not None:
        low, high = wanted.window
        inside = [place for place, x in enumerate(xs) if low <= x <= high]
        xs = array("d", [xs[place] for place in inside])
        drawn = [drawn[place] for place in inside]
    left_out = 0
    if wanted.is_log:
        left_out = sum(value <= 0 for value in drawn)
        drawn = in_logarithms(drawn)
    return Curve(
        label,
        pieces_of(xs, drawn, points),
        metrics.last.get(column),
        metrics.count,
        metrics.is_complete,
        left_out,
        metrics.progress,
        above,
    )


def _axis(metrics: Metrics, axis: Axis) -> tuple[str, array[float]]:
    """Return the axis, and the position of each point on it."""
    if axis is not Axis.ROW:
        columns = {name.lower(): name for name in metrics.columns}
        names = STEP_NAMES if axis is Axis.STEP else TIME_NAMES
        column = next((columns[name] for name in names if name in columns), None)
        if column is not None:
            return _since_first(column, metrics.series(column))
    return "row" if metrics.is_complete else "row, about", metrics.rows()


def _since_first(column: str, values: array[float]) -> tuple[str, array[float]]:
    """Return moments as seconds since the first, so that runs of different days lie over each other."""
    first = next((value for value in values if math.isfinite(value)), 0.0)
    if first < _EPOCH or column.lower() not in TIME_NAMES:
        return column, values
    return f"{column}, seconds since the first", array("d", [value - first for value in values])
