"""Ends of runs by the logs in their directories: the code's own, and those of what started it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runtui.layouts.evidence import AT_ONCE, LogEnd, head_of, log_end, tail_of
from runtui.layouts.solver_words import BANNER_WORDS, FAILURE_WORDS
from runtui.layouts.solvers import SOLVERS, Solver, is_any_log
from runtui.logs.diagnose.words import LineIndex
from runtui.logs.read.log_files import unpacked_name
from runtui.logs.read.start_times import start_time
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_BANNER = 8 * 1024  # bytes at the beginning of a log in which the code's name stands …
_HEAD = 32 * 1024  # … and the time at which it began
_MOST_LOGS = 12  # logs of a directory that are opened
_JOB_LOG = re.compile(r"slurm-(\d{1,18})(?:_\d+)?\.(?:out|err)")
_MOST_NAMES = 64  # names of logs that are looked at
_ALIVE = 60.0  # seconds without output within which a log of the age of its inputs may still be written
_FAILED = RunStatus.FAILED.value
_COMPLETED = RunStatus.COMPLETED.value
_RUNNING = RunStatus.RUNNING.value
_WORST_FIRST = (_FAILED, _RUNNING, UNKNOWN_STATUS, _COMPLETED)


class CaseEnd(NamedTuple):
    """The end of the run in a directory.

    Attributes:
        end: Its status and time.
        source: The log that says so; ``""`` where there is none.
        started: When it began, in seconds since the epoch, as the log says in the machine's own time.
        is_dated: Whether the log was told to be the last one by what it says, and not by the file's time.
    """

    end: LogEnd
    source: str = ""
    started: float | None = None
    is_dated: bool = False


class _Log(NamedTuple):
    """A log.

    Attributes:
        name: Its name.
        solver: The code, where that is known.
        modified: When it was last written, in seconds since the epoch.
        started: When its program began, if the log says so, in seconds since the epoch.
        is_afterwork: Whether its program only works on results.
    """

    name: str
    solver: Solver | None
    modified: float
    started: float | None = None
    is_afterwork: bool = False


def case_end(run_dir: str, files: Iterable[str], inputs: Iterable[str], solver: Solver | None) -> CaseEnd:
    """Return how a run ended. Opens at most three dozen files. Raises nothing.

    Args:
        run_dir: Its directory.
        files: The names of its files.
        inputs: What was there before the program began.
        solver: The code; None where only the logs can tell which it was.
    """
    names = sorted(files)
    own = _own_logs(names, solver)
    others = _without_older_jobs([name for name in names if is_any_log(name) and name not in own])
    known, rest = _known_logs(run_dir, own, others, solver)
    reader = _Reader(run_dir, _common_time(run_dir, inputs))
    main = reader.newest_end(known)
    if main is None:
        case = reader.end_without_known_log(rest)
        return case if case.source or solver is None else reader.end_by_results(names, solver) or case
    case, log = main
    if case.end.status != _FAILED or case.end.reason:
        has_attempts = len(set(_jobs(names).values())) > 1
        beyond = reader.word_of_others(rest, case.end, log, has_attempts=has_attempts)
        if beyond is not None:
            return beyond._replace(started=case.started)
    return case


# Which logs there are


def _own_logs(names: Sequence[str], solver: Solver | None) -> list[str]:
    """Return the logs of the names that the code itself gives them."""
    for pattern in solver.own_logs if solver is not None else ():
        found = [name for name in names if pattern.match(unpacked_name(name))]
        if found:
            return found
    return []


def _without_older_jobs(logs: Sequence[str]) -> list[str]:
    """Return logs without those of all Slurm jobs but the last one, which are of earlier attempts."""
    jobs = _jobs(logs)
    last = max(jobs.values(), default=0)
    return [name for name in logs if jobs.get(name, last) == last]


def _jobs(names: Iterable[str]) -> dict[str, int]:
    """Return the logs of Slurm jobs, each with its job's id."""
    return {name: int(found[1]) for name in names if (found := _JOB_LOG.fullmatch(unpacked_name(name)))}


def _is_named_for(solver: Solver, name: str) -> bool:
    """Return whether a log has a name that users give to those of a code, such as ``cp2k.out``."""
    return solver.name in name.lower() or (solver.certain is not None and bool(solver.certain.match(name)))


