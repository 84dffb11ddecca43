"""Linux's prctl(2) for processes that start others; a no-op on other systems."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # a number of prctl(2), from linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36  # a number of prctl(2), from linux/prctl.h


def adopt_orphans() -> None:
    """Adopt the orphans of this process's descendants, instead of leaving them to init."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int, number: signal.Signals) -> None:
    """Request a signal for this process when its parent ends, for whatever reason.

    Args:
        parent: The parent's pid, as it was known before this process was made.
        number: The signal; sent at once where the parent is gone already.
    """
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _libc().prctl(option, value, 0, 0, 0)


_loaded: list[ctypes.CDLL] = []


def _libc() -> ctypes.CDLL:
    if not _loaded:
        _loaded.append(ctypes.CDLL(None, use_errno=True))
    return _loaded[0]


def prepare() -> None:
    """Load the C library for the above in advance, so that a new process need not before its exec."""
    if sys.platform == "linux":
        _libc()
