"""The layout: which panes are shown beside the table, and how much of the screen they have."""

from __future__ import annotations

from runtui.settings import SHARES, Panes
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.panes import PaneHost
from runtui.tui.controllers.settings import SettingsController

_SHOWN = {
    Panes.BOTH: "details and log",
    Panes.LOG: "the log alone",
    Panes.DETAILS: "the details alone",
    Panes.NONE: "the table alone",
}
_SECONDS = 2.0


class LayoutController:
    """Changes the layout, and saves it.

    Args:
        host: The screen; its style sheet does the layout, by classes.
        settings: Has the layout.
        notifier: Tells what is shown now.
    """

    def __init__(self, host: PaneHost, settings: SettingsController, notifier: Notifier) -> None:
        self._host = host
        self._settings = settings
        self._notifier = notifier

    def apply(self) -> None:
        """Apply the layout in the settings."""
        settings = self._settings.current
        self._host.remove_class(*(f"-panes-{panes}" for panes in Panes), *(f"-share-{n}" for n in SHARES))
        self._host.add_class(f"-panes-{settings.panes}", f"-share-{settings.panes_share}")

    def next(self) -> None:
        """Show the next choice of panes."""
        order = list(Panes)
        panes = order[(order.index(self._settings.current.panes) + 1) % len(order)]
        self._settings.keep_layout(panes, self._settings.current.panes_share)
        self.apply()
        self._notifier.inform(_SHOWN[panes], _SECONDS)

    def resize(self, step: int) -> None:
        """Give the panes more of the screen, or less for a negative `step`."""
        settings = self._settings.current
        place = SHARES.index(settings.panes_share) + step
        share = SHARES[max(0, min(place, len(SHARES) - 1))]
        if share != settings.panes_share:
            self._settings.keep_layout(settings.panes, share)
            self.apply()
