"""Narrow interfaces through which controllers use their screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from textual.screen import Screen, ScreenResultCallbackType
    from textual.timer import Timer

T = TypeVar("T")


class DialogHost(Protocol):
    """A screen that can show dialogs."""

    def show_dialog(self, dialog: Screen[T], on_result: ScreenResultCallbackType[T] | None = None) -> None:
        """Show a dialog; call `on_result` with its result, None if it was cancelled."""


class BackgroundWork(Protocol):
    """A thread for work that may wait for the disk."""

    def submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `job` in the thread, then call `done` with its result on the event loop.

        Args:
            kind: The job replaces one of the same kind that has not begun.
            job: The work.
            done: Called with the result.
        """


class TimerHost(Protocol):
    """A screen whose timers end with it."""

    def set_timer(self, delay: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` once, after `delay` seconds."""

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` every `interval` seconds."""
