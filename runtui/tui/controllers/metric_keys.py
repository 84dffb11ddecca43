"""The metrics of the run under the cursor, which can be columns and sort keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from runtui import results
from runtui.catalog.columns import METRIC
from runtui.catalog.sync.sources import RunSources
from runtui.tui.controllers.host import BackgroundWork
from runtui.tui.controllers.targets import TargetRuns


class MetricKeys:
    """Looks up the metrics of the run under the cursor.

    Args:
        targets: The run under the cursor.
        sources: The runs directories.
        background: Reads the run's results.
    """

    def __init__(self, targets: TargetRuns, sources: RunSources, background: BackgroundWork) -> None:
        self._targets = targets
        self._sources = sources
        self._background = background

    def offer(self, take: Callable[[list[str]], None]) -> None:
        """Call `take` with the keys of the run's metrics, soon."""
        run = self._targets.under_cursor
        if run is not None:
            read = partial(_metric_keys, "/".join(self._sources.place_of(run.name)))
            self._background.submit("metrics", read, take)


def _metric_keys(run_dir: str) -> list[str]:
    """Return the keys of columns that show the metrics of a run."""
    return [f"{METRIC}{metric.column}" for metric in results.ChartSession([("", run_dir)]).choices()]
