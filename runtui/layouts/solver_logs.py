"""Ends of runs by the logs in their directories: the code's own, and those of what started it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from runtui.layouts.evidence import TAIL, LogEnd, log_end
from runtui.layouts.solvers import SOLVERS, Solver, is_any_log
from runtui.store.regular_file import open_regular
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_BANNER = 8 * 1024  # bytes at the beginning of a log in which the code's name stands …
_HEAD = 32 * 1024  # … and the time at which it began
_MOST_LOGS = 12  # logs of a directory that are opened
_MOST_NAMES = 64  # names of logs that are looked at
_AT_ONCE = 2.0  # seconds: files written so close to each other are of one moment
_ALIVE = 60.0  # seconds without output within which a log of the age of its inputs may still be written
_FAILED = RunStatus.FAILED.value
_COMPLETED = RunStatus.COMPLETED.value
_RUNNING = RunStatus.RUNNING.value
_WORST_FIRST = (_FAILED, _RUNNING, UNKNOWN_STATUS, _COMPLETED)
_BLANKS = re.compile(r"\s+")
_MANGLED_TIME = re.compile(r"(?<=:) (?=\d)")


class CaseEnd(NamedTuple):
    """The end of the run in a directory.

    Attributes:
        end: Its status and time.
        source: The log that says so; ``""`` where there is none.
        started: When it began, in seconds since the epoch, as the log says in the machine's own time.
    """

    end: LogEnd
    source: str = ""
    started: float | None = None


class _Log(NamedTuple):
    """A log.

    Attributes:
        started: When its program began, if the log says so.
        modified: When it was last written. Both in seconds since the epoch.
    """

    name: str
    solver: Solver | None
    modified: float
    started: float | None = None


def case_end(run_dir: str, files: Iterable[str], inputs: Iterable[str], solver: Solver | None) -> CaseEnd:
    """Return how a run ended. Opens at most a dozen files. Raises nothing.

    Args:
        run_dir: Its directory.
        files: The names of its files.
        inputs: Of those that were there before the program began.
        solver: The code; None where only the logs can tell which it was.
    """
    names = sorted(files)
    own = _own_logs(run_dir, names, solver)
    others = [name for name in names if is_any_log(name) and name not in own]
    known, rest = _known_logs(run_dir, own, others, solver)
    main = _newest_end(run_dir, known)
    if main is None:
        return _settled(run_dir, inputs, _quiet_end(run_dir, rest, solver), None)
    case, log = main
    if case.end.status != _FAILED or case.end.reason:
        worse = _word_of_others(run_dir, rest, case.end, log)
        if worse is not None:
            return worse._replace(started=case.started)
    return _settled(run_dir, inputs, case, log.solver)


# Which logs there are


def _own_logs(run_dir: str, names: Sequence[str], solver: Solver | None) -> list[str]:
    """Return the logs of the names that the code itself gives them."""
    for pattern in solver.own_logs if solver is not None else ():
        found = [name for name in names if pattern.match(name)]
        if found:
            return found
    return []


def _known_logs(
    run_dir: str, own: Sequence[str], others: Sequence[str], solver: Solver | None
) -> tuple[list[_Log], list[_Log]]:
    """Return the logs that a code wrote, and the others, the newest first."""
    known: list[_Log] = []
    rest: list[_Log] = []
    for name in _newest_names(run_dir, own):
        if (log := _looked_at(run_dir, name, solver)) is not None:
            known.append(log._replace(solver=solver))
    for name in _newest_names(run_dir, others):
        log = _looked_at(run_dir, name, solver)
        if log is None:
            continue
        is_known = log.solver is not None and not own
        (known if is_known else rest).append(log._replace(solver=log.solver or solver))
    return known, rest


def _newest_names(run_dir: str, names: Sequence[str]) -> list[str]:
    times = []
    for name in names[:_MOST_NAMES]:
        try:
            found = os.stat(os.path.join(run_dir, name))
        except OSError:
            continue
        times.append((found.st_mtime, name))
    return [name for _time, name in sorted(times, reverse=True)[:_MOST_LOGS]]


def _looked_at(run_dir: str, name: str, solver: Solver | None) -> _Log | None:
    """Return a log with the code that wrote it, or None where it cannot be read."""
    try:
        with open_regular(os.path.join(run_dir, name), follow_link=True) as file:
            head = os.pread(file.descriptor, _HEAD, 0)
            modified = file.status.st_mtime
    except OSError:
        return None
    for writer in (solver,) if solver is not None else SOLVERS:
        if writer.banner.search(head, 0, _BANNER):
            return _Log(name, writer, modified, _started(head, writer))
    return _Log(name, None, modified)


def _started(head: bytes, solver: Solver) -> float | None:
    found = solver.started.search(head) if solver.started is not None else None
    if found is None:
        return None
    text = " ".join(group.decode("ascii", "replace") for group in found.groups())
    text = _MANGLED_TIME.sub("0", _BLANKS.sub(" ", text))
    try:
        return datetime.strptime(text.strip(), solver.time_format).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


# What they say


def _newest_end(run_dir: str, logs: Sequence[_Log]) -> tuple[CaseEnd, _Log] | None:
    """Return how the program that began last ended; of several at once, the one that fared worst."""
    # The times in logs survive a copy; where one has none, all are ordered by the files' times.
    starts = [log.started for log in logs if log.started is not None]
    is_dated = len(starts) == len(logs)
    newest = max(starts if is_dated else [log.modified for log in logs], default=0.0)
    found = []
    for log in logs:
        when = log.started if is_dated else log.modified
        if when is not None and when >= newest - _AT_ONCE and (end := _end_of(run_dir, log)) is not None:
            found.append((CaseEnd(end, log.name, min(starts, default=None)), log))
    return min(found, key=lambda pair: _WORST_FIRST.index(pair[0].end.status), default=None)


def _end_of(run_dir: str, log: _Log, *, is_whole: bool = True) -> LogEnd | None:
    """Return how a log ends; None where it cannot be read.

    Args:
        is_whole: Whether it would have the end mark of its code, had it not been cut off.
    """
    path, solver = os.path.join(run_dir, log.name), log.solver
    try:
        if solver is None:
            return log_end(path)
        return log_end(path, solver.done, solver.failed, end_mark=solver.end_mark if is_whole else "")
    except OSError:
        return None


def _word_of_others(run_dir: str, rest: Sequence[_Log], end: LogEnd, main: _Log) -> CaseEnd | None:
    """Return what logs of wrappers, schedulers and later steps tell beyond the code's own log."""
    for log in rest:
        if log.modified < main.modified - _AT_ONCE:
            break  # of an earlier attempt
        if end.status == _COMPLETED:
            if _has_failed_last(run_dir, log):
                return CaseEnd(LogEnd(_FAILED, log.modified), log.name)
            continue
        found = _end_of(run_dir, log, is_whole=False)
        if found is not None and found.status in (_FAILED, _COMPLETED):
            return CaseEnd(found, log.name)
    return None


