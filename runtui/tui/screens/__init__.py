"""The screens of the browser; each owns its bindings and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.tui.screens.chart import MOST_PLOTTED as MOST_PLOTTED
    from runtui.tui.screens.chart import ChartScreen as ChartScreen
    from runtui.tui.screens.chart_grid import ChartGridScreen as ChartGridScreen
    from runtui.tui.screens.comparison import MOST_COMPARED as MOST_COMPARED
    from runtui.tui.screens.comparison import ComparisonScreen as ComparisonScreen
    from runtui.tui.screens.help import HelpScreen as HelpScreen
    from runtui.tui.screens.log_matches import LogMatchesScreen as LogMatchesScreen
    from runtui.tui.screens.log_matches import MatchesState as MatchesState
    from runtui.tui.screens.picture import PictureScreen as PictureScreen
    from runtui.tui.screens.picture import missing_library as missing_library
    from runtui.tui.screens.picture import pictures_are_possible as pictures_are_possible
    from runtui.tui.screens.results import RunPlace as RunPlace
    from runtui.tui.screens.table import TableScreen as TableScreen
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: the first paint needs none of them, and each takes 3 to 80 ms to load.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "ChartGridScreen": "runtui.tui.screens.chart_grid",
            "ChartScreen": "runtui.tui.screens.chart",
            "ComparisonScreen": "runtui.tui.screens.comparison",
            "HelpScreen": "runtui.tui.screens.help",
            "LogMatchesScreen": "runtui.tui.screens.log_matches",
            "MOST_COMPARED": "runtui.tui.screens.comparison",
            "MOST_PLOTTED": "runtui.tui.screens.chart",
            "MatchesState": "runtui.tui.screens.log_matches",
            "PictureScreen": "runtui.tui.screens.picture",
            "RunPlace": "runtui.tui.screens.results",
            "TableScreen": "runtui.tui.screens.table",
            "missing_library": "runtui.tui.screens.picture",
            "pictures_are_possible": "runtui.tui.screens.picture",
        },
    )
