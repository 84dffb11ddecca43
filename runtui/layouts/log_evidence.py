"""Evidence in the logs of another program's run, and in the name of its directory."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from runtui.layouts.evidence import TAIL, derived, head_of, iso_time, log_end, read_tail, tail_of
from runtui.logs.read.timestamps import time_of
from runtui.store.status import UNKNOWN_STATUS

LONGEST_REASON = 500
"""Characters of a reason that are kept."""

TRAINED = re.compile(
    rb"execution time|`Trainer\.fit` stopped|Job completed successfully"
    rb"|(?i:training (?:is |has |was )?(?:done|finished|complete|ended)|finished training)"
    rb"|\bTraining time:? \d+:\d\d:"  # Detectron2 writes its total training time of failed ones, too
)
"""What programs that train a model write at the end of a run that went well."""

_MOST_LOGS = 30  # logs of a run that are looked at
_LAST_LINES = 4096  # bytes at the end of a log that are searched for a time
_FIRST_LINES = 4096  # the same at its beginning


def end_by_logs(run_dir: str, names: Iterable[str], done: re.Pattern[bytes] | None = None) -> dict[str, Any]:
    """Return the metadata of how a run ended, by the end of the log that was written last.

    Args:
        run_dir: The run's directory.
        names: Its logs; empty and missing ones do not count.
        done: What the program writes at the end of a run that went well.
    """
    newest = newest_of(run_dir, names)
    if newest is None:
        return {"status": UNKNOWN_STATUS}
    try:
        return derived(log_end(os.path.join(run_dir, newest), done), newest)
    except OSError:
        return {"status": UNKNOWN_STATUS}


def newest_of(run_dir: str, names: Iterable[str]) -> str | None:
    """Return the newest of some files of a run that is not empty; None where there is none."""
    times = []
    for name in sorted(names)[:_MOST_LOGS]:
        try:
            found = os.stat(os.path.join(run_dir, name))
        except (OSError, ValueError):
            continue
        if found.st_size:
            times.append((found.st_mtime, name))
    return max(times)[1] if times else None


def age_of(run_dir: str, name: str) -> float:
    """Return the seconds since a file of a run was written; without end where there is none."""
    try:
        return time.time() - os.stat(os.path.join(run_dir, name)).st_mtime
    except OSError:
        return math.inf


def last_match(run_dir: str, name: str, pattern: re.Pattern[bytes], most: int = TAIL) -> bytes | None:
    """Return the first group of the last match in the end of a file; None where there is none."""
    found = None
    for match in pattern.finditer(read_tail(os.path.join(run_dir, name), most)):
        found = match[1]
    return found


def last_stamp(path: str) -> str | None:
    """Return the time of the last line of a log that has one; None for a log without times.

    The time of the file itself may be that of a copy.
    """
    try:
        tail = tail_of(path, _LAST_LINES)
    except (OSError, ValueError):
        return None
    lines = tail.data.decode("utf-8", "replace").splitlines()
    stamps = (time_of(line, tail.modified) for line in reversed(lines))
    return next((iso_time(stamp) for stamp in stamps if stamp is not None), None)


def first_stamp(path: str) -> str | None:
    """Return the time of the first line of a log that has one; None for a log without times."""
    try:
        head, modified = head_of(path, _FIRST_LINES)
    except (OSError, ValueError):
        return None
    stamps = (time_of(line, modified) for line in head.decode("utf-8", "replace").splitlines())
    return next((iso_time(stamp) for stamp in stamps if stamp is not None), None)


def local_time(digits: str) -> str | None:
    """Return the time of 14 digits in a name, from the year to the second, by this host's clock."""
    try:
        return iso_time(datetime.strptime(digits, "%Y%m%d%H%M%S").astimezone().timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def exception_line(trace: str) -> str:
    """Return the exception that a traceback of Python's ends with: the line behind its last frame."""
    lines = trace.rstrip().splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith("  File ")]
    behind = lines[frames[-1] + 1 :] if frames else lines[-1:]
    return next((line.strip()[:LONGEST_REASON] for line in behind if line[:1].strip()), "")
