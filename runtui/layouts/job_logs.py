"""Names of logs of a scheduler's jobs that lie in one directory, where each is a run.

Sources: sbatch(1) for ``slurm-%j.out``, ``slurm-%A_%a.out`` and ``%x-%j.out``; qsub(1) for ``NAME.oID``, with
``.TASK`` after it for a task of Grid Engine and ``-TASK`` for one of PBS; submitit/core/utils.py for
``JOB_TASK_log.out``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_LEAST = 2  # logs in a directory, of which each is a run; a single one belongs to the directory
_SLURM = re.compile(r"(?:slurm|[A-Za-z][\w.+=]*)-(\d{1,10})(?:_(\d{1,9}))?\.out", re.ASCII)
_SHORTEST_ID = 4  # digits of a job's id after a name other than slurm, which may be followed by a year
_QSUB = re.compile(r".+\.o(\d{1,10})(?:[.-](\d{1,9}))?", re.ASCII)
_SUBMITIT = re.compile(r"(\d{1,20}(?:_\d{1,9})?)_(\d{1,9})_log\.out", re.ASCII)


class JobTask(NamedTuple):
    """A task of a job of submitit's: the job's id, and the number of the task."""

    job: str
    number: int


def job_logs(names: Iterable[str]) -> list[str]:
    """Return the files that are logs of a scheduler's jobs, if there are several; sorted.

    Of a job of submitit's, whose tasks have a log each, only the first one's is among them.
    """
    found: list[str] = []
    first_tasks: dict[str, tuple[int, str]] = {}
    for name in names:
        if job_of_log(name) is not None:
            found.append(name)
        elif (task := task_of_log(name)) is not None:
            log = (task.number, name)
            first_tasks[task.job] = min(log, first_tasks.get(task.job, log))
    found += [name for _number, name in first_tasks.values()]
    return sorted(found) if len(found) >= _LEAST else []


def is_job_log(name: str) -> bool:
    """Return whether a file is called like the log of a scheduler's job."""
    return job_of_log(name) is not None or task_of_log(name) is not None


def task_of_log(name: str) -> JobTask | None:
    """Return the job and the task whose output a file of submitit's is; None for other files."""
    task = _SUBMITIT.fullmatch(name)
    return None if task is None else JobTask(task[1], int(task[2]))


def job_of_log(name: str) -> tuple[str, str] | None:
    """Return the key for a job's id, and the id, of a log; None for other files."""
    slurm = _SLURM.fullmatch(name)
    if slurm is not None and (name.startswith("slurm-") or len(slurm[1]) >= _SHORTEST_ID):
        return "slurm_job_id", slurm[1] if slurm[2] is None else f"{slurm[1]}_{slurm[2]}"
    qsub = _QSUB.fullmatch(name)
    if qsub is not None:
        return "job_id", qsub[1] if qsub[2] is None else f"{qsub[1]}.{qsub[2]}"
    return None
