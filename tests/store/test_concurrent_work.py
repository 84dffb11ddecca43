"""Doing the same to many runs, several at once where each waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from runtui.store.concurrent_work import AT_ONCE, in_order


class Server:
    """Answers only when so many calls wait for it at once as it is made for; the first few in turn.

    Args:
        at_once: How many.
        in_turn: How many calls are answered alone, and late.
    """

    def __init__(self, at_once: int, in_turn: int) -> None:
        self._together = threading.Barrier(at_once, timeout=30)
        self._in_turn = in_turn
        self._pause = threading.Event()

    def answer(self, number: int) -> int:
        """Return ten times a number."""
        if number < self._in_turn:
            self._pause.wait(0.005)  # what makes it a slow one
        else:
            self._together.wait()
        return number * 10


def test_slow_calls_run_concurrently_and_return_in_order() -> None:
    server = Server(AT_ONCE, in_turn=5)
    count = 5 + 5 * AT_ONCE
    assert list(in_order(range(count), server.answer)) == [number * 10 for number in range(count)]


def test_fast_calls_run_in_the_calling_thread() -> None:
    threads = set(in_order(range(1000), lambda _number: threading.get_ident()))
    assert threads == {threading.get_ident()}


def _failing_at(place: int) -> Callable[[int], int]:
    server = Server(1, in_turn=1000)

    def work(number: int) -> int:
        if number >= place:
            raise ValueError(str(number))
        return server.answer(number)

    return work


@pytest.mark.parametrize("place", [0, 2, 20])
def test_first_failure_is_raised_after_the_earlier_results(place: int) -> None:
    found: list[int] = []
    with pytest.raises(ValueError, match=f"^{place}$"):
        found.extend(in_order(range(100), _failing_at(place)))
    assert found == [number * 10 for number in range(place)]


def test_nothing_new_starts_after_an_early_exit() -> None:
    begun = []
    server = Server(1, in_turn=10_000)

    def work(number: int) -> int:
        begun.append(number)
        return server.answer(number)

    going = in_order(range(10_000), work)
    for _ in range(10):
        next(going)
    going.close()
    for thread in threading.enumerate():
        if thread.name == "runtui-several":
            thread.join()
    assert len(begun) < 100


def test_calls_that_compute_for_long_run_in_the_calling_thread() -> None:
    def work(_number: int) -> int:
        began = time.thread_time()
        while time.thread_time() < began + 0.002:
            pass
        return threading.get_ident()

    assert set(in_order(range(20), work)) == {threading.get_ident()}
