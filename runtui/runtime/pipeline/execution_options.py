"""Options for executing a pipeline, and their place in the record of a run."""

from __future__ import annotations

import os
from typing import NamedTuple

from runtui.batch.intervals import INTERVAL
from runtui.batch.registry import places
from runtui.runtime.pipeline.plan import Mode

OPTIONS_KEY = "executed"
"""Key of the options in metadata and in the record of the pipeline."""

_OPTION_NAMES = ("mode", "workers", "on")
_MOST_WORKERS = 1024  # workers
_MOST_AT_ONCE = 4  # steps


class ExecutionOptions(NamedTuple):
    """Options for executing a pipeline.

    Attributes:
        mode: Where functions run, whatever the steps say; None for what they say.
        workers: How many steps run at once; None for what the pipeline says.
        on: The compute framework of all steps; None for what they say.
        interval: Seconds between two questions to a scheduler.
        again: Names of steps that are done again although they are up to date; those that need them follow.
        is_forced: Whether all steps are done again.
    """

    mode: Mode | None = None
    workers: int | None = None
    on: str | None = None
    interval: float = INTERVAL
    again: tuple[str, ...] = ()
    is_forced: bool = False


def options_as_json(options: ExecutionOptions) -> dict[str, object]:
    """Return the options that were chosen, for a record."""
    return {part: value for part in _OPTION_NAMES if (value := getattr(options, part)) is not None}


def options_from_json(told: object) -> ExecutionOptions:
    """Return the options that a pipeline was executed with, from its record."""
    if not isinstance(told, dict):
        return ExecutionOptions()
    mode, workers, on = (told.get(key) for key in _OPTION_NAMES)
    return ExecutionOptions(
        Mode(mode) if mode in tuple(Mode) else None,
        workers if isinstance(workers, int) and 0 < workers <= _MOST_WORKERS else None,
        on if on in places() else None,
    )


def default_workers() -> int:
    """Return the default number of steps at once: no more than a login node bears."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cpus, _MOST_AT_ONCE)
