"""Notifications when a watched run ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runtui.catalog.columns import status_text
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.targets import TargetRuns

_MOST_NOTICES = 3  # for runs that end at the same time
_HINT_SECONDS = 3.0


class RunWatches:
    """Notifies the user when watched runs end or look dead.

    Args:
        targets: The runs to watch.
        notifier: Shows the notices.
        ring: Rings the terminal's bell.
    """

    def __init__(self, targets: TargetRuns, notifier: Notifier, ring: Callable[[], None]) -> None:
        self._targets = targets
        self._notifier = notifier
        self._ring = ring
        self._watched: set[str] = set()

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

    def update(self, changed: Iterable[RunRecord], *, with_bell: bool) -> None:
        """Notify the user of watched runs that have ended, once for each.

        Args:
            changed: The runs that changed.
            with_bell: Whether to ring the bell, too.
        """
        if not self._watched:
            return
        ended = [run for run in changed if run.name in self._watched and _has_ended(run)]
        self._watched.difference_update(run.name for run in ended)
        for run in ended[:_MOST_NOTICES]:
            notify = self._notifier.warn if run.is_failed else self._notifier.inform
            notify(f"{status_text(run)}  {run.description}")
        if len(ended) > _MOST_NOTICES:
            self._notifier.inform(f"{len(ended) - _MOST_NOTICES:,} more watched runs have ended")
        if ended and with_bell:
            self._ring()


def _has_ended(run: RunRecord) -> bool:
    return not run.is_live or bool(run.stale_reason)
