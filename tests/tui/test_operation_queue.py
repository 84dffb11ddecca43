from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from runtui.operations.run_operations import Operation, Report
from runtui.tui.background import Background
from runtui.tui.operation_queue import OperationQueue


class Owner:
    """A screen that takes in what it is sent, and keeps the messages of the queue."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self.messages: list[Any] = []

    def post_message(self, message: Any) -> None:
        self._loop.call_soon_threadsafe(self._take, message)

    def _take(self, message: Any) -> None:
        if isinstance(message, Background.Finished):
            message.action()
        else:
            self.messages.append(message)
            self._arrived.set()

    @property
    def done(self) -> list[OperationQueue.Done]:
        return [message for message in self.messages if isinstance(message, OperationQueue.Done)]

    async def has_done(self, count: int) -> None:
        """Wait until so many operations are done."""
        async with asyncio.timeout(30):
            while len(self.done) < count:
                self._arrived.clear()
                await self._arrived.wait()


@pytest.fixture
async def owner() -> Owner:
    return Owner()


@pytest.fixture
async def queue(owner: Any) -> AsyncIterator[OperationQueue]:
    queue = OperationQueue(owner)
    yield queue
    queue.stop()


def operation(text: str, *, back: Operation | None = None) -> Operation:
    return Operation(text, lambda _told: Report(text, back=back))


async def test_operations_run_in_order(queue: OperationQueue, owner: Owner) -> None:
    texts = [f"number {number}" for number in range(5)]
    for text in texts:
        queue.do(operation(text), [text])
    assert queue.is_busy
    await owner.has_done(5)
    assert [message.report.text for message in owner.done] == texts
    assert [message.names for message in owner.done] == [[text] for text in texts]
    assert not queue.is_busy


async def test_undo_reverts_the_last_operation_first_and_can_be_undone(
    queue: OperationQueue, owner: Owner
) -> None:
    assert not queue.undo()
    queue.do(operation("a", back=operation("undo a", back=operation("redo a"))), ["ant"])
    queue.do(operation("b", back=operation("undo b")), ["bee"])
    queue.do(operation("cannot be undone"))
    await owner.has_done(3)
    assert queue.undoable == "undo b"
    assert queue.undo()
    await owner.has_done(4)
    assert queue.undoable == "undo a"
    assert queue.undo()
    await owner.has_done(5)
    assert [(message.names, message.is_undone) for message in owner.done[3:]] == [
        (["bee"], True),
        (["ant"], True),
    ]
    assert queue.undoable == "redo a"


async def test_stop_ends_only_the_current_operation(queue: OperationQueue, owner: Owner) -> None:
    assert not queue.stop_operation()
    began, is_resumed = threading.Event(), threading.Event()

    def long(told: Any) -> Report:
        began.set()
        is_resumed.wait(30)
        return Report("stopped" if not told(1, 2) else "done")

    def short(told: Any) -> Report:
        return Report("stopped" if not told(1, 2) else "done")

    queue.do(Operation("long", long))
    await asyncio.to_thread(began.wait, 30)
    assert queue.stop_operation()
    is_resumed.set()
    await owner.has_done(1)
    queue.do(Operation("short", short))
    await owner.has_done(2)
    assert [message.report.text for message in owner.done] == ["stopped", "done"]


async def test_progress_includes_the_operation_title(queue: OperationQueue, owner: Owner) -> None:
    queue.do(Operation("tag", lambda told: Report(str(told(3, 7)))))
    await owner.has_done(1)
    progress = [message for message in owner.messages if isinstance(message, OperationQueue.Progressed)]
    assert [(message.title, message.done, message.total) for message in progress] == [
        ("tag", 0, 0),
        ("tag", 3, 7),
    ]
    assert progress[1].can_replace(progress[0])


async def test_undo_waits_for_the_operation_under_way(queue: OperationQueue, owner: Owner) -> None:
    queue.do(operation("first", back=operation("undo first")))
    await owner.has_done(1)
    is_released = threading.Event()

    def wait(_told: Any) -> Report:
        is_released.wait(30)
        return Report("last", back=operation("undo last"))

    queue.do(Operation("last", wait), ["ant"], is_dismissal=True)
    assert queue.undo()
    is_released.set()
    await owner.has_done(3)
    assert [message.report.text for message in owner.done] == ["first", "last", "undo last"]
    last = owner.done[-1]
    assert (last.names, last.is_dismissal, last.is_undone) == (["ant"], True, True)
    assert queue.undoable == "undo first"