def _known_logs(
    run_dir: str, own: Sequence[str], others: Sequence[str], solver: Solver | None
) -> tuple[list[_Log], list[_Log]]:
    """Return the logs that a code wrote, and the others, the newest first."""
    known: list[_Log] = []
    rest: list[_Log] = []
    for name in _newest_names(run_dir, own):
        if (log := _looked_at(run_dir, name, solver)) is not None:
            known.append(log._replace(solver=solver))
    # Logs of each rank and of many attempts may crowd out the code's own.
    named = [name for name in others if solver is not None and _is_named_for(solver, name)]
    unnamed = [name for name in others if name not in named]
    for name in (*_newest_names(run_dir, named), *_newest_names(run_dir, unnamed)):
        log = _looked_at(run_dir, name, solver)
        if log is None:
            continue
        is_known = log.solver is not None and not own
        (known if is_known else rest).append(log._replace(solver=log.solver or solver))
    rest.sort(key=lambda log: log.modified, reverse=True)
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
        head, modified = head_of(os.path.join(run_dir, name), _HEAD)
    except OSError:
        return None
    for writer in (solver,) if solver is not None else _codes_of(head[:_BANNER], BANNER_WORDS):
        if writer.banner.search(head, 0, _BANNER):
            is_afterwork = writer.afterwork is not None and writer.afterwork.search(head) is not None
            return _Log(name, writer, modified, start_time(head), is_afterwork)
    return _Log(name, None, modified, start_time(head))


def _codes_of(text: bytes, words: LineIndex) -> Sequence[Solver]:
    """Return the codes that may have written a text: none where no line has any of the words of all codes."""
    return SOLVERS if words.lines_in(text) else ()


def _common_time(run_dir: str, names: Iterable[str]) -> float | None:
    """Return when some files were written, all in one moment, in seconds since the epoch; None otherwise."""
    times = []
    for name in sorted(names)[:_MOST_NAMES]:
        try:
            times.append(os.stat(os.path.join(run_dir, name)).st_mtime)
        except OSError:
            continue
    return max(times) if times and max(times) - min(times) <= AT_ONCE else None


# What they say


