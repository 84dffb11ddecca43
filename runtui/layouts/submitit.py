"""Jobs of submitit: folders with the pickles and logs of one job, or of several, each of which is a run.

Source: submitit/core/utils.py (``JobPaths``) and submitit/core/submission.py. Pickles are never unpickled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries, FileLayout
from runtui.layouts.evidence import TAIL, first_written, iso_time, log_end, read_tail
from runtui.layouts.job_logs import task_of_log
from runtui.layouts.log_evidence import last_stamp, local_time
from runtui.layouts.pickled_result import result_metadata
from runtui.store.regular_file import open_regular
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_SLURM_ID = re.compile(r"\d+_\d+")
"""A task of an array, as only a scheduler has them."""

_NAME = re.compile(r"(\d+(?:_\d+)?)_(?:submitted\.pkl|submission\.sh|\d+_(?:result\.pkl|log\.(?:out|err)))")
_DONE = re.compile(rb"Job completed successfully|Exiting after successful completion")
_FAILED = re.compile(
    rb"Submitted job triggered an exception|CANCELLED AT|DUE TO TIME LIMIT|^KeyboardInterrupt", re.MULTILINE
)
_CANCELLED = re.compile(
    rb"CANCELLED AT (?!.*DUE TO)|Bypassing signal SIG(?:TERM|INT)|^KeyboardInterrupt", re.MULTILINE
)
_START = re.compile(rb"submitit INFO \((\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d).*?hostname=([\w.-]+)")
_MOST_TASKS = 8  # tasks of a job that are looked at
_HEAD = 4096  # bytes
_WORST_FIRST = ("failed", "running", "initialising", UNKNOWN_STATUS, "completed")


class Submitit:
    """The layout of submitit's folders with one job."""

    name = "submitit"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has a job's pickles or logs, and no logs of several jobs."""
        names = [name for name in entries.files if name[:1].isdecimal()]
        if not any(map(_NAME.fullmatch, names)):
            return False
        return len({task.job for name in names if (task := task_of_log(name))}) <= 1

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the job ended, by its worst task."""
        jobs = {parts[1] for name in entries.files if (parts := _NAME.fullmatch(name))}
        if not jobs:
            return {"status": UNKNOWN_STATUS}
        logged = {task.job for name in entries.files if (task := task_of_log(name))}
        found = job_metadata(run_dir, max(logged or jobs, key=_numbers))
        if len(jobs) > 1 and not logged:
            found["description"] = f"{len(jobs)} jobs"  # of which none has begun
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return nothing: a job's arguments are pickled."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the pickles and the logs."""
        return list(filter(_NAME.fullmatch, entries.files))

    def is_part(self, folder: str) -> bool:
        """Return False: a job may write runs beside its logs."""
        return False


class SubmititLog(FileLayout):
    """The layout of a job of several in a folder: its path is that of its log."""

    name = Submitit.name

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the job ended, by its worst task."""
        folder, name = os.path.split(run_dir)
        task = task_of_log(name)
        return {"status": UNKNOWN_STATUS} if task is None else job_metadata(folder, task.job)

    def evidence(self, entries: Entries) -> None:
        """Return None: the files of its tasks lie beside it."""
        return


def job_metadata(folder: str, job: str) -> dict[str, Any]:
    """Return the metadata of a job, by its worst task.

    Args:
        folder: Where its pickles and logs lie.
        job: Its id.
    """
    tasks = [f"{job}_{number}" for number in range(_MOST_TASKS)]
    ends = [end for task in _that_began(folder, tasks) if (end := _end_of_task(folder, task))]
    found = min(ends, key=lambda end: _WORST_FIRST.index(end["status"]), default=None)
    found = {"status": RunStatus.INITIALISING.value} if found is None else dict(found)  # only submitted
    begun = [end["started_at"] for end in ends if end.get("started_at")]
    if begun:
        found["started_at"] = found["created_at"] = min(begun)
    elif (written := first_written(folder, (f"{job}_submitted.pkl",))) is not None:
        found["created_at"] = iso_time(written)
    if _SLURM_ID.fullmatch(job) or os.path.exists(os.path.join(folder, f"{job}_submission.sh")):
        found["slurm_job_id"] = job
    return {key: value for key, value in found.items() if value is not None}


def _that_began(folder: str, tasks: Iterable[str]) -> Iterable[str]:
    """Yield the tasks of a job of which a file is there: they are numbered from 0."""
    for task in tasks:
        endings = ("log.out", "log.err", "result.pkl")
        if not any(os.path.exists(os.path.join(folder, f"{task}_{ending}")) for ending in endings):
            return
        yield task


def _numbers(job: str) -> list[int]:
    return [int(part) for part in job.split("_")]


def _end_of_task(folder: str, task: str) -> dict[str, Any]:
    out, err = f"{task}_log.out", f"{task}_log.err"
    found: dict[str, Any] = {}
    if start := _START.search(_head(os.path.join(folder, out))):
        digits = b"".join(start.groups()[:6]).decode()
        found = {"started_at": local_time(digits), "hostname": start[7].decode()}
    found |= result_metadata(os.path.join(folder, f"{task}_result.pkl")) or _end_by_logs(folder, (err, out))
    if found.get("completed_at") and (stamp := last_stamp(os.path.join(folder, out))):
        found["completed_at"] = stamp
    return found


def _end_by_logs(folder: str, logs: Iterable[str]) -> dict[str, Any]:
    """Return how a task ended by its logs, of which the worst counts."""
    worst: dict[str, Any] = {"status": UNKNOWN_STATUS}
    for log in logs:
        path = os.path.join(folder, log)
        tail = read_tail(path, TAIL)
        if not tail:
            continue
        try:
            end = log_end(path, _DONE, _FAILED)
        except OSError:
            continue
        ended = None if end.ended is None or end.status == UNKNOWN_STATUS else iso_time(end.ended)
        if end.status != RunStatus.COMPLETED and _CANCELLED.search(tail):
            failed = {"status": RunStatus.FAILED.value, "reason": "cancelled by a signal"}
            return failed | {DERIVED_KEY: log, "completed_at": ended}
        if (
            DERIVED_KEY not in worst
            or _WORST_FIRST.index(end.status) < _WORST_FIRST.index(worst["status"])
            or (end.status == RunStatus.COMPLETED and worst["status"] == UNKNOWN_STATUS)
        ):
            worst = {"status": end.status, DERIVED_KEY: log, "completed_at": ended}
    return worst


def _head(path: str) -> bytes:
    try:
        with open_regular(path, follow_link=True) as file:
            return os.pread(file.descriptor, _HEAD, 0)
    except OSError:
        return b""
