"""Ctrl-C while a file system does not answer."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_by_interrupt() -> Iterator[None]:
    """Context manager or decorator that lets Ctrl-C kill the process at once; only for code that reads.

    A signal that Python handles does not interrupt a call to a file system that does not answer, but the
    kernel abandons the call for a fatal signal.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
