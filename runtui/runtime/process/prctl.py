"""What the kernel does for those who start processes, where it is Linux; elsewhere these do nothing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Have what this process's descendants leave behind become its own children, instead of init's."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int, number: signal.Signals) -> None:
    """Have this process sent a signal as soon as its parent is gone, however that ends.

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
    """Load what the above need, so that a new process need not before it becomes another program."""
    if sys.platform == "linux":
        _libc()