class _Reader:
    """A reader of a run's logs.

    Args:
        run_dir: The run's directory.
        copied: When its inputs were written, all in one moment; None otherwise. A log of that moment is no
            sign of life: it was copied with them, or its program died at once.
    """

    def __init__(self, run_dir: str, copied: float | None) -> None:
        self._run_dir = run_dir
        self._copied = copied

    def newest_end(self, logs: Sequence[_Log]) -> tuple[CaseEnd, _Log] | None:
        """Return how the program that began last ended; of several at once, the one that fared worst."""
        # The times in logs survive a copy; where one has none, all are ordered by the files' times.
        starts = [log.started for log in logs if log.started is not None]
        is_dated = len(starts) == len(logs)
        modified = [log.modified for log in logs]
        is_copy = bool(starts) and max(modified) - min(modified) <= AT_ONCE
        if is_dated:
            begun = {log: log.started or 0.0 for log in logs}
        elif is_copy:  # what says no time may have been the last
            begun = {log: log.started or max(starts) for log in logs}
        else:
            begun = {log: log.modified for log in logs}
        left = sorted(logs, key=lambda log: begun[log], reverse=True)
        while left:
            last = [log for log in left if begun[log] >= begun[left[0]] - AT_ONCE]
            left = left[len(last) :]
            ends = [(end, log) for log in last if (end := self._end(log)) is not None]
            if not ends:
                continue
            if is_copy and any(log.started is not None for _end, log in ends):
                ends = [
                    (end, log)
                    for end, log in ends
                    if log.started is not None or (end.status == _FAILED and not end.reason)
                ]
            end, log = min(ends, key=lambda pair: (_WORST_FIRST.index(pair[0].status), pair[0].reason))
            before = self._end(left[0]) if left and end.reason else None
            # A log that breaks off tells less than what failed before it, or what ended before afterwork.
            has_failed = before is not None and before.status == _FAILED and not before.reason
            has_ended = before is not None and before.status == _COMPLETED
            if not has_failed and not (log.is_afterwork and has_ended):
                return CaseEnd(end, log.name, min(starts, default=None), is_copy), log
        return None

    def word_of_others(
        self, rest: Sequence[_Log], end: LogEnd, main: _Log, *, has_attempts: bool
    ) -> CaseEnd | None:
        """Return what logs of wrappers, schedulers and later steps tell beyond the code's own log.

        Args:
            rest: These logs, the newest first.
            end: How the code ended.
            main: Its log.
            has_attempts: Whether several jobs ran it, of which the last may have left that log as it was.
        """
        for log in rest:
            if log.modified < main.modified - AT_ONCE:
                break  # of an earlier attempt
            if log.started is not None and main.started is not None and log.started < main.started:
                continue  # of an earlier step, whatever the times of a copy are
            if end.status == _COMPLETED:
                if self._has_failed_last(log) or (has_attempts and self._has_failed_job(log)):
                    return CaseEnd(LogEnd(_FAILED, log.modified), log.name)
                continue
            found = self._end(log, is_whole=False)
            if found is not None and found.status in (_FAILED, _COMPLETED):
                return CaseEnd(found, log.name)
        return None

    def end_without_known_log(self, logs: Sequence[_Log]) -> CaseEnd:
        """Return what logs say of which none is known to be the code's."""
        first: CaseEnd | None = None
        for log in logs:
            end = self._end(log, is_whole=False)
            if end is None:
                continue
            case = CaseEnd(end, log.name)
            if end.status in (_FAILED, _COMPLETED):
                return case
            if log.solver is None and self._has_failed_last(log):
                return CaseEnd(LogEnd(_FAILED, log.modified), log.name)
            first = first or case
        return first or CaseEnd(LogEnd(UNKNOWN_STATUS))

    def end_by_results(self, names: Sequence[str], solver: Solver) -> CaseEnd | None:
        """Return what the end of the newest results tells of a run without a log; None without any."""
        results = [name for name in names if solver.results is not None and solver.results.match(name)]
        for name in _newest_names(self._run_dir, results)[:1]:
            log = _looked_at(self._run_dir, name, solver)
            end = None if log is None else self._end(log._replace(solver=solver))
            if end is not None:
                reason = f"{name} is cut off" if end.reason else ""
                return CaseEnd(end._replace(reason=reason), name)
        return None

    def _end(self, log: _Log, *, is_whole: bool = True) -> LogEnd | None:
        """Return how a log ends; None where it cannot be read.

        Args:
            log: The log.
            is_whole: Whether it would have the end mark of its code, had it not been cut off.
        """
        path, solver = os.path.join(self._run_dir, log.name), log.solver
        is_marked = solver is not None and is_whole and solver.is_marked(log.name)
        mark = solver.end_mark if solver is not None and is_marked else ""
        try:
            if solver is None:
                end = log_end(path)
            else:
                end = log_end(path, solver.done, solver.failed, end_mark=mark)
        except OSError:
            return None
        if not self._is_copied(log):
            return end
        if end.status != _RUNNING:
            return end if log.started is None else end._replace(ended=None)
        if time.time() - log.modified <= _ALIVE:
            return end
        return LogEnd(_FAILED, None, f"the log ends without “{mark}”") if mark else LogEnd(UNKNOWN_STATUS)

    def _has_failed_job(self, log: _Log) -> bool:
        """Return whether a log is a Slurm job's, and tells that it failed."""
        end = self._end(log, is_whole=False) if _jobs((log.name,)) else None
        return end is not None and end.status == _FAILED

    def _is_copied(self, log: _Log) -> bool:
        return self._copied is not None and abs(log.modified - self._copied) <= AT_ONCE

    def _has_failed_last(self, log: _Log) -> bool:
        """Return whether the last word of a code in a log is that it failed: of any where none is known."""
        try:
            tail = tail_of(os.path.join(self._run_dir, log.name)).data
        except OSError:
            return False
        for solver in _codes_of(tail, FAILURE_WORDS) if log.solver is None else (log.solver,):
            badly = max((found.end() for found in solver.failed.finditer(tail)), default=0)
            if badly and badly > max((found.end() for found in solver.done.finditer(tail)), default=0):
                return True
        return False
