"""Registry of schedulers; a new one is a module with a `BatchSystem` and a row in `SYSTEMS`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.batch.base import BatchSystem


# Each is imported only when it is used: the import takes as long as a dozen short steps.


def _slurm() -> BatchSystem:
    from runtui.batch.slurm import Slurm

    return Slurm()


def _pbs() -> BatchSystem:
    from runtui.batch.pbs import Pbs

    return Pbs()


LOCAL = "local"
"""Name of this host, where commands and steps run without a scheduler."""

SYSTEMS: dict[str, Callable[[], BatchSystem]] = {"slurm": _slurm, "pbs": _pbs}
"""Factories of schedulers, by their name for ``--on`` and in pipelines."""


def places() -> tuple[str, ...]:
    """Return the names of all places to run commands and steps, this host first."""
    return (LOCAL, *SYSTEMS)


def systems_here() -> tuple[str, ...]:
    """Return the names of the schedulers whose commands are installed on this host."""
    return tuple(name for name, system in SYSTEMS.items() if shutil.which(system().program))
