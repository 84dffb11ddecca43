"""Rotated logs: ``run.log.1`` and ``run.log.2.gz`` are earlier parts of ``run.log``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from runtui.logs.read.log_files import LogFile, unpacked_name

_NUMBERED = re.compile(r"(.+)\.(\d{1,3})")


def newer_parts(logs: Iterable[LogFile]) -> dict[str, str]:
    """Return the names of earlier parts of logs, each with the one of the part that follows it.

    Args:
        logs: The logs, empty ones among them: a log may have been rotated a moment ago.
    """
    logs = list(logs)
    by_name = {unpacked_name(log.name): log for log in logs}
    numbered: dict[str, list[tuple[int, LogFile]]] = {}
    for log in logs:
        found = _NUMBERED.fullmatch(unpacked_name(log.name))
        if found is not None and found[1] in by_name:
            numbered.setdefault(found[1], []).append((int(found[2]), log))
    newer: dict[str, str] = {}
    for name, older in numbered.items():
        parts = [by_name[name], *(log for _number, log in sorted(older))]
        parts = [log for log in parts if log.size]
        newer.update((part.name, before.name) for before, part in pairwise(parts))
    return newer
