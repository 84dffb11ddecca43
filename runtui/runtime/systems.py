"""The batch systems there are. Another is a module with a class as `BatchSystem` tells, and a line here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping

from runtui.runtime.batch import BatchSystem
from runtui.runtime.pbs import Pbs
from runtui.runtime.slurm import Slurm

SYSTEMS: Mapping[str, Callable[[], BatchSystem]] = {Slurm.name: Slurm, Pbs.name: Pbs}


def systems_here() -> tuple[str, ...]:
    """Return the names of the batch systems that take jobs from this host."""
    return tuple(name for name, system in SYSTEMS.items() if shutil.which(system().program))
