"""Doing what users ask for, one after the other and off the event loop, and taking it back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from runtui.tui.background import Background

if TYPE_CHECKING:
    from runtui.operations.run_operations import Operation, Report

_TELL_INTERVAL = 0.1


class OperationQueue:
    """Does one job after the other in a thread of its own.

    Args:
        owner: Gets the messages.
    """

    @dataclass
    class Progressed(Message):
        """How far the job at hand is; `total` is 0 at its beginning."""

        title: str
        done: int
        total: int

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, OperationQueue.Progressed)

    @dataclass
    class Done(Message):
        """A job was done, or what it had done was taken back.

        Attributes:
            report: What was done.
            names: The runs that it was asked for.
            is_undone: Whether this took it back.
        """

        report: Report
        names: Sequence[str]
        is_undone: bool

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._thread: Background | None = None
        self._count = 0
        self._waiting = 0
        self._is_to_stop = False
        self._undoable: list[tuple[Operation, Sequence[str]]] = []

    @property
    def is_busy(self) -> bool:
        """Whether something is being done, or waits for its turn."""
        return self._waiting > 0

    @property
    def undoable(self) -> str:
        """What `undo` takes back, ``""`` for nothing."""
        return self._undoable[-1][0].title if self._undoable else ""

    def do(self, operation: Operation, names: Sequence[str] = (), *, is_undone: bool = False) -> None:
        """Do a job when all before it are done.

        Args:
            operation: The job.
            names: The runs that it is for.
            is_undone: Whether it takes something back.
        """
        if self._thread is None:
            self._thread = Background(self._owner)  # not for those who only look
        self._count += 1
        self._waiting += 1
        self._owner.post_message(self.Progressed(operation.title, 0, 0))

        def job() -> Report:
            told_at = 0.0

            def told(done: int, total: int) -> bool:
                nonlocal told_at
                if time.monotonic() - told_at >= _TELL_INTERVAL:
                    told_at = time.monotonic()
                    self._owner.post_message(self.Progressed(operation.title, done, total))
                return not self._is_to_stop

            return operation.do(told)

        # Each is a kind of its own: of two that wait neither may be dropped.
        self._thread.submit(
            f"operation {self._count}", job, lambda report: self._finish(report, names, is_undone)
        )

    def undo(self) -> bool:
        """Take back the last thing that was done; return whether there is one."""
        if not self._undoable:
            return False
        operation, names = self._undoable.pop()
        self.do(operation, names, is_undone=True)
        return True

    def stop_operation(self) -> bool:
        """End the job at hand after the run that it is at; return whether there is one."""
        self._is_to_stop = self.is_busy
        return self._is_to_stop

    def stop(self) -> None:
        """End for good. Does not wait."""
        self._is_to_stop = True
        if self._thread is not None:
            self._thread.stop()

    def _finish(self, report: Report, names: Sequence[str], is_undone: bool) -> None:
        self._waiting -= 1
        self._is_to_stop = False
        if report.back is not None:
            self._undoable.append((report.back, names))
        self._owner.post_message(self.Done(report, names, is_undone))
