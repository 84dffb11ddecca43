"""This session's settings and their file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runtui.settings import Panes, Settings
from runtui.tui.controllers.host import BackgroundWork
from runtui.tui.controllers.notifier import Notifier

if TYPE_CHECKING:
    from runtui.settings.saving import SettingsEdit


class SettingsController:
    """Changes settings: in this session at once, and on disk soon after.

    Args:
        settings: The settings to begin with.
        path: The settings file, or None to save no settings.
        background: Writes the file.
        notifier: Tells the user what could not be saved.
    """

    def __init__(
        self, settings: Settings, path: str | None, background: BackgroundWork, notifier: Notifier
    ) -> None:
        self._current = settings
        self._path = path
        self._background = background
        self._notifier = notifier
        self._saves = 0

    @property
    def current(self) -> Settings:
        """The current settings."""
        return self._current

    def change(self, change: SettingsEdit) -> Settings:
        """Make a change; return the new settings."""
        from runtui.settings.saving import with_change  # not for those who change nothing

        self._current = with_change(self._current, change)
        self._saves += 1
        # A kind of its own for each, because a queued job is dropped for a newer one of its kind.
        self._background.submit(
            f"settings {self._saves}", partial(_save, self._path, change), self._notifier.warn_of
        )
        return self._current

    def keep_layout(self, panes: Panes, share: int) -> None:
        """Save which panes are shown, and their share of the screen in per cent."""
        from runtui.settings.saving import set_layout

        self.change(set_layout(panes, share))

    def keep_theme(self, name: str) -> None:
        """Save the theme that the user chose."""
        if name != self._current.theme:
            from runtui.settings.saving import set_theme

            self.change(set_theme(name))


def _save(path: str | None, change: SettingsEdit) -> str:
    """Make a change in the settings file; return why that failed, or ``""``."""
    from runtui.settings.saving import SettingsError, save_change

    try:
        save_change(path, change)
    except SettingsError as error:
        return str(error)
    return ""
