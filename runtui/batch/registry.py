"""The batch systems there are: another one is a module with a `BatchSystem`, and a row in `SYSTEMS`."""

from __future__ import annotations

from collections.abc import Callable
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


LOCAL = "local"
"""This host, where commands and steps run without a batch system."""

SYSTEMS: dict[str, Callable[[], BatchSystem]] = {"slurm": _slurm, "pbs": _pbs}
"""What makes each batch system, by the name that users give it in ``--on`` and in pipelines."""


def places() -> tuple[str, ...]:
    """Return the names of everything that commands and steps can run on, this host first."""
    return (LOCAL, *SYSTEMS)


def systems_here() -> tuple[str, ...]:
    """Return the names of the batch systems that take jobs from this host."""
    import shutil

    return tuple(name for name, system in SYSTEMS.items() if shutil.which(system().program))
