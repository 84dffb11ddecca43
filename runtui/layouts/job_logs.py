"""Names of logs of a scheduler's jobs that lie in one directory, where each is a run.

Sources: sbatch(1) for ``slurm-%j.out``, ``slurm-%A_%a.out`` and what users make of ``--output``, such as
``%x-%j.out``, ``logs/%x_%A_%a.out``, ``%j.log``; qsub(1) for ``NAME.oID``, with ``.TASK`` after it for a task
of Grid Engine and ``-TASK`` for one of PBS.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from runtui.logs.read.log_files import COMPRESSED
from runtui.logs.read.paired_logs import error_log_of

_LEAST = 2  # jobs in a directory, of which each is a run; a single one belongs to the directory
_SLURM = re.compile(
    r"slurm[-_.](?:([A-Za-z][\w.+=-]*?)[-_.])?(\d{1,10})(?:_(\d{1,9}))?\.(?:out|log|txt)", re.ASCII
)
_DASHED = re.compile(r"([A-Za-z][\w.+=-]*)-(\d{4,10})(?:_(\d{1,9}))?\.out", re.ASCII)
_NAMED = re.compile(
    r"(?:([A-Za-z](?:[\w.+=-]*?[A-Za-z])??(?=[-_.])|[A-Za-z][\w.+=-]*?(?=[-_]))[-_.])?"
    r"([1-9]\d{4,9})(?:_(\d{1,9}))?\.(?:out|log)",
    re.ASCII,
)
_PAIRED = re.compile(r"(?:([A-Za-z][\w.+=-]*?)[-_.])?([1-9]\d{0,9})(?:_(\d{1,9}))?\.out", re.ASCII)
"""With the errors beside it, a log is a job's, however short the number."""

_QSUB = re.compile(r"(.+)\.o(\d{1,10})(?:[.-](\d{1,9}))?", re.ASCII)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_ROUND = "000"  # what numbers of steps and sizes end with, of which a file's name tells as well


class JobOfLog(NamedTuple):
    """The job that a log's name tells of.

    Attributes:
        key: The key of the metadata for its id.
        job_id: Its id.
        name: Its name, or ``""``.
    """

    key: str
    job_id: str
    name: str


def job_logs(names: Iterable[str]) -> list[str]:
    """Return the logs of a scheduler's jobs, if they are of several; sorted, one for each job."""
    of_jobs: dict[tuple[str, str], str] = {}
    for name, job in jobs_of(names).items():
        of_jobs.setdefault(job[:2], name)
    return sorted(of_jobs.values()) if len(of_jobs) >= _LEAST else []


def jobs_of(names: Iterable[str]) -> dict[str, JobOfLog]:
    """Return the jobs of those of a directory's files that are logs of some; ``.out`` before ``.log``."""
    files = frozenset(names)
    found = {}
    for name in sorted(files, reverse=True):
        job = job_of_log(name)
        if job is None and error_log_of(name) in files:
            job = job_of_log(name, is_paired=True)
        if job is not None:
            found[name] = job
    return found


def is_job_log(name: str) -> bool:
    """Return whether a file is called like the log of a scheduler's job."""
    return job_of_log(name) is not None


def job_of_log_at(path: str) -> JobOfLog | None:
    """Return the job whose output a file holds, by its name and the errors beside it; None for others."""
    folder, name = os.path.split(path)
    job = job_of_log(name)
    if job is None and (paired := job_of_log(name, is_paired=True)) is not None:
        return paired if os.path.isfile(os.path.join(folder, error_log_of(name) or name)) else None
    return job


def job_of_log(name: str, *, is_paired: bool = False) -> JobOfLog | None:
    """Return the job whose output a file holds, by its name; None for other files.

    Args:
        name: The name.
        is_paired: Whether the log of the job's errors lies beside it.
    """
    if "." not in name:
        return None  # of most runs' directories that is quickly seen
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    qsub = _QSUB.fullmatch(name)
    if qsub is not None:
        return JobOfLog("job_id", qsub[2] if qsub[3] is None else f"{qsub[2]}.{qsub[3]}", qsub[1])
    slurm = _SLURM.fullmatch(name) or _DASHED.fullmatch(name)
    if slurm is None and is_paired:
        slurm = _PAIRED.fullmatch(name)
    elif slurm is None:
        slurm = _NAMED.fullmatch(name)
        if slurm is not None and slurm[2].endswith(_ROUND):
            return None
    if slurm is None or (not is_paired and _DATE.fullmatch(slurm[2]) and not name.startswith("slurm")):
        return None
    job = slurm[2] if slurm[3] is None else f"{slurm[2]}_{slurm[3]}"
    return JobOfLog("slurm_job_id", job, slurm[1] or "")
