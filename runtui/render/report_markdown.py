"""A report as Markdown: the tables of the page, without its charts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from runtui.results.charting import Drawing
from runtui.results.curves import number_text
from runtui.results.report import Report

_MOST_ROWS = 500  # of the table
_SPECIAL = re.compile(r"([\\`*_\[\]|<>~#!&])")


def report_markdown(report: Report) -> str:
    """Return a report as Markdown."""
    query = f" that match {_escaped(report.query)}" if report.query else ""
    lines = [f"# Runs in {_escaped(report.title)}", ""]
    lines += [f"{report.total:,} runs{query}, written {report.written}", ""]
    figures = [*((status, f"{count:,}") for status, count in report.statuses), *report.facts]
    lines += [f"- {_escaped(name)}: {_escaped(value)}" for name, value in figures]
    if report.failures:
        lines += ["", "## Failures by reason", ""]
        for group in report.failures:
            names = ", ".join(_escaped(name) for name in group.runs)
            more = f" and {group.count - len(group.runs):,} more" if group.count > len(group.runs) else ""
            lines += [f"- {group.count:,}× {_escaped(group.title)} ({names}{more})", ""]
            lines.append(f"  {_escaped(group.line)}")
    if report.drawings:
        lines += ["", "## Metrics, last values", "", *_metrics(report.drawings, report.legend)]
    if report.differing:
        lines += ["", "## Parameters that differ", ""]
        lines += ["| parameter | values | most frequent |", "| --- | ---: | --- |"]
        for one in report.differing:
            values = ", ".join(f"{value} ({count:,}×)" for value, count in one.values)
            more = ", …" if one.is_cut else ""
            lines.append(_cells((one.key, f"{one.distinct:,}", values + more)))
    lines += ["", "## Runs", ""]
    lines += [_cells(report.table.titles)]
    marks = ("---:" if right else "---" for right in report.table.is_right)
    lines.append(f"| {' | '.join(marks)} |")
    lines += [_cells(row) for row in report.table.rows[:_MOST_ROWS]]
    left_out = report.table.left_out + max(0, len(report.table.rows) - _MOST_ROWS)
    if left_out:
        lines += ["", f"{left_out:,} further runs are not listed."]
    lines += ["", *(f"- {_escaped(note)}" for note in report.notes)] if report.notes else []
    return "\n".join(lines) + "\n"


def _metrics(drawings: Sequence[tuple[str, Drawing]], legend: Sequence[str]) -> Iterable[str]:
    yield _cells(("metric", *legend))
    yield f"| --- |{' ---: |' * len(legend)}"
    for title, drawing in drawings:
        values = ("" if curve.last is None else number_text(curve.last) for curve in drawing.curves)
        yield _cells((title, *values))


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
