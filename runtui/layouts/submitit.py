"""Folders of submitit, each with the pickles and logs of one job or several, which are one run.

Source: submitit/core/utils.py (``JobPaths``) and submitit/core/submission.py. Pickles are never unpickled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.evidence import TAIL, first_written, iso_time, log_end, read_tail
from runtui.layouts.log_evidence import local_time
from runtui.layouts.pickled_result import result_metadata
from runtui.store.regular_file import open_regular
from runtui.store.status import UNKNOWN_STATUS, RunStatus

FOLDER = ".submitit"
"""The folder of Hydra's launcher for submitit."""

SLURM_ID = re.compile(r"\d+_\d+")
"""A task of an array, as only a scheduler has them."""

_NAME = re.compile(r"(\d+(?:_\d+)?)_(?:submitted\.pkl|submission\.sh|(\d+)_(?:result\.pkl|log\.(?:out|err)))")
_DONE = re.compile(rb"Job completed successfully|Exiting after successful completion")
_FAILED = re.compile(
    rb"Submitted job triggered an exception|CANCELLED AT|DUE TO TIME LIMIT|^KeyboardInterrupt", re.MULTILINE
)
_CANCELLED = re.compile(
    rb"CANCELLED AT (?!.*DUE TO)|Bypassing signal SIG(?:TERM|INT)|^KeyboardInterrupt", re.MULTILINE
)
_START = re.compile(rb"submitit INFO \((\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d).*?hostname=([\w.-]+)")
_MOST_JOBS = 50  # jobs of a folder that are looked at
_MOST_TASKS = 8  # tasks of a job that are looked at
_HEAD = 4096  # bytes
_WORST_FIRST = ("failed", "running", "initialising", UNKNOWN_STATUS, "completed")


class Submitit:
    """The layout of submitit's folders."""

    name = "submitit"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has a job's pickles or logs."""
        return any(name[:1].isdecimal() and _NAME.fullmatch(name) for name in entries.files)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the jobs ended, the worst of them first; of several, how many there are."""
        tasks: dict[str, set[str]] = {}
        for name in entries.files:
            if parts := _NAME.fullmatch(name):
                tasks.setdefault(parts[1], set()).update([parts[2]] if parts[2] else [])
        if not tasks:
            return {"status": UNKNOWN_STATUS}
        jobs = sorted(tasks, key=_numbers, reverse=True)[:_MOST_JOBS]
        ends = {job: _end_of_job(run_dir, job, tasks[job], entries) for job in jobs}
        worst = min(jobs, key=lambda job: _WORST_FIRST.index(ends[job]["status"]))
        found = dict(ends[worst])
        if len(jobs) > 1:
            found["description"] = f"{len(tasks)} jobs"
            if "reason" in found:
                found["reason"] = f"job {worst}: {found['reason']}"
        completed = [end["completed_at"] for end in ends.values() if end.get("completed_at")]
        if completed and found["status"] != RunStatus.RUNNING:
            found["completed_at"] = max(completed)
        begun = [end["started_at"] for end in ends.values() if end.get("started_at")]
        pickles = first_written(run_dir, entries.files & {f"{job}_submitted.pkl" for job in jobs})
        if begun:
            found["started_at"] = min(begun)
        found["created_at"] = min(begun, default=None) or (None if pickles is None else iso_time(pickles))
        if f"{jobs[0]}_submission.sh" in entries.files or SLURM_ID.fullmatch(jobs[0]):
            found["slurm_job_id"] = jobs[0]
        return {key: value for key, value in found.items() if value is not None}

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return nothing: a job's arguments are pickled."""
        return {}

    def evidence(self, entries: Entries) -> None:
        """Return None: a folder may have files of many jobs."""
        return

    def is_part(self, folder: str) -> bool:
        """Return False: a job may write runs beside its logs."""
        return False


def _numbers(job: str) -> list[int]:
    return [int(part) for part in job.split("_")]


def _end_of_job(run_dir: str, job: str, tasks: set[str], entries: Entries) -> dict[str, Any]:
    """Return the metadata of a job, by its worst task."""
    ends = [_end_of_task(run_dir, f"{job}_{task}", entries) for task in sorted(tasks, key=int)[:_MOST_TASKS]]
    if not ends:
        return {"status": RunStatus.INITIALISING.value}  # only submitted
    return min(ends, key=lambda end: _WORST_FIRST.index(end["status"]))


def _end_of_task(run_dir: str, task: str, entries: Entries) -> dict[str, Any]:
    out, err = f"{task}_log.out", f"{task}_log.err"
    found: dict[str, Any] = {}
    if out in entries.files and (start := _START.search(_head(os.path.join(run_dir, out)))):
        digits = b"".join(start.groups()[:6]).decode()
        found = {"started_at": local_time(digits), "hostname": start[7].decode()}
    if f"{task}_result.pkl" in entries.files and (
        result := result_metadata(os.path.join(run_dir, f"{task}_result.pkl"))
    ):
        return found | result
    worst: dict[str, Any] = {"status": UNKNOWN_STATUS}
    for log in (err, out):
        if log not in entries.files:
            continue
        path = os.path.join(run_dir, log)
        tail = read_tail(path, TAIL)
        if not tail:
            continue
        try:
            end = log_end(path, _DONE, _FAILED)
        except OSError:
            continue
        if _WORST_FIRST.index(end.status) < _WORST_FIRST.index(worst["status"]) or (
            end.status == RunStatus.COMPLETED and worst["status"] == UNKNOWN_STATUS
        ):
            worst = {"status": end.status, DERIVED_KEY: log}
            if end.ended is not None:
                worst["completed_at"] = iso_time(end.ended)
        if end.status != RunStatus.COMPLETED and _CANCELLED.search(tail):
            worst |= {"status": RunStatus.FAILED.value, "reason": "cancelled by a signal", DERIVED_KEY: log}
            if end.ended is not None:
                worst["completed_at"] = iso_time(end.ended)
            break
    return found | worst


def _head(path: str) -> bytes:
    try:
        with open_regular(path, follow_link=True) as file:
            return os.pread(file.descriptor, _HEAD, 0)
    except OSError:
        return b""
