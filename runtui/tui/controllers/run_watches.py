"""Notifications when runs end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from runtui.catalog.columns import status_text
from runtui.settings import Notify
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.targets import TargetRuns

_MOST_NOTICES = 2  # for runs that end at the same time
_HINT_SECONDS = 3.0


class RunWatches:
    """Notifies the user when runs end or look dead: those watched, and those that the settings name.

    Args:
        targets: The runs to watch.
        notifier: Shows the notices.
        which: Returns which runs the user wants to hear of besides those watched.
        alert: Alerts the user outside the browser.
    """

    def __init__(
        self,
        targets: TargetRuns,
        notifier: Notifier,
        which: Callable[[], Notify],
        alert: Callable[[Sequence[RunRecord]], None],
    ) -> None:
        self._targets = targets
        self._notifier = notifier
        self._which = which
        self._alert = alert
        self._watched: set[str] = set()
        self._live: set[str] = set()
        self._is_fresh = False

    def add(self, names: Iterable[str]) -> None:
        """Watch runs."""
        self._watched.update(names)

    def toggle(self) -> None:
        """Watch those targets that have not ended; stop watching them if all of them are watched."""
        if not (names := self._targets.require()):
            return
        live = [name for name in names if not _has_ended(self._targets.known[name])]
        if not live:
            self._notifier.inform("this run has ended", _HINT_SECONDS)
        elif self._watched.issuperset(live):
            self._watched.difference_update(live)
            self._notifier.inform(f"stopped watching {run_count(len(live))}")
        else:
            self._watched.update(live)
            self._notifier.inform(f"watching {run_count(len(self._watched))}")

    def update(self, changed: Iterable[RunRecord], *, is_fresh: bool) -> None:
        """Notify the user of runs that have ended, once for each.

        Args:
            changed: The runs that changed.
            is_fresh: Whether all runs have been read. What ended before that may have ended before the
                browser was opened: its last known rows are shown first.
        """
        ended = [run for run in changed if self._has_just_ended(run)]
        self._is_fresh = self._is_fresh or is_fresh
        self._watched.difference_update(run.name for run in ended)
        for run in ended[:_MOST_NOTICES]:
            notify = self._notifier.warn if run.is_failed else self._notifier.inform
            notify(f"{status_text(run)}  {run.description}")
        if len(ended) > _MOST_NOTICES:
            self._notifier.inform(f"{run_count(len(ended) - _MOST_NOTICES)} more ended")
        if ended:
            self._alert(ended)

    def _has_just_ended(self, run: RunRecord) -> bool:
        if not _has_ended(run):
            self._live.add(run.name)
            return False
        was_live = run.name in self._live
        self._live.discard(run.name)
        if run.name in self._watched:
            return True
        which = self._which()
        is_wanted = which is Notify.ALL or (which is Notify.FAILED and run.is_failed)
        return is_wanted and was_live and self._is_fresh


def _has_ended(run: RunRecord) -> bool:
    return not run.is_live or bool(run.stale_reason)