def _has_failed_last(run_dir: str, log: _Log) -> bool:
    """Return whether the last word of the code in a log is that it failed; remarks of others do not count."""
    solver = log.solver
    if solver is None:
        return False
    try:
        with open_regular(os.path.join(run_dir, log.name), follow_link=True) as file:
            tail = os.pread(file.descriptor, TAIL, max(0, file.status.st_size - TAIL))
    except OSError:
        return False
    badly = max((found.end() for found in solver.failed.finditer(tail)), default=0)
    return badly > max((found.end() for found in solver.done.finditer(tail)), default=0)


def _quiet_end(run_dir: str, logs: Sequence[_Log], solver: Solver | None) -> CaseEnd:
    """Return what logs say of which none is known to be the code's."""
    first: CaseEnd | None = None
    for log in logs:
        end = _end_of(run_dir, log, is_whole=False)
        if end is None:
            continue
        case = CaseEnd(end, log.name)
        if end.status in (_FAILED, _COMPLETED):
            return case
        first = first or case
    return first or CaseEnd(LogEnd(UNKNOWN_STATUS))


def _settled(run_dir: str, inputs: Iterable[str], case: CaseEnd, solver: Solver | None) -> CaseEnd:
    """Return the end of a run without what only seems so because its files were copied just now."""
    times = []
    for name in (*sorted(inputs)[:_MOST_NAMES], case.source):
        try:
            times.append(os.stat(os.path.join(run_dir, name)).st_mtime)
        except OSError:
            continue
    if len(times) < 2 or max(times) - min(times) > _AT_ONCE:
        return case
    end = case.end
    if end.status == _RUNNING and time.time() - max(times) > _ALIVE:
        cut = f"the log ends without “{solver.end_mark}”" if solver is not None else ""
        end = LogEnd(_FAILED if cut else UNKNOWN_STATUS, None, cut)
    elif case.started is not None:
        end = end._replace(ended=None)
    return case._replace(end=end)
