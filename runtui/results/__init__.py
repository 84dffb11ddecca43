"""Results of runs: tables and metrics from ``results/``, charts, and runs side by side.

Stands beside the logs and reads by their engine, so that a file of gigabytes costs what is looked at of it.
Knows nothing of catalogs or screens; starts no threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.results.charting import ChartSession as ChartSession
    from runtui.results.metric_values import read_metric as read_metric
    from runtui.results.metric_values import read_metrics as read_metrics
    from runtui.results.result_files import ViewerKind as ViewerKind
    from runtui.results.result_files import find_results as find_results
    from runtui.results.sparklines import read_sparkline as read_sparkline
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: 30 ms that the first paint need not wait for.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "ChartSession": "runtui.results.charting",
            "ViewerKind": "runtui.results.result_files",
            "find_results": "runtui.results.result_files",
            "read_metric": "runtui.results.metric_values",
            "read_metrics": "runtui.results.metric_values",
            "read_sparkline": "runtui.results.sparklines",
        },
    )
