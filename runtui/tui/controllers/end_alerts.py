"""Alerts outside the browser about runs that have ended: bell, desktop, tmux, the user's own command."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from textual.message_pump import MessagePump

from runtui import operations
from runtui.catalog.reasons import reason_cell
from runtui.catalog.sync.digests import digested
from runtui.catalog.sync.sources import RunSources
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.tui.background import Background
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.settings import SettingsController
from runtui.tui.terminal.alerts import Alert, ShowAlert, show_in_tmux

_MOST_COMMANDS = 20  # runs that end at the same time for which the user's command is run
_MOST_WAITING = 100  # runs


class EndAlerts(Background):
    """Alerts the user of runs that have ended, in a thread of its own: their logs are read for why.

    Args:
        owner: Gets a `Finished` message when runs have been looked at, and a `ShowAlert` message for the app.
        sources: The runs directories.
        settings: The user's settings.
        notifier: Shows what goes wrong.
        ring: Rings the terminal's bell.
    """

    def __init__(
        self,
        owner: MessagePump,
        sources: RunSources,
        settings: SettingsController,
        notifier: Notifier,
        ring: Callable[[], None],
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._notifier = notifier
        self._ring = ring
        self._post = owner.post_message
        self._waiting: list[RunRecord] = []
        super().__init__(owner)

    def tell(self, ended: Sequence[RunRecord]) -> None:
        """Alert the user of runs that have ended."""
        if self._settings.current.bell:
            self._ring()
        self._waiting = [*self._waiting, *ended][:_MOST_WAITING]
        self.submit("ended", partial(self._look_at, tuple(self._waiting)), self._show)

    def _look_at(self, ended: Sequence[RunRecord]) -> tuple[int, Alert, str]:
        """Return how many runs were looked at, the alert, and what went wrong; in the thread."""
        settings, base = self._settings.current, self._sources.base
        trouble = ""
        runs = []
        for run in ended[:_MOST_COMMANDS]:
            run = digested(base, run, settings.digest_rules)
            runs.append(run)
            if settings.notify_command:
                run_dir = os.path.join(base, run.name)
                trouble = operations.run_notify_command(settings.notify_command, run_dir, run) or trouble
        alert = alert_of([*runs, *ended[_MOST_COMMANDS:]])
        if os.environ.get("TMUX"):
            show_in_tmux(alert)
        return len(ended), alert, trouble

    def _show(self, found: tuple[int, Alert, str]) -> None:
        count, alert, trouble = found
        del self._waiting[:count]
        self._post(ShowAlert(alert))
        self._notifier.warn_of(trouble)


def alert_of(ended: Sequence[RunRecord]) -> Alert:
    """Return the alert about runs that have ended, one or more."""
    if len(ended) > 1:
        counts = Counter(run.effective_status for run in ended)
        parts = ", ".join(f"{count:,} {status}" for status, count in counts.most_common())
        return Alert(f"{run_count(len(ended))} ended", parts)
    run = ended[0]
    title = f"{run.effective_status}: {run.description or run.run_id}"
    return Alert(title, reason_cell(run) if run.is_failed else "")
