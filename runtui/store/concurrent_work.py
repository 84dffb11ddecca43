"""Working on many runs: one after the other where that is fast, several at once where each waits.

On a local disk one thread does more than several, which only get in each other's way. Across a network each
call waits for milliseconds, and some calls in flight make the difference between a second and a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from threading import Thread

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 16
"""The most items at once; a server's other users should not have to wait for more."""

_SLOW = 0.001  # seconds for one, from which on it waits for a server rather than for the processor
_VERY_SLOW = 0.01  # seconds for one, from which on it does so on a busy machine, too
_IN_A_ROW = 4  # items after a slow one: some are slow for want of a processor; from a slow server all wait


def in_order(
    items: Sequence[T], work: Callable[[T], R], at_once: int = AT_ONCE, slow: float = _SLOW
) -> Iterator[R]:
    """Yield what `work` returns for each of `items`, in their order.

    It begins in the calling thread, and continues in several once some in a row turn out slow. All of them
    have ended at the end of the iteration; where it is abandoned before, none begins anything more.

    Args:
        items: What to go through.
        work: Function to call; must be safe to be called in several threads.
        at_once: The most calls at once.
        slow: Seconds for one, from which on it waits for a server rather than for the processor.

    Raises:
        Exception: What `work` raised for the first of the items, in their order.
    """
    slow_ones = waits = 0
    for place, item in enumerate(items):
        if slow_ones > _IN_A_ROW and len(items) - place > 1:
            if waits_of_thread() - waits >= _IN_A_ROW:
                yield from together(items[place:], work, at_once)
                return
            slow_ones = 0  # they were computed, or other programs had the processor
        began = time.perf_counter()
        result = work(item)
        slow_ones = slow_ones + 1 if time.perf_counter() - began > slow else 0
        if slow_ones == 1:
            waits = waits_of_thread()
        yield result


def waits_of_thread() -> int:
    """Return how often the calling thread has waited for something other than the processor.

    What a call computes takes no less time in several threads, however long that is.
    """
    import resource  # not for those who have a fast disk

    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def _start_threads(serve: Callable[[], None], count: int) -> list[Thread]:
    """Start threads that share some work, as many as memory allows.

    Args:
        serve: What each does; called here where not one can be started.
        count: The most threads.
    """
    import threading

    from runtui.store.memory import spare_memory

    spare_memory()
    threads: list[Thread] = []
    for _ in range(count):
        # Not an executor of the library's: at its end the program would wait for one that hangs.
        thread = threading.Thread(target=serve, name="runtui-several", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            break
        threads.append(thread)
    if not threads:
        serve()
    return threads


def together(
    items: Sequence[T], work: Callable[[T], R], at_once: int, at_once_where_slow: int = 0
) -> Iterator[R]:
    """Yield what `work` returns for each of `items`, in their order, computed by several threads.

    All of them have ended when this has come to its end, or `work` raised; where it is left before, none
    begins anything any more.

    Args:
        items: What to go through.
        work: Function to call; must be safe to be called in several threads.
        at_once: The most calls at once.
        at_once_where_slow: The most once `work` takes so long that it surely waits for a server: then the
            threads do not get into each other's way.

    Raises:
        Exception: What `work` raised for the first of the items, in their order. Nothing is begun after it.
    """
    import threading  # not for those who have a fast disk

    places = iter(range(len(items)))
    changed = threading.Condition()
    done: dict[int, tuple[R, None] | tuple[None, Exception]] = {}
    is_over = False
    slow = 0
    reserve = at_once_where_slow - at_once  # threads that are started once that is worth it

    def serve() -> None:
        nonlocal is_over, slow, reserve
        while True:
            with changed:
                place = None if is_over else next(places, None)
            if place is None:
                return
            began = time.perf_counter()
            outcome: tuple[R, None] | tuple[None, Exception]
            try:
                outcome = work(items[place]), None
            except Exception as error:
                outcome = None, error
            seconds = time.perf_counter() - began
            help_wanted = 0
            with changed:
                done[place] = outcome
                is_over = is_over or outcome[1] is not None
                slow = slow + 1 if seconds > _VERY_SLOW else 0
                if slow >= 2 * at_once:
                    help_wanted, reserve = reserve, 0
                changed.notify()
            if help_wanted > 0:
                threads.extend(_start_threads(serve, help_wanted))

    threads: list[Thread] = []
    threads += _start_threads(serve, min(at_once, len(items)))
    try:
        for place in range(len(items)):
            with changed:
                while place not in done:
                    changed.wait()
                result, error = done.pop(place)
            if error is not None:
                _join(threads)
                raise error
            yield result  # type: ignore[misc]  # where there is no error there is a result
    finally:
        with changed:
            is_over = True
    _join(threads)


def _join(threads: list[Thread]) -> None:
    for thread in threads:  # which may become more meanwhile
        thread.join()
