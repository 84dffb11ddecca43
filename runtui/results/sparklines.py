"""Sparklines: the course of a run's metric in a few characters, with its last value.

For tables of many runs: of each the beginning of its results is looked at, and a few rows of one of them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from runtui.catalog.unread import UNREADABLE
from runtui.formats.tables.base import NumberedRows
from runtui.formats.tables.delimited import HEAD, MOST_COLUMNS, column_names, layout_of
from runtui.formats.tables.numbers import number_of
from runtui.formats.tables.registry import numbered_rows
from runtui.formats.tables.rows import RowReader, number_in
from runtui.logs.read.lines import LineReader
from runtui.logs.read.source import FileSource
from runtui.results.curves import number_text
from runtui.results.metric_values import (
    MOST_TABLES,
    STATISTICS,
    may_have,
    read_metric,
    spelled_column,
)
from runtui.results.metrics import end_of
from runtui.results.result_files import ViewerKind, find_results
from runtui.store.errors import explain
from runtui.text.sanitize import safe_text

POINTS = 10
"""Characters of a line."""

NOT_ALL_READ = "not all read"
"""Text of a cell whose metric may be in a file that was not looked at."""

_BARS = "▁▂▃▄▅▆▇█"
_GAP = " "
_MOST_READ = 128 * 1024  # bytes of a table that is read whole
_TAIL = 4 * 1024  # bytes
_LINES_AT_PLACE = 3  # lines
_MOST_ROWS = 1000  # of a numbered table that is read whole


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A metric in a few characters.

    Attributes:
        bars: A bar for each of some rows.
        last: The last value, or None.
        problem: Where there is no such metric, what could not be looked at for it, in one line, or ``""``.
    """

    bars: str
    last: float | None
    problem: str = ""

    @property
    def text(self) -> str:
        """The bars and the last value, or that it cannot be read."""
        if self.problem:
            return UNREADABLE if " cannot be read: " in self.problem else NOT_ALL_READ
        return self.bars if self.last is None else f"{self.bars} {number_text(float(f'{self.last:.4g}'))}"


NO_SPARKLINE = Sparkline("", None)


def read_sparkline(run_dir: str, column: str) -> Sparkline:
    """Return a metric's sparkline, empty where the run has none. Never raises for what is on disk.

    Args:
        run_dir: The run's directory.
        column: The column's name, as it is shown; of the first table that has it.
    """
    problems: list[str] = []
    tables = [file.name for file in find_results(run_dir, problems) if file.kind is ViewerKind.TABLE]
    tables = [table for table in tables if may_have(table, [column])]
    for table in tables[:MOST_TABLES]:
        path = os.path.join(run_dir, table)
        try:
            metrics = end_of(path)
            if (spelled := spelled_column(metrics, column)) is None:
                continue
            values = metrics.series(spelled) if metrics.is_complete else _few_values(path, spelled)
        except OSError as error:
            problems.append(f"{safe_text(table)} cannot be read: {explain(error, with_path=False)}")
            continue
        return Sparkline(bars_of(values, POINTS), metrics.last.get(spelled))
    if len(tables) > MOST_TABLES:
        problems.append(f"only the first {MOST_TABLES} of {len(tables):,} tables were read")
    # What is no column may be a number about one, which has no course.
    value = read_metric(run_dir, column).value if column.rpartition(".")[2] in STATISTICS else None
    if value is not None:
        return Sparkline("", value)
    return Sparkline("", None, problems[0]) if problems else NO_SPARKLINE


def bars_of(values: Sequence[float], count: int) -> str:
    """Return values as so many bars, each the mean of its share of them; a non-finite value is a gap."""
    count = min(count, len(values))
    means: list[float] = []
    for place in range(count):
        share = values[len(values) * place // count : len(values) * (place + 1) // count]
        finite = [value for value in share if math.isfinite(value)]
        # Divided first: the sum may be more than a number can be.
        means.append(sum(value / len(finite) for value in finite) if finite else math.nan)
    known = [mean for mean in means if math.isfinite(mean)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(_bar(mean, low, high) for mean in means)


def _bar(mean: float, low: float, high: float) -> str:
    if not math.isfinite(mean):
        return _GAP
    span = high / 2 - low / 2  # halved, because the whole may be more than a number can be
    share = (mean / 2 - low / 2) / span if span > 0 else 0.5
    return _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))]


def _few_values(path: str, column: str) -> list[float]:
    """Return values of a column from all over a large table, in their order."""
    numbered = numbered_rows(path)
    if numbered is not None:
        return _few_numbered(numbered, column)
    source = FileSource(path)
    size = source.look().size
    layout = layout_of(path, source.read(0, HEAD), is_whole=size <= HEAD)
    if layout is None:
        return []
    reader, lines = RowReader(layout), LineReader(source)

    def values_in(data: bytes) -> list[float]:
        texts = data.decode("utf-8", "replace").split("\n")[:-1]
        return [number_in(row, column) for row, _end in reader.read(texts) if row is not None]

    if size - layout.body <= _MOST_READ:
        return values_in(source.read(layout.body, size - layout.body))
    values = []
    for place in range(POINTS - 1):
        begin = lines.border_before(layout.body + (size - layout.body) * place // POINTS)
        some = lines.after(max(begin, layout.body), _LINES_AT_PLACE)
        values += values_in(b"".join(line.raw + b"\n" for line in some))[:1] or [math.nan]
    last = values_in(source.read(lines.border_after(size - _TAIL), _TAIL))
    return [*values, *last[-1:]]


def _few_numbered(table: NumberedRows, column: str) -> list[float]:
    table.look()
    columns, count = column_names(table.columns[:MOST_COLUMNS]), len(table)
    if column not in columns:
        return []
    place = columns.index(column)
    if count <= _MOST_ROWS:
        rows = list(table.rows(0, count))
    else:
        rows = [row for part in range(POINTS - 1) for row in table.rows(count * part // POINTS, 1)]
        rows += table.rows(count - 1, 1)
    numbers = (number_of(row[place]) if place < len(row) else None for row in rows)
    return [math.nan if number is None else number for number in numbers]
