"""The environment that a run was made in: the facts needed to repeat it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from runtui.store.scheduler_jobs import job_variables

_TOLD_VARIABLES = (
    "CONDA_DEFAULT_ENV",
    "CUDA_VISIBLE_DEVICES",
    "LOADEDMODULES",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "SLURM_CPUS_PER_TASK",
    "SLURM_JOB_NODELIST",
    "SLURM_JOB_PARTITION",
    "SLURM_NTASKS",
    "VIRTUAL_ENV",
)
"""The only variables recorded, beside those of a scheduler's job: an environment holds passwords and tokens,
and others read the run."""

_LONGEST = 1000  # characters


def environment_facts(environment: Mapping[str, str]) -> dict[str, str | int]:
    """Return facts about this host and the environment, for a run's metadata.

    Args:
        environment: The environment that a command is given.
    """
    uname = os.uname()
    found: dict[str, str | int] = {
        "system": f"{uname.sysname} {uname.release} {uname.machine}",
        "cpus": _usable_cpus(),
    }
    if memory := _memory():
        found["memory"] = memory
    for name in (*_TOLD_VARIABLES, *job_variables(environment)):
        if value := environment.get(name):
            found[name] = as_text(value)[:_LONGEST]
    return found


def as_text(value: str) -> str:
    """Return an argument, a path or a variable as text that every JSON reader accepts."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int | None:
    """Return the host's memory in bytes, where the system reports it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
