"""Ends of outputs that lie side by side: what most of them end with is what their program says in the end."""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import lru_cache

from runtui.layouts.evidence import tail_of
from runtui.layouts.run_outputs import LEAST_NUMBERED, MOST_OPENED, known_outputs, without_numbers

_END = 4 * 1024  # bytes at the end of an output in which its last line is looked for
_LAST_LINES = 4


def ends_as_others(path: str) -> bool:
    """Return whether an output ends with a line with which most of those beside it end, but for numbers.

    A line of progress, such as there are others before it, is no end.

    Args:
        path: The output, which is one of several runs' in its directory.
    """
    folder = os.path.dirname(path)
    last = _last_line(path)
    try:
        return last is not None and last in _common_last_lines(folder, os.stat(folder).st_mtime_ns)
    except OSError:
        return False


@lru_cache(maxsize=64)
def _common_last_lines(folder: str, modified: int) -> frozenset[bytes]:
    """Return the last lines that at least three, and half of the outputs in a directory have."""
    outputs = sorted(known_outputs(folder, modified))[:MOST_OPENED]
    found = Counter(_last_line(os.path.join(folder, name)) for name in outputs)
    least = max(LEAST_NUMBERED, (len(outputs) + 1) // 2)
    return frozenset(line for line, times in found.items() if line is not None and times >= least)


def _last_line(path: str) -> bytes | None:
    """Return the last line of an output without its numbers; None where it is no end, or cannot be read."""
    try:
        tail = tail_of(path, _END).data
    except (OSError, ValueError):
        return None
    lines = [without_numbers(line) for line in tail.splitlines() if line.strip()]
    # Rulers and plain numbers may follow.
    last = next((line for line in lines[: -_LAST_LINES - 1 : -1] if re.search(rb"[A-Za-z]{3}", line)), None)
    return None if last is None or lines.count(last) > 1 else last
