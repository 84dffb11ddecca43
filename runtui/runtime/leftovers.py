"""Ending the processes that a killed launcher has left behind."""

from __future__ import annotations

import os
import signal
import time

from runtui.runtime.process.process_tree import GRACE, LAST_WAIT, descendants, send_to, status_of
from runtui.store.marked_processes import mark_of, marked_processes

_LOOK_AGAIN = 0.1  # seconds


def leftovers(mark: str) -> dict[int, int]:
    """Return the processes of this user that carry a mark, and all below them, each with its parent."""
    found: dict[int, int] = {}
    for pid in marked_processes(mark):
        status = status_of(pid)
        if status is not None and not status.is_dead:
            found[pid] = status.parent
            found.update(_below(pid, mark))
    found.pop(os.getpid(), None)  # it may have been called by one of them
    return found


def _below(pid: int, mark: str) -> dict[int, int]:
    """Return the processes below one, except those that another launcher has started and will end itself."""
    others: set[int] = set()
    found = {}
    for child, parent in descendants(pid):  # parents come before their children
        if parent in others or mark_of(child) not in ("", mark):
            others.add(child)
        else:
            found[child] = parent
    return found


def end_leftovers(mark: str, grace: float = GRACE) -> int:
    """End the processes that carry a mark, and all below them; return how many cannot be ended.

    They are asked to end first, and killed when the grace is over.

    Args:
        mark: The mark.
        grace: Seconds.
    """
    asked: set[int] = set()
    deadline = time.monotonic() + grace
    while (left := leftovers(mark)) and time.monotonic() < deadline:
        for pid, parent in left.items():
            if pid not in asked and _is_own(pid):
                send_to(pid, parent, signal.SIGTERM)
                asked.add(pid)
        time.sleep(_LOOK_AGAIN)
    deadline = time.monotonic() + LAST_WAIT
    while (left := leftovers(mark)) and time.monotonic() < deadline:
        for pid, parent in left.items():
            if _is_own(pid):
                send_to(pid, parent, signal.SIGKILL)
        time.sleep(_LOOK_AGAIN)
    return len(left)


def _is_own(pid: int) -> bool:
    try:
        return os.stat(f"/proc/{pid}").st_uid == os.geteuid()
    except OSError:
        return False
