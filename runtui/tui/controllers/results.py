"""Results screens: a comparison, a chart, or a file of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui import results
from runtui.catalog.sync.sources import RunSources
from runtui.logs.read.log_files import looks_like_text
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text
from runtui.tui import dialogs, screens
from runtui.tui.actions import Keys
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.panes import Panes
from runtui.tui.controllers.targets import TargetRuns

if TYPE_CHECKING:
    from runtui.results.result_files import ResultFile
    from runtui.tui.screens.results import RunPlace

_REASON_SECONDS = 4.0


class ResultsController:
    """Opens the screens that show results of runs.

    Args:
        targets: The runs.
        sources: The runs directories.
        panes: Show text files.
        host: Shows screens.
        background: Inspects files.
        notifier: Tells the user why nothing is shown.
        keys: The keys that the user remapped.
        has_pictures: Returns whether pictures can be shown.
    """

    def __init__(
        self,
        targets: TargetRuns,
        sources: RunSources,
        panes: Panes,
        host: DialogHost,
        background: BackgroundWork,
        notifier: Notifier,
        keys: Keys,
        has_pictures: Callable[[], bool],
    ) -> None:
        self._targets = targets
        self._sources = sources
        self._panes = panes
        self._host = host
        self._background = background
        self._notifier = notifier
        self._keys = keys
        self._has_pictures = has_pictures

    def compare(self) -> None:
        """Put the targets side by side; a single one beside its parent."""
        names = self._targets.names
        if len(names) == 1:
            parent = self._targets.parent_of(names[0])
            if parent is not None:
                names = (parent, *names)
        if 2 <= len(names) <= screens.MOST_COMPARED:
            self._host.show_dialog(screens.ComparisonScreen(self._places_of(names), self._keys))
        elif len(names) > screens.MOST_COMPARED:
            self._notifier.inform(
                f"cannot compare {len(names):,} runs: select at most {screens.MOST_COMPARED}", _REASON_SECONDS
            )
        else:
            self._notifier.inform(
                f"no parent to compare with: select the runs to compare ({self._notifier.key('select_run')})",
                _REASON_SECONDS,
            )

    def plot(self) -> None:
        """Plot all metrics of the targets."""
        names = self._targets.names
        if len(names) > screens.MOST_PLOTTED:
            self._notifier.inform(
                f"cannot plot {len(names):,} runs: select at most {screens.MOST_PLOTTED}", _REASON_SECONDS
            )
        elif names:
            self._host.show_dialog(screens.ChartGridScreen(self._places_of(names), self._keys))

    def choose_file(self) -> None:
        """Let the user choose one of the results of the run under the cursor, and show it."""
        run = self._targets.under_cursor
        if run is not None:
            (place,) = self._places_of([run.name])
            title = f"Results of {short_id(run.run_id)}"
            dialog = dialogs.FilesScreen(title, partial(results.find_results, place.run_dir))
            self._host.show_dialog(dialog, partial(self._open, place))

    def _open(self, place: RunPlace, file: ResultFile | None) -> None:
        if file is None:
            return

        if file.kind is results.ViewerKind.TABLE:
            self._host.show_dialog(screens.TableScreen(place, file.name, self._keys))
        elif file.kind is results.ViewerKind.PICTURE:
            self._open_picture(place, file.name)
        else:
            self._background.submit(
                "kind",
                partial(looks_like_text, f"{place.run_dir}/{file.name}"),
                partial(self._open_text, place, file.name),
            )

    def _open_picture(self, place: RunPlace, name: str) -> None:
        if self._has_pictures():
            self._host.show_dialog(screens.PictureScreen(place, name, self._keys))
        else:
            self._notifier.warn_of(screens.missing_library())

    def _open_text(self, place: RunPlace, name: str, is_text: bool) -> None:
        if is_text:
            self._panes.show_file(place.shown_as, name)
        else:
            said = f"cannot show {safe_text(name)}: not a table, picture or text"
            self._notifier.inform(said, _REASON_SECONDS)

    def _places_of(self, names: Sequence[str]) -> list[screens.RunPlace]:
        return [screens.RunPlace(*self._sources.place_of(name), name) for name in names]
