"""Names of logs of a scheduler's jobs that lie in one directory, where each is a run.

Sources: sbatch(1) for ``slurm-%j.out``, ``slurm-%A_%a.out`` and what users make of ``--output``, such as
``%x-%j.out``, ``logs/%x_%A_%a.out``, ``%j.log``; qsub(1) for ``NAME.oID``, with ``.TASK`` after it for a task
of Grid Engine and ``-TASK`` for one of PBS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from runtui.logs.read.log_files import COMPRESSED

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
    for name in sorted(names, key=lambda name: (not name.partition(".")[2].startswith("o"), name)):
        if (job := job_of_log(name)) is not None:
            of_jobs.setdefault(job[:2], name)
    return sorted(of_jobs.values()) if len(of_jobs) >= _LEAST else []


def is_job_log(name: str) -> bool:
    """Return whether a file is called like the log of a scheduler's job."""
    return job_of_log(name) is not None


def job_of_log(name: str) -> JobOfLog | None:
    """Return the job whose output a file holds, by its name; None for other files."""
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    qsub = _QSUB.fullmatch(name)
    if qsub is not None:
        return JobOfLog("job_id", qsub[2] if qsub[3] is None else f"{qsub[2]}.{qsub[3]}", qsub[1])
    slurm = _SLURM.fullmatch(name) or _DASHED.fullmatch(name)
    if slurm is None:
        slurm = _NAMED.fullmatch(name)
        if slurm is not None and slurm[2].endswith(_ROUND):
            return None
    if slurm is None or (_DATE.fullmatch(slurm[2]) and not name.startswith("slurm")):
        return None
    job = slurm[2] if slurm[3] is None else f"{slurm[2]}_{slurm[3]}"
    return JobOfLog("slurm_job_id", job, slurm[1] or "")
