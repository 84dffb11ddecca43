"""Notices to the user, each kind with its time on screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from runtui.tui.actions import NO_KEYS, Keys, key_of

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

_RESULT_SECONDS = 5.0
_WARNING_SECONDS = 10.0
_TROUBLE_SECONDS = 15.0


class Notify(Protocol):
    """Shows a notice, as a screen's `notify` does."""

    def __call__(
        self, message: str, *, severity: SeverityLevel = ..., timeout: float | None = ..., markup: bool = ...
    ) -> None: ...


class Notifier:
    """Shows notices without markup, so that text from disk is shown literally.

    Args:
        notify: Shows one notice.
        clear: Removes all notices from the screen.
        keys: The keys that the user remapped.
    """

    def __init__(self, notify: Notify, clear: Callable[[], None], keys: Keys = NO_KEYS) -> None:
        self._notify = notify
        self.clear = clear
        """Removes all notices from the screen, because what they tell is out of date."""
        self._keys = keys

    def key(self, action: str) -> str:
        """Return the current key of an action."""
        return key_of(action, self._keys)

    def inform(self, text: str, seconds: float = _RESULT_SECONDS) -> None:
        """Tell the user something."""
        self._notify(text, severity="information", timeout=seconds, markup=False)

    def warn(self, text: str, seconds: float = _WARNING_SECONDS) -> None:
        """Tell the user what failed or cannot be done."""
        self._notify(text, severity="warning", timeout=seconds, markup=False)

    def warn_of(self, trouble: str) -> None:
        """Report a problem of background work, unless `trouble` is empty."""
        if trouble:
            self.warn(trouble, _TROUBLE_SECONDS)
