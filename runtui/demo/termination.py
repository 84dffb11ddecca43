"""Termination by signals, only when no file is half written and no lock is held."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TerminatedError(Exception):
    """Request to this process to end; the text is the signal's name."""


class Termination:
    """Signals that asked this process to end."""

    def __init__(self) -> None:
        self._signal: signal.Signals | None = None
        self._is_waiting = False

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal: record it, and raise at once within `while_waiting`."""
        self._signal = self._signal or signal.Signals(number)
        if self._is_waiting:
            self.check()

    def check(self) -> None:
        """Check for a signal.

        Raises:
            TerminatedError: This process was asked to end.
        """
        if self._signal is not None:
            raise TerminatedError(self._signal.name)

    @contextmanager
    def while_waiting(self) -> Iterator[None]:
        """Let a signal interrupt a ``with`` block that waits.

        Raises:
            TerminatedError: This process was asked to end, before or within the block.
        """
        self._is_waiting = True
        try:
            self.check()
            yield
        finally:
            self._is_waiting = False


@contextmanager
def noting_termination() -> Iterator[Termination]:
    """Record SIGTERM and SIGINT within a ``with`` block of the main thread instead of dying of them."""
    termination = Termination()
    before = {number: signal.signal(number, termination.note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield termination
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
