"""The metric picker: numeric columns of the runs' tables."""

from __future__ import annotations

from collections.abc import Sequence

from runtui.results.charting import Metric
from runtui.results.result_files import shown_name
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed


class MetricsScreen(ChooserScreen[Metric]):
    """Lets the user choose a metric.

    Args:
        metrics: The metrics to choose from.
    """

    TITLE_TEXT = "Metrics"
    PLACEHOLDER = "type to search"

    def __init__(self, metrics: Sequence[Metric]) -> None:
        super().__init__()
        self._choices = [Choice(metric, metric.column, shown_name(metric.table)) for metric in metrics]

    def choices(self, typed: str) -> Sequence[Choice[Metric]]:
        return narrowed(self._choices, typed)
