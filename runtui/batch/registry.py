"""The batch systems there are. Another is a module with a class as `BatchSystem` tells, and lines here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.batch.base import BatchSystem


# Each is loaded by those alone who have to do with it: that takes as long as to run a dozen short steps.


def _slurm() -> BatchSystem:
    from runtui.batch.slurm import Slurm

    return Slurm()


def _pbs() -> BatchSystem:
    from runtui.batch.pbs import Pbs

    return Pbs()


SYSTEMS: Mapping[str, Callable[[], BatchSystem]] = {"slurm": _slurm, "pbs": _pbs}


def systems_here() -> tuple[str, ...]:
    """Return the names of the batch systems that take jobs from this host."""
    import shutil

    return tuple(name for name, system in SYSTEMS.items() if shutil.which(system().program))
