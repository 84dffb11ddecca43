"""The charts of all metrics of some runs, small and beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from runtui.results.charting import ChartRequest, Drawing, Metric
from runtui.results.curves import number_text
from runtui.tui.actions import Keys, Place
from runtui.tui.screens.chart import ChartScreen, named_choices, session_of
from runtui.tui.screens.results import ResultsScreen, RunPlace, results_bindings
from runtui.tui.widgets.chart_view import ChartView

_LEAST_WIDTH, _LEAST_HEIGHT = 38, 10  # cells of a chart
_MOST_ACROSS, _MOST_DOWN = 5, 4  # charts
_PAUSE = 2.0  # seconds between two looks at the tables
_POINTS = 300  # points of all curves of a chart, about


class _SmallChart(ChartView):
    """One chart of the grid."""

    class Chosen(Message):
        """It was clicked."""

        def __init__(self, chart: _SmallChart) -> None:
            super().__init__()
            self.chart = chart

    def __init__(self) -> None:
        super().__init__(id=None)
        self.can_focus = False

    def on_click(self) -> None:
        self.post_message(self.Chosen(self))


class _Shape(NamedTuple):
    """How many charts stand beside and above each other."""

    across: int
    down: int

    @property
    def charts(self) -> int:
        return self.across * self.down


class _Charts(Grid, can_focus=True):
    """The charts of one page."""


class ChartGridScreen(ResultsScreen):
    """Plots all metrics.

    Args:
        runs: The runs, at least one.
        keys: The keys that the user remapped.
    """

    PLACE = Place.CHARTS
    BINDINGS: ClassVar[list[BindingType]] = results_bindings(Place.CHARTS)

    def __init__(self, runs: Sequence[RunPlace], keys: Keys) -> None:
        super().__init__(keys)
        self._runs = runs
        self._grid = _Charts(id="charts")
        self._session = session_of(runs)
        self._all: list[Metric] = []
        self._metrics: list[Metric] = []
        self._wanted = ""
        self._place = 0
        self._is_log = False
        self._is_enlarging = False
        self._charts: list[_SmallChart] = []
        self._next: Timer | None = None

    def body(self) -> Widget:
        return self._grid

    def compose(self) -> ComposeResult:
        yield from super().compose()

    def read(self) -> None:
        if not self._all:
            self.show_title("looking for metrics…")
        self.background.submit("choices", partial(named_choices, self._session), self._take_choices)

    def _take_choices(self, choices: list[Metric]) -> None:
        found = [metric for metric in choices if not metric.is_axis] or choices
        # It may have been closed meanwhile: no other screen is to be replaced.
        if not self._all and len(found) < 2 and self.is_current:
            # A single chart needs no grid; it also says why there is none.
            self.app.switch_screen(ChartScreen(self._runs, self.keys))
            return
        if found != self._all:
            self._all = found
            self._choose()
        if self._is_enlarging:
            self._is_enlarging = False
            self.action_enlarge()

    def _choose(self) -> None:
        """Show the metrics whose names have what the user typed."""
        wanted = self._wanted.casefold()
        self._metrics = [metric for metric in self._all if wanted in metric.label.casefold()]
        self._place = min(self._place, max(0, len(self._metrics) - 1))
        self._show_page()

    # The page

    @property
    def _shape(self) -> _Shape:
        width, height = self.size.width, self.size.height - 2
        across = max(1, min(_MOST_ACROSS, width // _LEAST_WIDTH))
        return _Shape(across, max(1, min(_MOST_DOWN, height // _LEAST_HEIGHT)))

    @property
    def _page(self) -> int:
        return self._place // self._shape.charts

    @property
    def _on_page(self) -> list[Metric]:
        count = self._shape.charts
        return self._metrics[self._page * count : (self._page + 1) * count]

    def _show_page(self) -> None:
        shape, metrics = self._shape, self._on_page
        self._grid.styles.grid_size_columns = shape.across
        self._grid.styles.grid_size_rows = max(1, min(shape.down, -(-len(metrics) // shape.across)))
        if len(self._charts) != len(metrics):
            self._grid.remove_children()
            self._charts = [_SmallChart() for _metric in metrics]
            self._grid.mount(*self._charts)
        for chart in self._charts:
            chart.say("reading…")
        self._mark()
        self._draw()

    def _mark(self) -> None:
        """Show which chart Enter enlarges, and the page."""
        count = self._shape.charts
        for place, (chart, metric) in enumerate(zip(self._charts, self._on_page, strict=True)):
            is_chosen = place == self._place % count
            chart.set_class(is_chosen, "-chosen")
            chart.border_title = Content(f"{'› ' if is_chosen else ''}{metric.label}")
        pages = -(-len(self._metrics) // count)
        said = [f"{len(self._metrics):,} metrics" if self._metrics else "no metric has this in its name"]
        said += [f"with “{self._wanted}”"] if self._wanted else []
        said += [f"page {self._page + 1} of {pages}"] if pages > 1 else []
        said += ["logarithmic"] if self._is_log else []
        self.show_title(" · ".join(said))

    def _draw(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None
        requests = [ChartRequest(metric, is_log=self._is_log, points=_POINTS) for metric in self._on_page]
        if requests:
            self.background.submit("draw", partial(self._session.draw_all, requests), self._take)

    def _take(self, drawings: list[Drawing] | None) -> None:
        if drawings is not None and [one.wanted.metric for one in drawings] == self._on_page:
            for chart, drawing in zip(self._charts, drawings, strict=True):
                note = next((curve.problem for curve in drawing.curves if curve.problem), "nothing to plot")
                chart.show(drawing, note)
                chart.border_subtitle = Content(_last_values(drawing))
            if any(drawing.is_unfinished for drawing in drawings):
                self._draw()
                return
        self._next = self.set_timer(_PAUSE, self._look_again)

    def _look_again(self) -> None:
        self.read()
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        if self._all:
            self.call_after_refresh(self._show_page)

    # Actions

    def _go(self, step: int) -> None:
        if not self._metrics:
            return
        page = self._page
        self._place = max(0, min(self._place + step, len(self._metrics) - 1))
        if self._page != page:
            self._show_page()
        else:
            self._mark()

    def action_chart_left(self) -> None:
        self._go(-1)

    def action_chart_right(self) -> None:
        self._go(1)

    def action_chart_up(self) -> None:
        self._go(-self._shape.across)

    def action_chart_down(self) -> None:
        self._go(self._shape.across)

    def action_next_charts(self) -> None:
        self._go(self._shape.charts)

    def action_previous_charts(self) -> None:
        self._go(-self._shape.charts)

    def action_enlarge(self) -> None:
        """Show the chosen chart alone."""
        if self._metrics:
            self.app.push_screen(ChartScreen(self._runs, self.keys, metric=self._metrics[self._place]))
        elif not self._all:
            self._is_enlarging = True  # as soon as it is known what there is

    def action_log_scales(self) -> None:
        self._is_log = not self._is_log
        self._show_page()

    def action_filter_metrics(self) -> None:
        """Ask for a part of the names of the metrics to show."""
        self.ask("metrics with", self._wanted, self._filter)

    def action_all_metrics(self) -> None:
        self._filter("")

    def _filter(self, text: str) -> None:
        self._wanted = text
        self._choose()

    @on(_SmallChart.Chosen)
    def _take_click(self, message: _SmallChart.Chosen) -> None:
        here = self._charts.index(message.chart)
        before, self._place = self._place, self._page * self._shape.charts + here
        self._mark()
        if before == self._place:
            self.action_enlarge()


def _last_values(drawing: Drawing) -> str:
    """Return the last value of a chart's curve, or the least and the greatest of several."""
    last = [curve.last for curve in drawing.curves if curve.last is not None]
    if not last:
        return ""
    if len(last) == 1:
        return f"last {number_text(last[0])}"
    return f"last {number_text(min(last))} to {number_text(max(last))}"
