"""Doing the same to many runs at once: most of the time it takes is waiting for the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from runtui.store.several import in_order, start_threads

_FEW = 16
_SLOW = 0.01  # seconds for one, from which on it waits for a server
_THREADS_WHERE_SLOW = 16
_THREADS = 4
"""With eight, tagging 600 runs on a local disk took 0.26 to 0.37 of the time that it took in turn; but with
more than four keys were answered late: all of them share the interpreter."""


def in_parallel(names: Sequence[str], work: Callable[[str], None]) -> None:
    """Call `work` with each name, several at a time; return when all are done.

    Raises:
        Exception: What `work` raised first; the rest is not begun.
    """
    if len(names) < _FEW:
        for _done in in_order(names, work, _THREADS_WHERE_SLOW):
            pass
        return
    waiting = iter(names)
    taking = threading.Lock()
    failures: list[Exception] = []
    threads: list[threading.Thread] = []
    slow = 0
    is_hiring = False  # which is done once

    def serve() -> None:
        while not failures:
            with taking:
                name = next(waiting, None)
            if name is None:
                return
            began = time.perf_counter()
            try:
                work(name)
            except Exception as error:
                failures.append(error)
            else:
                hire(time.perf_counter() - began)

    def hire(seconds: float) -> None:
        """Have more help once all of some are slow: then the threads wait, and the interpreter is free."""
        nonlocal slow, is_hiring
        with taking:
            slow = slow + 1 if seconds > _SLOW else 0
            if slow < 2 * _THREADS or is_hiring:
                return
            is_hiring = True
        threads.extend(start_threads(serve, _THREADS_WHERE_SLOW - _THREADS))

    threads += start_threads(serve, _THREADS)
    for thread in threads:  # which may become more meanwhile
        thread.join()
    if failures:
        raise failures[0]
