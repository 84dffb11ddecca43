"""Processes that carry a mark in their environment, wherever they went."""

from __future__ import annotations

import os
import time

MARK_VARIABLE = "RUNTUI_LAUNCH"
"""The variable in the environment of a command, and so of all that it starts, that says whose they are."""

_PREFIX = f"{MARK_VARIABLE}=".encode()
_FRESH = 1.0
"""Seconds for which one look at all processes serves for all runs."""

_last_look: tuple[float, dict[str, list[int]]] = (float("-inf"), {})


def marked_processes(mark: str) -> list[int]:
    """Return this user's processes that carry a mark, without the calling one; none without a ``/proc``."""
    return _look().get(mark, []) if mark else []


def count_marked(mark: str) -> int:
    """Count the processes that `marked_processes` found lately: one scan a second serves all callers."""
    global _last_look
    if time.monotonic() - _last_look[0] > _FRESH:
        _last_look = (time.monotonic(), _look())
    return len(_last_look[1].get(mark, ()))


def mark_of(pid: int) -> str:
    """Return the mark that a process of this user carries, or ``""``."""
    try:
        if os.stat(f"/proc/{pid}").st_uid != os.geteuid():
            return ""
        with open(f"/proc/{pid}/environ", "rb") as file:
            data = file.read()
    except OSError:
        return ""
    if _PREFIX not in data:
        return ""
    found = (entry[len(_PREFIX) :] for entry in data.split(b"\0") if entry.startswith(_PREFIX))
    return next(found, b"").decode(errors="replace")


def _look() -> dict[str, list[int]]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return {}
    found: dict[str, list[int]] = {}
    for pid in (int(name) for name in names if name.isdecimal()):
        if pid != os.getpid() and (mark := mark_of(pid)):
            found.setdefault(mark, []).append(pid)
    return found
