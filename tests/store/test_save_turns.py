"""Turns of saving: threads and signal handlers lose nothing and wait for one save at most."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from itertools import count
from types import FrameType

import pytest

from runtui.store.save_turns import OutdatedError, Save, SaveTurns
from tests.waiting import wait_until


class Shelf:
    """Something with changes in memory, and a copy of them that is saved in several steps."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.saved: list[str] = []
        self.writes = 0
        self.at_work = 0
        self.reports: list[str] = []
        self.in_the_middle: Callable[[], None] = lambda: None
        self.turns = SaveTurns(self.write, self.reports.append)

    def write(self, save: Save) -> None:
        self.writes += 1
        copy = list(self.changes)
        self.in_the_middle()
        save.check()
        self.saved = copy

    def add(self, change: str) -> None:
        self.changes.append(change)
        self.turns.save()


@pytest.fixture
def handled() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Set what is done on SIGUSR1."""
    before = signal.getsignal(signal.SIGUSR1)

    def handle(act: Callable[[], None]) -> None:
        def handler(_number: int, _frame: FrameType | None) -> None:
            act()

        signal.signal(signal.SIGUSR1, handler)

    yield handle
    signal.signal(signal.SIGUSR1, before)


def test_save_returns_after_the_change_is_saved() -> None:
    shelf = Shelf()
    shelf.add("a")
    assert shelf.saved == ["a"]
    shelf.add("b")
    assert (shelf.saved, shelf.writes) == (["a", "b"], 2)


def test_waiting_threads_share_a_save() -> None:
    shelf = Shelf()
    arrived, released = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        if shelf.writes == 1:
            arrived.set()
            assert released.wait(30)

    shelf.in_the_middle = hold_the_first
    threads = [threading.Thread(target=shelf.add, args=(str(number),)) for number in range(9)]
    threads[0].start()
    assert arrived.wait(30)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: len(shelf.changes) == 9, "all changes are made")
    released.set()
    for thread in threads:
        thread.join()
    assert sorted(shelf.saved) == [str(number) for number in range(9)]
    assert shelf.writes < 9


def test_save_failure_is_raised_only_in_its_own_thread() -> None:
    shelf = Shelf()
    arrived, released = threading.Event(), threading.Event()

    def fail_first() -> None:
        if shelf.writes == 1:
            arrived.set()
            assert released.wait(30)
            raise OSError("full")

    shelf.in_the_middle = fail_first
    errors: list[OSError] = []

    def add_first() -> None:
        try:
            shelf.add("first")
        except OSError as error:
            errors.append(error)

    first, second = threading.Thread(target=add_first), threading.Thread(target=shelf.add, args=("second",))
    first.start()
    assert arrived.wait(30)
    second.start()
    wait_until(lambda: len(shelf.changes) == 2, "both changes are made")
    released.set()
    first.join()
    second.join()
    assert [str(error) for error in errors] == ["full"]
    assert "second" in shelf.saved


def test_signal_handler_saves_at_once_and_is_not_overwritten(
    handled: Callable[[Callable[[], None]], None],
) -> None:
    shelf = Shelf()
    seen: list[list[str]] = []

    def act() -> None:
        shelf.add("handler")
        seen.append(list(shelf.saved))

    def interrupt_the_first() -> None:
        if shelf.writes == 1:
            signal.raise_signal(signal.SIGUSR1)

    handled(act)
    shelf.in_the_middle = interrupt_the_first
    shelf.add("main")
    assert seen == [["main", "handler"]]
    assert shelf.saved == ["main", "handler"]


def test_overtaken_save_raises_outdated_error(
    handled: Callable[[Callable[[], None]], None],
) -> None:
    told: list[tuple[str, bool]] = []
    numbers = count()

    def write(save: Save) -> None:
        number = next(numbers)
        if number == 0:
            signal.raise_signal(signal.SIGUSR1)
        try:
            save.check()
        except OutdatedError:
            told.append(("overtaken", save.is_interrupting))
            raise
        told.append(("done", save.is_interrupting))

    turns = SaveTurns(write, lambda _text: None)
    handled(turns.save)
    turns.save()
    assert told == [("done", True), ("overtaken", False), ("done", False)]


def test_nested_signal_handlers_do_not_pile_up(
    handled: Callable[[Callable[[], None]], None],
) -> None:
    shelf = Shelf()
    depth, deepest = 0, 0

    def act() -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        shelf.add(f"h{len(shelf.changes)}")
        depth -= 1

    def interrupt() -> None:
        if len(shelf.changes) < 40:
            signal.raise_signal(signal.SIGUSR1)

    handled(act)
    shelf.in_the_middle = interrupt
    shelf.add("main")
    wait_until(lambda: set(shelf.saved) == set(shelf.changes), "all is saved")
    assert len(shelf.changes) == 40
    assert deepest < 8  # one that interrupts another returns before it saves


def test_exception_in_a_signal_handler_ends_the_turn(handled: Callable[[Callable[[], None]], None]) -> None:
    shelf = Shelf()

    def act() -> None:
        shelf.add("handler")
        raise KeyboardInterrupt

    def interrupt_the_first() -> None:
        if shelf.writes == 1:
            signal.raise_signal(signal.SIGUSR1)

    handled(act)
    shelf.in_the_middle = interrupt_the_first
    with pytest.raises(KeyboardInterrupt):
        shelf.add("main")
    assert shelf.saved == ["main", "handler"]
    other = threading.Thread(target=shelf.add, args=("other",), daemon=True)
    other.start()
    other.join(30)
    assert shelf.saved == ["main", "handler", "other"]


def test_failed_save_of_a_signal_handler_is_retried(
    handled: Callable[[Callable[[], None]], None],
) -> None:
    shelf = Shelf()

    def act() -> None:
        with pytest.raises(OSError, match="full"):
            shelf.add("handler")

    def interrupt_the_first() -> None:
        if shelf.writes == 1:
            signal.raise_signal(signal.SIGUSR1)
        elif shelf.writes in (2, 4):
            raise OSError("full")

    handled(act)
    shelf.in_the_middle = interrupt_the_first
    shelf.add("main")
    assert shelf.saved == ["main", "handler"]
    assert shelf.reports == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_fork_during_a_save_does_not_block_the_child() -> None:
    shelf = Shelf()
    arrived, released = threading.Event(), threading.Event()

    def hold() -> None:
        if threading.current_thread() is thread:
            arrived.set()
            assert released.wait(30)

    shelf.in_the_middle = hold
    thread = threading.Thread(target=shelf.add, args=("thread",))
    thread.start()
    assert arrived.wait(30)
    child = os.fork()
    if not child:
        shelf.add("child")
        os._exit(0 if shelf.saved == ["thread", "child"] else 1)
    _pid, status = os.waitpid(child, 0)
    released.set()
    thread.join()
    assert status == 0
