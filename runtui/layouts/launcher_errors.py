"""Errors of Hydra's jobs in the output of the program that launched them, which no job's own log has.

Source: hydra/_internal/utils.py (``run_and_report``) and hydra/core/utils.py (``run_job``), which prints
``Error executing job with overrides: [...]`` before the traceback.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from runtui.layouts.base import MOST_ENTRIES
from runtui.layouts.evidence import tail_of
from runtui.layouts.log_evidence import exception_line
from runtui.logs.read.log_files import is_log_name

_ERROR = re.compile(rb"^Error executing job with overrides: (\[.{1,4000}\])\s*$", re.MULTILINE)
_NEXT = re.compile(rb"^(?:Error executing job with overrides: |\[[\d :,-]+\]\[HYDRA\])", re.MULTILINE)
_FOLDERS_ABOVE = 2  # a run's sweep, and the folder of its day
_MOST_LOGS = 10  # logs of a folder
_TAIL = 1024 * 1024  # bytes
_LONGEST_TRACE = 64 * 1024  # bytes


class LaunchError(NamedTuple):
    """The error of a job in its launcher's output.

    Attributes:
        log: The output's path from the run.
        line: The exception.
    """

    log: str
    line: str


def error_of_job(run_dir: str, overrides: Sequence[str]) -> LaunchError | None:
    """Return the error of the job with some overrides, by the logs in the folders above its run.

    None where they tell of none, and for a job without overrides, which is like any other.
    """
    folder = os.path.abspath(run_dir)
    for level in range(1, _FOLDERS_ABOVE + 1) if overrides else ():
        folder = os.path.dirname(folder)
        try:
            logs = _logs_in(folder, os.stat(folder).st_mtime_ns)
        except OSError:
            continue
        for log in logs:
            try:
                found = os.stat(f"{folder}/{log}")
            except OSError:
                continue
            errors = dict(_errors_in(f"{folder}/{log}", found.st_size, found.st_mtime_ns))
            if line := errors.get(tuple(overrides)):
                return LaunchError("../" * level + log, line)
    return None


@lru_cache(maxsize=64)
def _logs_in(folder: str, _modified: int) -> tuple[str, ...]:
    """Return the names of the logs directly in a folder, which are the same until it is changed."""
    with os.scandir(folder) as listing:
        names = [entry.name for entry in islice(listing, MOST_ENTRIES) if is_log_name(entry.name)]
    return tuple(sorted(names)[-_MOST_LOGS:])


@lru_cache(maxsize=64)
def _errors_in(path: str, _size: int, _modified: int) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the overrides and the exception of each job that failed by a log, as of its state."""
    try:
        tail = tail_of(path, _TAIL).data
    except (OSError, ValueError):
        return ()
    return tuple(_errors(tail))


def _errors(text: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    for match in _ERROR.finditer(text):
        try:
            overrides = ast.literal_eval(match[1].decode("utf-8", "replace"))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        after = _NEXT.search(text, match.end())
        end = min(after.start() if after else len(text), match.end() + _LONGEST_TRACE)
        line = exception_line(text[match.end() : end].decode("utf-8", "replace"))
        if line and isinstance(overrides, list) and all(isinstance(one, str) for one in overrides):
            yield tuple(overrides), line
