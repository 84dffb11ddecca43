"""Names of logs of a scheduler's jobs that lie in one directory, where each is a run.

Sources: sbatch(1) for ``slurm-%j.out``, ``slurm-%A_%a.out`` and ``%x-%j.out``; qsub(1) for ``NAME.oID``, with
``.TASK`` after it for a task of Grid Engine and ``-TASK`` for one of PBS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LEAST = 2  # logs in a directory, of which each is a run; a single one belongs to the directory
_SLURM = re.compile(r"(?:slurm|[A-Za-z][\w.+=]*)-(\d{1,10})(?:_(\d{1,9}))?\.out", re.ASCII)
_SHORTEST_ID = 4  # digits of a job's id after a name other than slurm, which may be followed by a year
_QSUB = re.compile(r".+\.o(\d{1,10})(?:[.-](\d{1,9}))?", re.ASCII)


def job_logs(names: Iterable[str]) -> list[str]:
    """Return the files that are logs of a scheduler's jobs, if there are several; sorted."""
    found = sorted(name for name in names if is_job_log(name))
    return found if len(found) >= _LEAST else []


def is_job_log(name: str) -> bool:
    """Return whether a file is called like the log of a scheduler's job."""
    return job_of_log(name) is not None


def job_of_log(name: str) -> tuple[str, str] | None:
    """Return the key for a job's id, and the id, of a log; None for other files."""
    slurm = _SLURM.fullmatch(name)
    if slurm is not None and (name.startswith("slurm-") or len(slurm[1]) >= _SHORTEST_ID):
        return "slurm_job_id", slurm[1] if slurm[2] is None else f"{slurm[1]}_{slurm[2]}"
    qsub = _QSUB.fullmatch(name)
    if qsub is not None:
        return "job_id", qsub[1] if qsub[2] is None else f"{qsub[1]}.{qsub[2]}"
    return None
