"""The contents of a report of runs: what ended how, what differs, how metrics went, and what failed.

Plain data: how it is written stands in `runtui.render`. All text is safe to show.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from runtui.catalog.columns import Column
from runtui.catalog.grouping import group_key_of
from runtui.catalog.reasons import reason_text, usual_reason
from runtui.results.charting import ChartRequest, ChartSession, Drawing
from runtui.results.comparing import Comparison, compare
from runtui.results.metrics import STEP_NAMES, TIME_NAMES
from runtui.results.values import METADATA, METRICS, read_values
from runtui.store.concurrent_work import in_order
from runtui.store.record import RunRecord
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text

MOST_COMPARED = 200
"""Runs whose parameters are compared."""

MOST_CURVES = 10
"""Runs whose metrics are drawn, in one chart a metric."""

MOST_CHARTS = 12
"""Charts of a report."""

MOST_ROWS = 5000
"""Runs in the table of a report."""

_MOST_PARAMETERS = 60  # that differ
_MOST_VALUES = 6  # values of a parameter that are named
_MOST_FAILURES = 60  # groups
_MOST_NAMED = 12  # runs of a group that are named
_POINTS = 400  # of a curve, about
_MOST_LOOKS = 400  # parts of a table that are read for a chart


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The table of runs.

    Attributes:
        titles: The headings.
        is_right: Whether each column stands at the right.
        rows: The cells of each run.
        statuses: The status of each run, for its colour.
        left_out: Runs that are not in it.
    """

    titles: tuple[str, ...]
    is_right: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    statuses: tuple[str, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class DifferingParameter:
    """A parameter that differs.

    Attributes:
        section: Where it comes from.
        key: Its key.
        distinct: Different values.
        values: The values with the number of runs that have them, the most frequent first; not all where
            there are many. Runs without a value are counted at the end.
    """

    section: str
    key: str
    distinct: int
    values: tuple[tuple[str, int], ...]

    @property
    def is_cut(self) -> bool:
        """Whether there are more values than those named."""
        return self.distinct > _MOST_VALUES


@dataclass(frozen=True, slots=True)
class FailedGroup:
    """Failed runs of one reason.

    Attributes:
        title: The reason.
        count: The runs.
        line: What one of them says in full.
        runs: Short ids of some.
    """

    title: str
    count: int
    line: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The contents of a report.

    Attributes:
        title: What it is of.
        query: The filter, or ``""``.
        written: When it was written.
        total: The runs.
        statuses: How many have which status, the most frequent first.
        facts: Further figures, each with its name.
        table: The table.
        differing: The parameters that differ.
        compared: How many runs were compared for these.
        drawings: Charts, each with its title.
        legend: What tells each drawn run from the others, in the order of curves.
        failures: The failed runs by reason.
        notes: What was left out or could not be read.
    """

    title: str
    query: str
    written: str
    total: int
    statuses: tuple[tuple[str, int], ...]
    facts: tuple[tuple[str, str], ...]
    table: ReportTable
    differing: tuple[DifferingParameter, ...]
    compared: int
    drawings: tuple[tuple[str, Drawing], ...]
    legend: tuple[str, ...]
    failures: tuple[FailedGroup, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences between runs.

    Attributes:
        comparison: The runs side by side; None of a single run.
        parameters: The parameters that differ.
        compared: The runs compared.
    """

    comparison: Comparison | None
    parameters: tuple[DifferingParameter, ...]
    compared: int


def differences(base: str, runs: Sequence[RunRecord]) -> Differences:
    """Compare the first runs of a list, whose parameters are read.

    Args:
        base: The runs directory.
        runs: The runs.
    """
    compared = runs[:MOST_COMPARED]
    if len(compared) < 2:
        return Differences(None, (), len(compared))
    comparison = compare(list(in_order(compared, lambda run: read_values(base, run.name))))
    found = []
    for row in comparison.shown(all_rows=False):
        if row.section in (METADATA, METRICS):
            continue
        counts = Counter(value.text for value in row.values if value is not None)
        values = counts.most_common(_MOST_VALUES)
        if missing := row.values.count(None):
            values.append(("no value", missing))
        found.append(DifferingParameter(row.section, row.key, len(counts), tuple(values)))
    # What several runs have with different values tells more than what only some of them have.
    found.sort(key=lambda one: one.distinct < 2)
    return Differences(comparison, tuple(found[:_MOST_PARAMETERS]), len(compared))


def table_of(
    runs: Sequence[RunRecord],
    columns: Sequence[Column],
    now: float,
    cell: Callable[[Column, RunRecord], str] | None = None,
) -> ReportTable:
    """Return the table of runs, without columns that are empty in all of them.

    Args:
        runs: The runs, in their order.
        columns: The columns.
        now: The current time, in seconds since the epoch.
        cell: Returns the text of a cell; by default the column's.
    """
    shown = runs[:MOST_ROWS]
    text = cell or (lambda column, run: column.text(run, now))
    cells = [[safe_text(text(column, run)) for run in shown] for column in columns]
    kept = [place for place, texts in enumerate(cells) if any(texts) or not shown]
    return ReportTable(
        tuple(safe_text(columns[place].title) for place in kept),
        tuple(columns[place].align == "right" for place in kept),
        tuple(zip(*(cells[place] for place in kept), strict=True)),
        tuple(run.effective_status for run in shown),
        len(runs) - len(shown),
    )


def failures_of(runs: Iterable[RunRecord]) -> tuple[FailedGroup, ...]:
    """Return failed runs, whose logs were read, by reason; the most frequent first."""
    key_of = group_key_of("reason")
    groups: dict[str, list[RunRecord]] = {}
    for run in runs:
        if run.is_failed:
            groups.setdefault(key_of(run).label, []).append(run)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(
        FailedGroup(
            safe_text(usual_reason(label, members), 300),
            len(members),
            safe_text(reason_text(members[0]), 1000),
            tuple(short_id(run.run_id) for run in members[:_MOST_NAMED]),
        )
        for label, members in ordered[:_MOST_FAILURES]
    )


def charts_of(
    base: str, runs: Sequence[RunRecord], found: Differences
) -> tuple[tuple[tuple[str, Drawing], ...], tuple[str, ...], tuple[str, ...]]:
    """Return charts of the metrics of the first runs that have any, their legend, and problems.

    Args:
        base: The runs directory.
        runs: The runs.
        found: What differs between them, for the legend.
    """
    drawn = runs[:MOST_CURVES]
    session = ChartSession([(run.name, os.path.join(base, run.name)) for run in drawn])
    axes = {*STEP_NAMES, *TIME_NAMES}
    metrics = [metric for metric in session.choices() if metric.column.lower() not in axes]
    drawings: list[tuple[str, Drawing]] = []
    for metric in metrics:
        if len(drawings) == MOST_CHARTS:
            break
        request = ChartRequest(metric, points=_POINTS * len(drawn))
        drawing = None
        for _look in range(_MOST_LOOKS):
            drawing = session.draw(request) or drawing
            if drawing is None or not drawing.is_unfinished:
                break
        if drawing is not None and any(curve.pieces for curve in drawing.curves):
            drawings.append((metric.label, drawing))
    notes = list(session.problems[:3])
    if len(metrics) > MOST_CHARTS:
        notes.append(f"{len(metrics):,} metrics: the first {MOST_CHARTS} are drawn")
    if len(runs) > len(drawn) and drawings:
        notes.append(f"charts show the first {len(drawn)} of {len(runs):,} runs")
    return tuple(drawings), tuple(_legend(place, run, found) for place, run in enumerate(drawn)), tuple(notes)


def _legend(place: int, run: RunRecord, found: Differences) -> str:
    told = []
    if found.comparison is not None:
        names = {one.key for one in found.parameters}
        rows = [row for row in found.comparison.rows if row.key in names and row.differs]
        own = [row for row in rows if row.values[place] is not None]
        told = [f"{safe_text(row.key, 30)}={safe_text(row.text(place), 30)}" for row in own[:3]]
    return " ".join([short_id(run.run_id), *told])
