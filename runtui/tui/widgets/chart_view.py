"""A chart of one metric: a curve for each run, by a plotting library that draws with characters."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual_plotext import PlotextPlot

from runtui.results.charting import Drawing
from runtui.results.curves import Piece, log_ticks, ticks

_COLUMNS_A_TICK = 16
_ROWS_A_TICK = 4
_MARGIN = 0.05
_DARK, _LIGHT = 0.62, 0.4
_GOLDEN = 0.618034  # of a turn from one hue to the next: any number of them stand well apart


class ChartView(PlotextPlot, can_focus=True):
    """Shows a drawing."""

    def __init__(self) -> None:
        super().__init__(id="chart")
        self._note = "reading…"

    def say(self, text: str) -> None:
        """Say something in place of a chart."""
        self._note = text
        self.refresh()

    def signs(self, count: int) -> list[str]:
        """Return what the points of each curve are drawn with: where there are no colours, letters."""
        if not self.app.no_color:
            return ["braille"] * count
        return [chr(ord("a") + number % 26) for number in range(count)]

    def colours(self, count: int) -> list[Color]:
        """Return the curves' colours."""
        lightness = _DARK if self.app.current_theme.dark else _LIGHT
        return [Color.from_hsl((0.58 + number * _GOLDEN) % 1, 0.75, lightness) for number in range(count)]

    def show(self, drawing: Drawing, note: str) -> None:
        """Draw, or where there is nothing to be drawn say why."""
        plot = self.plt
        plot.clear_figure()
        colours, signs = self.colours(len(drawing.curves)), self.signs(len(drawing.curves))
        pieces = [piece for curve in drawing.curves for piece in curve.pieces]
        self._note = "" if pieces else note
        for curve, colour, sign in zip(drawing.curves, colours, signs, strict=True):
            for piece in curve.pieces:
                plot.plot(list(piece.xs), list(piece.ys), marker=sign, color=colour.rgb)
        if pieces:
            self._draw_axes(pieces, is_log=drawing.wish.is_log)
        self.refresh()

    def _draw_axes(self, pieces: Sequence[Piece], *, is_log: bool) -> None:
        left, right = min(min(piece.xs) for piece in pieces), max(max(piece.xs) for piece in pieces)
        low, high = min(min(piece.ys) for piece in pieces), max(max(piece.ys) for piece in pieces)
        if left == right:
            left, right = _widened(left)
        if low == high:
            low, high = _widened(low)
        below = ticks(left, right, max(2, self.size.width // _COLUMNS_A_TICK))
        beside = (log_ticks if is_log else ticks)(low, high, max(3, self.size.height // _ROWS_A_TICK))
        margin = (high - low) * _MARGIN
        plot = self.plt
        plot.xlim(left, right)
        plot.ylim(low - margin, high + margin)
        plot.xticks([tick.place for tick in below], [tick.label for tick in below])
        plot.yticks([tick.place for tick in beside], [tick.label for tick in beside])

    def render(self) -> RenderResult:
        """Return the chart, or what is said in its place."""
        if self._note:
            return Content(f"  {self._note}")
        return super().render()


def _widened(value: float) -> tuple[float, float]:
    room = abs(value) / 2 or 1.0
    return value - room, value + room
