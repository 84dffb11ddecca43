"""Names of logs of a scheduler's jobs that lie in one directory, where each is a run.

Sources: sbatch(1) for ``slurm-%j.out``, ``slurm-%A_%a.out`` and what users make of ``--output``, such as
``%x-%j.out``, ``logs/%x_%A_%a.out``, ``%j.log``; qsub(1) for ``NAME.oID``, with ``.TASK`` after it for a task
of Grid Engine and ``-TASK`` for one of PBS; submitit/core/utils.py for ``JOB_TASK_log.out``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from runtui.logs.read.log_files import COMPRESSED
from runtui.logs.read.paired_logs import error_log_of

_DIGIT = re.compile(r"\d", re.ASCII)
_LEAST = 2  # jobs in a directory, of which each is a run; a single one belongs to the directory
_FLAGS = re.ASCII | re.IGNORECASE
_CERTAIN = (
    re.compile(
        r"slurm[-_.](?:(?P<name>[A-Za-z][\w.+=-]*?)[-_.])?(?P<job>\d{1,10})(?:_(?P<task>\d{1,9}))?"
        r"(?:-[A-Za-z][\w.-]*)?\.(?:out|log|txt)",  # with the name of a node
        _FLAGS,
    ),
    re.compile(r"(?P<name>[A-Za-z][\w.+=-]*)-(?P<job>\d{4,10})(?:_(?P<task>\d{1,9}))?\.out", _FLAGS),
)
_LIKELY = (
    re.compile(
        r"(?:(?P<name>[A-Za-z](?:[\w.+=-]*?[A-Za-z])??(?=[-_.])|[A-Za-z][\w.+=-]*?(?=[-_]))[-_.])?"
        r"(?P<job>[1-9]\d{4,9})(?:_(?P<task>\d{1,9}))?\.(?:out|log)",
        _FLAGS,
    ),
    re.compile(
        r"(?P<job>[1-9]\d{4,9})(?:_(?P<task>\d{1,9}))?[-_.](?P<name>[A-Za-z][\w.+=-]*)\.(?:out|log)", _FLAGS
    ),
    re.compile(
        r"(?P<name>)(?:out|output|log|job|stdout)[-_.](?P<job>[1-9]\d{4,9})(?:_(?P<task>\d{1,9}))?\.txt",
        _FLAGS,
    ),
)
"""Names that count for an id that is neither a date nor a round number."""

_PAIRED = re.compile(
    r"(?:(?P<name>[A-Za-z][\w.+=-]*?)[-_.])?(?P<job>[1-9]\d{0,9})(?:_(?P<task>\d{1,9}))?\.out", re.ASCII
)
"""With the errors beside it, a log is a job's, however short the number."""

_QSUB = re.compile(r"(.+)\.o(\d{1,10})(?:[.-](\d{1,9}))?", re.ASCII)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_ROUND = "000"  # what numbers of steps and sizes end with, of which a file's name tells as well


_SUBMITIT = re.compile(r"(\d{1,20}(?:_\d{1,9})?)_(\d{1,9})_log\.out", re.ASCII)


class JobTask(NamedTuple):
    """A task of a job of submitit's: the job's id, and the number of the task."""

    job: str
    number: int


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
    """Return the logs of a scheduler's jobs, if they are of several; sorted, one for each job.

    Of a job of submitit's, whose tasks have a log each, that is the first one's.
    """
    files = frozenset(names)
    of_jobs: dict[tuple[str, str], str] = {}
    for name, job in jobs_of(files).items():
        of_jobs.setdefault(job[:2], name)
    first_tasks: dict[str, tuple[int, str]] = {}
    for name in files:
        if (task := task_of_log(name)) is not None:
            log = (task.number, name)
            first_tasks[task.job] = min(log, first_tasks.get(task.job, log))
    found = [*of_jobs.values(), *(name for _number, name in first_tasks.values())]
    return sorted(found) if len(found) >= _LEAST else []


def jobs_of(names: Iterable[str]) -> Mapping[str, JobOfLog]:
    """Return the jobs of those of a directory's files that are logs of some; ``.out`` before ``.log``."""
    return _jobs_of(frozenset(names))


@lru_cache(maxsize=1)  # several ask about the same directory
def _jobs_of(files: frozenset[str]) -> Mapping[str, JobOfLog]:
    found = {}
    for name in sorted(filter(_DIGIT.search, files), reverse=True):
        job = job_of_log(name)
        if job is None and error_log_of(name) in files:
            job = job_of_log(name, is_paired=True)
        if job is not None:
            found[name] = job
    return found


def is_job_log(path: str) -> bool:
    """Return whether a file is the log of a scheduler's job, by its name and the errors beside it."""
    return task_of_log(os.path.basename(path)) is not None or job_of_log_at(path) is not None


def task_of_log(name: str) -> JobTask | None:
    """Return the job and the task whose output a file of submitit's is; None for other files."""
    task = _SUBMITIT.fullmatch(name)
    return None if task is None else JobTask(task[1], int(task[2]))


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
    if "." not in name or not _DIGIT.search(name):
        return None  # of most files that is quickly seen
    if _SUBMITIT.fullmatch(name):
        return None
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    qsub = _QSUB.fullmatch(name)
    if qsub is not None:
        return JobOfLog("job_id", qsub[2] if qsub[3] is None else f"{qsub[2]}.{qsub[3]}", qsub[1])
    found = _match(_CERTAIN, name) or (_PAIRED.fullmatch(name) if is_paired else None)
    if found is None:
        found = _match(_LIKELY, name)
        if found is None or found["job"].endswith(_ROUND) or _DATE.fullmatch(found["job"]):
            return None
    elif not is_paired and _DATE.fullmatch(found["job"]) and not name.lower().startswith("slurm"):
        return None
    job = found["job"] if found["task"] is None else f"{found['job']}_{found['task']}"
    return JobOfLog("slurm_job_id", job, found["name"] or "")


def _match(patterns: Iterable[re.Pattern[str]], name: str) -> re.Match[str] | None:
    return next((found for pattern in patterns if (found := pattern.fullmatch(name)) is not None), None)
