"""The metric picker: numeric columns of the runs' tables."""

from __future__ import annotations

import os
from collections.abc import Sequence

from runtui.results.charting import Metric
from runtui.store.paths import RESULTS_DIR
from runtui.text.sanitize import safe_text
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
        self._choices = [
            Choice(metric, metric.column, safe_text(os.path.relpath(metric.table, RESULTS_DIR)))
            for metric in metrics
        ]

    def choices(self, typed: str) -> Sequence[Choice[Metric]]:
        return narrowed(self._choices, typed)
