"""The value of a metric of a run: its last one, or another number about its whole course."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runtui.formats.tables.recorded_metrics import mlflow_metric
from runtui.results.metrics import STEP_NAMES, Metrics, end_of, open_metrics
from runtui.results.result_files import ViewerKind, find_results
from runtui.store.errors import explain
from runtui.text.folding import composed
from runtui.text.sanitize import safe_text

MOST_TABLES = 50
"""Tables of a run in which a metric is looked for."""


class MetricValue(NamedTuple):
    """The value of a metric.

    Attributes:
        value: The value, nan and infinite ones among them; None where the run has none.
        problem: What could not be read, where it may hold the metric, in one line that is safe to show.
    """

    value: float | None = None
    problem: str = ""


class _Course(NamedTuple):
    """All values of a metric that are numbers, and the steps that they are of."""

    values: Sequence[float]
    steps: Sequence[float]


def _mean(course: _Course) -> float:
    # Divided first: the sum may be more than a number can be.
    return math.fsum(value / len(course.values) for value in course.values)


STATISTICS: dict[str, Callable[[_Course], float]] = {
    "first": lambda course: course.values[0],
    "last": lambda course: course.values[-1],
    "min": lambda course: min(course.values),
    "max": lambda course: max(course.values),
    "mean": _mean,
    "argmin": lambda course: course.steps[course.values.index(min(course.values))],
    "argmax": lambda course: course.steps[course.values.index(max(course.values))],
}
"""Numbers about the whole course of a metric, by what follows its name and a point; nan counts for none."""


def read_metrics(run_dir: str, names: Sequence[str]) -> dict[str, MetricValue]:
    """Return metrics of a run by their names. Never raises for what is on disk.

    Args:
        run_dir: The run's directory.
        names: Columns of the first table that has them, as they are shown: their last values; or columns with
            a point and one of `STATISTICS` behind. A column that is called like both is the column.
    """
    problems: list[str] = []
    tables = [file.name for file in find_results(run_dir, problems) if file.kind is ViewerKind.TABLE]
    found: dict[str, MetricValue] = {}
    wanted = {name: _columns_for(name) for name in names}
    columns = [column for both in wanted.values() for column in both]
    for table in [table for table in tables if may_have(table, columns)][:MOST_TABLES]:
        path = os.path.join(run_dir, table)
        try:
            metrics = end_of(path)
            for name in [name for name in wanted if name not in found]:
                if (spelled := spelled_column(metrics, name)) is not None:
                    found[name] = MetricValue(metrics.last.get(spelled))
                elif len(wanted[name]) > 1 and spelled_column(metrics, wanted[name][1]) is not None:
                    metrics = _whole(metrics)
                    found[name] = MetricValue(_statistic(metrics, *wanted[name][1:]))
        except OSError as error:
            problems.append(f"{safe_text(table)} cannot be read: {explain(error, with_path=False)}")
        if len(found) == len(wanted):
            return found
    if len(tables) > MOST_TABLES:
        problems.append(f"only the first {MOST_TABLES} of {len(tables):,} tables were read")
    missing = MetricValue(None, problems[0] if problems else "")
    return {name: found.get(name, missing) for name in names}


def read_metric(run_dir: str, name: str) -> MetricValue:
    """Return one metric of a run, as `read_metrics` does."""
    return read_metrics(run_dir, [name])[name]


def _columns_for(name: str) -> tuple[str, ...]:
    """Return what a metric may be: a column, or else a column and a number about it."""
    column, _point, statistic = name.rpartition(".")
    return (name, column, statistic) if column and statistic in STATISTICS else (name,)


def may_have(table: str, columns: Sequence[str]) -> bool:
    """Return whether a table may have one of some columns: a file of MLflow's is of one metric alone."""
    metric = mlflow_metric(table)
    return not metric or composed(metric) in map(composed, columns)


def spelled_column(metrics: Metrics, column: str) -> str | None:
    """Return a column of a table as the table spells it, or None where it has none of that name."""
    named = composed(column)
    return next((name for name in metrics.all_columns if composed(name) == named), None)


def _whole(metrics: Metrics) -> Metrics:
    """Return the columns of a table with all of its rows, or of a very large one with some."""
    if metrics.is_complete:
        return metrics
    metrics = open_metrics(metrics.path)
    while metrics.look():
        pass
    return metrics


def _statistic(metrics: Metrics, column: str, statistic: str) -> float | None:
    spelled = spelled_column(metrics, column)
    if spelled is None:
        return None
    names = {name.lower(): name for name in metrics.columns}
    step = next((names[known] for known in STEP_NAMES if known in names), None)
    steps = metrics.rows() if step is None else metrics.series(step)
    pairs = [
        (value, at) for value, at in zip(metrics.series(spelled), steps, strict=True) if not math.isnan(value)
    ]
    if not pairs:
        return None
    values, steps_of_values = zip(*pairs, strict=True)
    return STATISTICS[statistic](_Course(values, steps_of_values))
