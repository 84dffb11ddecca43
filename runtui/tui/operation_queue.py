"""A queue of operations on runs, done one after another off the event loop, with undo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message
from textual.message_pump import MessagePump

from runtui.tui.background import Background

if TYPE_CHECKING:
    from runtui.operations.run_operations import Operation, Report

_PROGRESS_INTERVAL = 0.1  # seconds


class _Undoable(NamedTuple):
    """The operation that undoes another one, with that one's runs and whether their failures are settled."""

    operation: Operation
    names: Sequence[str]
    is_dismissal: bool


class OperationQueue:
    """Does one operation after another in a thread of its own.

    Args:
        owner: Gets the messages.
    """

    @dataclass
    class Progressed(Message):
        """Progress of the current operation; `total` is 0 at its beginning."""

        title: str
        done: int
        total: int

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, OperationQueue.Progressed)

    @dataclass
    class Done(Message):
        """An operation was done or undone.

        Attributes:
            report: Its result.
            names: The runs that it was requested for.
            is_dismissal: Whether the failures of these runs are settled by it.
            is_undone: Whether it was undone.
        """

        report: Report
        names: Sequence[str]
        is_dismissal: bool
        is_undone: bool

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._thread: Background | None = None
        self._count = 0
        self._waiting = 0
        self._is_to_stop = False
        self._undoable: list[_Undoable] = []
        self._undo_later = 0  # times

    @property
    def is_busy(self) -> bool:
        """Whether an operation is being done or is queued."""
        return self._waiting > 0

    @property
    def undoable(self) -> str:
        """The title of the operation that `undo` would undo, ``""`` for none."""
        return self._undoable[-1].operation.title if self._undoable else ""

    def do(
        self,
        operation: Operation,
        names: Sequence[str] = (),
        *,
        is_dismissal: bool = False,
        is_undone: bool = False,
    ) -> None:
        """Queue an operation.

        Args:
            operation: The operation.
            names: The runs that it is for.
            is_dismissal: Whether the failures of these runs are settled by it.
            is_undone: Whether it undoes another operation.
        """
        if self._thread is None:
            self._thread = Background(self._owner)  # not for those who only look
        self._count += 1
        self._waiting += 1
        self._owner.post_message(self.Progressed(operation.title, 0, 0))

        def job() -> Report:
            reported_at = 0.0

            def report_progress(done: int, total: int) -> bool:
                nonlocal reported_at
                if time.monotonic() - reported_at >= _PROGRESS_INTERVAL:
                    reported_at = time.monotonic()
                    self._owner.post_message(self.Progressed(operation.title, done, total))
                return not self._is_to_stop

            return operation.do(report_progress)

        def finish(report: Report) -> None:
            self._waiting -= 1
            self._is_to_stop = False
            if report.back is not None:
                self._undoable.append(_Undoable(report.back, names, is_dismissal))
            self._owner.post_message(self.Done(report, names, is_dismissal, is_undone))
            if self._undo_later and not self._waiting:
                self._undo_later -= 1
                self.undo()

        # A kind of its own for each, because a queued job is dropped for a newer one of its kind.
        self._thread.submit(f"operation {self._count}", job, finish)

    def undo(self) -> bool:
        """Undo the last operation, once it is done; return whether there is one."""
        if self._waiting:
            self._undo_later += 1
            return True
        if not self._undoable:
            return False
        operation, names, is_dismissal = self._undoable.pop()
        self.do(operation, names, is_dismissal=is_dismissal, is_undone=True)
        return True

    def stop_operation(self) -> bool:
        """Stop the current operation after the run that it is changing; return whether there is one."""
        self._is_to_stop = self.is_busy
        return self._is_to_stop

    def stop(self) -> None:
        """Stop all operations. Does not wait."""
        self._is_to_stop = True
        if self._thread is not None:
            self._thread.stop()
