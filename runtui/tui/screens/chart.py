"""The chart: a metric of several runs as curves in one plot, updated while they compute."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from runtui.results.charting import Axis, ChartRequest, ChartSession, Curve, Drawing, Metric
from runtui.results.curves import SMOOTHINGS, number_text
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Keys, Place
from runtui.tui.dialogs.metrics import MetricsScreen
from runtui.tui.screens.results import ResultsScreen, RunPlace, results_bindings
from runtui.tui.widgets.chart_view import ChartView

MOST_PLOTTED = 20
"""Runs that are drawn over each other."""

_LEAST_PAUSE_SECONDS = 1.0
_MOST_PAUSE_SECONDS = 10.0
_PATIENCE = 10.0  # divisor of the seconds since the last change, for the pause until the next check
_MOST_POINTS = 2000
_DOTS_IN_COLUMN = 2  # dots beside each other in a braille character
_AXES = list(Axis)
_LEAST_LEGEND = 3  # lines


class ChartScreen(ResultsScreen):
    """Plots a metric.

    Args:
        runs: The runs, at least one.
        keys: The keys that the user remapped.
        table: The path below the run of the first table to plot; by default the first table with metrics.
        metric: The first metric to plot; by default the first one of that table.
    """

    PLACE = Place.CHART
    BINDINGS: ClassVar[list[BindingType]] = results_bindings(Place.CHART)

    def __init__(
        self, runs: Sequence[RunPlace], keys: Keys, table: str | None = None, metric: Metric | None = None
    ) -> None:
        super().__init__(keys)
        self._view = ChartView()
        self._legend = Static("", id="chart-legend", markup=False)
        self._session = session_of(runs)
        self._table = table
        self._request = None if metric is None else ChartRequest(metric)
        self._cursor: float | None = None
        self._choices: list[Metric] = []
        self._drawing: Drawing | None = None
        self._changed = time.monotonic()
        self._next: Timer | None = None

    def body(self) -> Widget:
        return self._view

    def compose(self) -> ComposeResult:
        *before, prompt, hint = super().compose()
        yield from before
        yield self._legend
        yield prompt
        yield hint

    def read(self) -> None:
        self.show_title("looking for metrics…")
        self.background.submit("choices", partial(named_choices, self._session), self._take_choices)

    def _take_choices(self, choices: list[Metric]) -> None:
        self._choices = choices
        if self._request is None and choices:
            first = next((metric for metric in choices if metric.table == self._table), choices[0])
            self._request = ChartRequest(first)
        if self._request is None:
            self.show_title("no metrics")
            none = "No table with numbers in the run or in results/: .csv, .tsv, .dat, .jsonl or .ndjson."
            self._view.say("; ".join(self._session.problems) or none)
            return
        self._draw()

    # Drawing

    def _draw(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None
        if self._request is not None:
            points = min(_MOST_POINTS, self._view.size.width * _DOTS_IN_COLUMN * MOST_PLOTTED)
            self._request = replace(self._request, points=points)
            self.background.submit("draw", partial(self._session.draw, self._request), self._take)

    def _take(self, drawing: Drawing | None) -> None:
        now = time.monotonic()
        if drawing is not None:
            self._drawing, self._changed = drawing, now
            self._show(drawing)
            if drawing.is_unfinished:
                self._draw()
                return
        pause = min(_MOST_PAUSE_SECONDS, max(_LEAST_PAUSE_SECONDS, (now - self._changed) / _PATIENCE))
        self._next = self.set_timer(pause, self._draw)

    def _show(self, drawing: Drawing) -> None:
        wanted = drawing.wanted
        note = next((curve.problem for curve in drawing.curves if curve.problem), "nothing to plot")
        self._view.show(drawing, note, self._cursor)
        said = [wanted.metric.label]
        above = next((curve.above for curve in drawing.curves if curve.above), "")
        said += [f"vs {above}"] if above else []
        said += ["logarithmic"] if wanted.is_log else []
        said += [f"smoothing {SMOOTHINGS[wanted.smoothing]:g}"] if wanted.smoothing else []
        self.show_title(" · ".join(said))
        colours, signs = self._view.colours(len(drawing.curves)), self._view.signs(len(drawing.curves))
        lines = []
        for curve, colour, sign in zip(drawing.curves, colours, signs, strict=True):
            mark = "━━" if len(sign) > 1 else sign * 2
            cursor = self._cursor
            told = _described(curve) if cursor is None else _at_cursor(curve, cursor, wanted.is_log)
            lines.append(Content.assemble(" ", (mark, colour.rich_color.name), " ", told))
        most = max(_LEAST_LEGEND, self.size.height // 3)
        if len(lines) > most:
            lines = [*lines[: most - 1], Content(f" and {len(lines) - most + 1} more")]
        self._legend.update(Content("\n").join(lines))

    def on_resize(self, event: events.Resize) -> None:
        if self._drawing is not None:
            self.call_after_refresh(self._draw)

    # Changing the chart

    def _change(self, request: ChartRequest) -> None:
        self._request = request
        self._draw()

    def action_choose_metric(self) -> None:
        def take(metric: Metric | None) -> None:
            if metric is not None and self._request is not None:
                self._change(replace(self._request, metric=metric))

        if self._choices:
            self.app.push_screen(MetricsScreen(self._choices), take)

    def action_next_metric(self) -> None:
        self._step(1)

    def action_previous_metric(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        if self._request is None or not self._choices:
            return
        here = self._choices.index(self._request.metric) if self._request.metric in self._choices else 0
        self._change(
            replace(self._request, metric=self._choices[(here + step) % len(self._choices)], window=None)
        )

    def action_x_axis(self) -> None:
        if self._request is not None:
            here = _AXES.index(self._request.axis)
            self._cursor = None
            self._change(replace(self._request, axis=_AXES[(here + 1) % len(_AXES)], window=None))

    def action_log_scale(self) -> None:
        if self._request is not None:
            self._change(replace(self._request, is_log=not self._request.is_log))

    def action_cursor_right(self) -> None:
        """Move the line that reads values to the next point."""
        self._move_cursor(forward=True)

    def action_cursor_left(self) -> None:
        """Move the line that reads values to the point before."""
        self._move_cursor(forward=False)

    def _move_cursor(self, *, forward: bool) -> None:
        if self._drawing is None or self._view.range is None:
            return
        places = sorted({x for curve in self._drawing.curves for piece in curve.pieces for x in piece.xs})
        # One step is a column of the screen, or a point where these are further apart.
        low, high = self._view.range
        step = (high - low) / max(1, self._view.size.width)
        if self._cursor is None:
            self._cursor = places[-1]
        elif forward:
            self._cursor = next((x for x in places if x >= self._cursor + step), places[-1])
        else:
            self._cursor = next((x for x in reversed(places) if x <= self._cursor - step), places[0])
        self._show(self._drawing)

    def action_zoom_in(self) -> None:
        """Show half of the range, around the line that reads values."""
        self._zoom(0.5)

    def action_zoom_out(self) -> None:
        """Show twice the range."""
        self._zoom(2.0)

    def action_zoom_all(self) -> None:
        """Show the whole range."""
        if self._request is not None:
            self._change(replace(self._request, window=None))

    def _zoom(self, factor: float) -> None:
        if self._request is None or self._view.range is None:
            return
        low, high = self._request.window or self._view.range  # what was asked for may still have to be drawn
        middle = (low + high) / 2 if self._cursor is None else self._cursor
        half = (high - low) / 2 * factor
        if half > 0 and math.isfinite(half):
            self._change(replace(self._request, window=(middle - half, middle + half)))

    def action_smoother(self) -> None:
        self._smooth(1)

    def action_rougher(self) -> None:
        self._smooth(-1)

    def _smooth(self, step: int) -> None:
        if self._request is not None:
            place = max(0, min(self._request.smoothing + step, len(SMOOTHINGS) - 1))
            self._change(replace(self._request, smoothing=place))


def _described(curve: Curve) -> str:
    """Return a curve's text in the legend."""
    if curve.problem:
        return f"{curve.run}  {curve.problem}"
    said = [curve.run]
    if curve.last is not None:
        said.append(f"last {number_text(curve.last)}")
    rows = "1 row" if curve.count == 1 else f"{curve.count:,} rows"
    said.append(rows if curve.is_complete else f"some of about {rows}")
    if curve.left_out:
        said.append(f"{curve.left_out:,} not above 0 not shown")
    if curve.progress < 1:
        said.append(f"{curve.progress:.0%} read")
    return "  ".join(said)


def _at_cursor(curve: Curve, cursor: float, is_log: bool) -> str:
    """Return the value of a curve at the point next to the cursor, for the legend."""
    points = [point for piece in curve.pieces for point in zip(piece.xs, piece.ys, strict=True)]
    if not points:
        return _described(curve)
    x, y = min(points, key=lambda point: abs(point[0] - cursor))
    value = 10.0**y if is_log else y
    return f"{curve.run}  {number_text(value)} at {number_text(x)}"


def session_of(runs: Sequence[RunPlace]) -> ChartSession:
    """Return a session for some runs, called as in the table, unless that would be ambiguous."""
    names = [safe_text(run.shown_as) for run in runs]
    short = [short_id(name) for name in names]
    labels = short if len(set(short)) == len(short) else names
    return ChartSession([(label, run.run_dir) for label, run in zip(labels, runs, strict=True)])


def named_choices(session: ChartSession) -> list[Metric]:
    """Return the metrics of a session's runs, which are then called by the parameters that differ."""
    session.name_by_parameters()
    return session.choices()
