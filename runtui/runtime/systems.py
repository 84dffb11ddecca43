"""The batch systems there are. Another is a module with a class as `BatchSystem` tells, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runtui.runtime.batch import BatchSystem
from runtui.runtime.pbs import Pbs
from runtui.runtime.slurm import Slurm

SYSTEMS: Mapping[str, Callable[[], BatchSystem]] = {Slurm.name: Slurm, Pbs.name: Pbs}
