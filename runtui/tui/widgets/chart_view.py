"""A chart of one metric with a curve for each run, drawn by plotext."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual_plotext import PlotextPlot

from runtui.results.charting import Drawing
from runtui.results.curves import log_ticks, ticks

_TICK_COLUMNS = 16
_TICK_ROWS = 4
_MARGIN = 0.05  # of the span, below and above the curves
_FLAT = 1e-12  # of the largest value; a smaller span is drawn as a flat line
_LEAST_SPAN = 1e-290  # in the unit of the values; a smaller span is drawn as a flat line
_LARGE = 1e150  # absolute value above which values are scaled down
_SCALE = 1e-200  # factor for large values
_MOST = 1.7e308  # absolute value at which the axes end
_DARK, _LIGHT = 0.62, 0.4
_GOLDEN = 0.618034  # of a turn from one hue to the next, which keeps any number of hues well apart


class ChartView(PlotextPlot, can_focus=True):
    """Shows a chart.

    Args:
        id: The widget's id.
    """

    def __init__(self, id: str | None = "chart") -> None:
        super().__init__(id=id)
        self._note = "reading…"
        self._shown: tuple[Drawing, str, float | None] | None = None
        self.range: tuple[float, float] | None = None
        """The ends of the horizontal axis; None while nothing is drawn."""

    def say(self, text: str) -> None:
        """Show a text in place of a chart."""
        self._shown = None
        self._note = text
        self.refresh()

    def signs(self, count: int) -> list[str]:
        """Return the marker of each curve: a letter if there are no colours."""
        if not self.app.no_color:
            return ["braille"] * count
        return [chr(ord("a") + number % 26) for number in range(count)]

    def colours(self, count: int) -> list[Color]:
        """Return the curves' colours."""
        lightness = _DARK if self.app.current_theme.dark else _LIGHT
        return [Color.from_hsl((0.58 + number * _GOLDEN) % 1, 0.75, lightness) for number in range(count)]

    def show(self, drawing: Drawing, note: str, cursor: float | None = None) -> None:
        """Show a chart, or `note` if it has no points.

        Args:
            drawing: The chart.
            note: What to say without points.
            cursor: Where a line across the curves stands; None for none.
        """
        self._shown = drawing, note, cursor
        plot = self.plt
        plot.clear_figure()
        colours, signs = self.colours(len(drawing.curves)), self.signs(len(drawing.curves))
        pieces = [piece for curve in drawing.curves for piece in curve.pieces]
        self._note = "" if pieces else note
        self.range = None
        if pieces:
            across = _Span.of([x for piece in pieces for x in (min(piece.xs), max(piece.xs))])
            upwards = _Span.of([y for piece in pieces for y in (min(piece.ys), max(piece.ys))])
            for curve, colour, sign in zip(drawing.curves, colours, signs, strict=True):
                for piece in curve.pieces:
                    xs, ys = across.scaled(piece.xs), upwards.scaled(piece.ys)
                    plot.plot(xs, ys, marker=sign, color=colour.rgb)
            if len({(x, y) for piece in pieces for x, y in zip(piece.xs, piece.ys, strict=True)}) == 1:
                plot.scatter(
                    across.scaled(pieces[0].xs),
                    upwards.scaled(pieces[0].ys),
                    marker="●",
                    color=colours[0].rgb,
                )
            self.range = across.low, across.high
            if cursor is not None:
                plot.vertical_line(across.scaled([cursor])[0])
            self._draw_axes(across, upwards, is_log=drawing.wanted.is_log)
        self.refresh()

    def on_resize(self) -> None:
        """Draw once more: how many marks the axes have room for depends on the size."""
        if self._shown is not None:
            self.show(*self._shown)

    def _draw_axes(self, across: _Span, upwards: _Span, *, is_log: bool) -> None:
        below = ticks(across.low, across.high, max(3, self.size.width // _TICK_COLUMNS))
        most = max(3, self.size.height // _TICK_ROWS)
        beside = (log_ticks if is_log else ticks)(upwards.low, upwards.high, most)
        (left, right), (low, high) = across.ends, upwards.ends
        margin = (high - low) * _MARGIN
        plot = self.plt
        plot.xlim(left, right)
        plot.ylim(low - margin, high + margin)
        plot.xticks(across.scaled([tick.place for tick in below]), [tick.label for tick in below])
        plot.yticks(upwards.scaled([tick.place for tick in beside]), [tick.label for tick in beside])

    def render(self) -> RenderResult:
        """Return the chart, or the text in its place."""
        if self._note:
            return Content(f"  {self._note}")
        return super().render()


@dataclass(frozen=True, slots=True)
class _Span:
    """The range of an axis, and the factor by which values are multiplied for drawing.

    The plotting library subtracts and divides values, which fails near the limits of floating-point numbers.
    """

    low: float
    high: float
    factor: float

    @classmethod
    def of(cls, values: Sequence[float]) -> _Span:
        low, high = min(values), max(values)
        if high / 2 - low / 2 <= max(abs(high) * _FLAT, _LEAST_SPAN):
            room = abs(low) / 2 if abs(low) > _LEAST_SPAN else 1.0
            low, high = max(-_MOST, low - room), min(_MOST, low + room)
        return cls(low, high, _SCALE if max(abs(low), abs(high)) > _LARGE else 1.0)

    @property
    def ends(self) -> tuple[float, float]:
        return self.low * self.factor, self.high * self.factor

    def scaled(self, values: Sequence[float]) -> list[float]:
        return [value * self.factor for value in values]
