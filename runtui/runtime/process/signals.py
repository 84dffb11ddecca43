"""Signals as something to wait for, instead of exceptions in the middle of other work."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that ask a program to end."""


class Signals:
    """Recorder of signals within a ``with`` block of the main thread, so that none strikes at a bad moment.

    SIGINT, SIGTERM and SIGHUP are noted unless they are ignored, as under nohup. Ends of children wake
    whoever waits. Signals that were blocked before are let in.

    Attributes:
        number: The first signal that asked this process to end, or None.
        count: How many of them there were.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.count = 0
        self._struck: type[BaseException] | None = None
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int] = {}

    def __enter__(self) -> Signals:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note) or signal.SIG_DFL
        # Without a handler of its own this signal would wake nobody.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _ignore) or signal.SIG_DFL
        self._mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, [*ENDING, signal.SIGCHLD])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._reader)
        os.close(self._writer)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number
        self.count += 1
        if self._struck is not None:
            raise self._struck(signal_name(number))

    @contextmanager
    def striking(self, error: type[BaseException]) -> Iterator[None]:
        """Raise `error` at once on a signal to end within a ``with`` block, for work that cannot poll."""
        self._struck = error
        try:
            if self.number is not None:
                raise error(signal_name(self.number))
            yield
        finally:
            self._struck = None

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when a signal has come, for use in a poll."""
        return self._reader

    def wait(self, timeout: float | None = None) -> None:
        """Wait until a signal has come since the last call, or a child has ended.

        Args:
            timeout: Seconds after which to return anyway; None to wait without end.
        """
        poller = select.poll()
        poller.register(self._reader, select.POLLIN)
        poller.poll(None if timeout is None else max(0, round(timeout * 1000)))
        self.clear()

    def clear(self) -> None:
        """Drain `fileno`, which then waits for the next signal."""
        try:
            while os.read(self._reader, 4096):
                pass
        except BlockingIOError:
            pass

    def check(self) -> None:
        """Raise the exception that a signal to end stands for, if there was one.

        Raises:
            KeyboardInterrupt: It was SIGINT.
            SystemExit: It was another one; the code is as a shell has it.
        """
        if self.number == signal.SIGINT:
            raise KeyboardInterrupt
        if self.number is not None:
            raise SystemExit(128 + self.number)


@contextmanager
def held_back() -> Iterator[None]:
    """Hold back signals to end within a ``with`` block, so that none strikes before `Signals` takes over."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """No-op handler, where only the signal's arrival counts."""


def signal_name(number: int) -> str:
    """Return a signal's name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def killed_text(number: int) -> str:
    """Return a message that a signal killed a process."""
    name = signal_name(number)
    return f"killed by signal {number} ({name})" if name.startswith("SIG") else f"killed by {name}"
