"""The context that a step's function receives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class StepContext(NamedTuple):
    """The context that a step's function receives.

    Attributes:
        name: The step.
        inputs: Results of the functions of the steps that it needs, by their names. Not to be changed:
            other steps may be given the same objects.
        run: The run's directory.
        attempt: 1, and one more each time that the step is begun anew.
    """

    name: str
    inputs: Mapping[str, object] = MappingProxyType({})
    run: Path = Path()
    attempt: int = 1

    @property
    def results(self) -> Path:
        """The run's folder for results."""
        return self.run / "results"

    @property
    def checkpoints(self) -> Path:
        """The run's folder for checkpoints."""
        return self.run / "checkpoints"

    @property
    def logs(self) -> Path:
        """The run's folder for logs."""
        return self.run / "logs"
