"""Protocol between a simulation and the driver: step, observe, save and restore.

A model does not know where its rows, its log and its checkpoints go.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Protocol, Self

Row = dict[str, int | float]
"""Row of results: values by name, always the same names in the same order."""

Params = Mapping[str, Any]
"""Parameters of a model as a user writes them: plain JSON values."""

State = dict[str, Any]
"""Complete state of a model as plain JSON values, including the random number generator."""


class Model(Protocol):
    """Simulation; the same parameters and seed give the same rows, with or without a checkpoint between."""

    steps_done: int

    @classmethod
    def start(cls, params: Params) -> Self:
        """Return the model in its initial state.

        Raises:
            KeyError: A parameter is missing.
            TypeError, ValueError: A parameter has the wrong type.
        """
        ...

    @classmethod
    def from_json(cls, params: Params, state: State) -> Self:
        """Return the model in the state that `state_to_json` returned.

        Raises:
            KeyError, TypeError, ValueError: As `start`, or the state is not of this model.
        """
        ...

    def state_to_json(self) -> State:
        """Return a copy of the state."""
        ...

    def step(self) -> None:
        """Advance by one step of the model's time."""
        ...

    def observe(self) -> Row:
        """Return the current row of results."""
        ...

    def progress(self) -> str:
        """Describe the current state in a few words for a log."""
        ...

    def summary(self) -> Row:
        """Return the metrics of the simulation so far."""
        ...

    def frame(self) -> str:
        """Return the current state as lines of a trajectory file."""
        ...


def random_to_json(generator: random.Random) -> list[Any]:
    """Return a generator's state as plain JSON values."""
    version, numbers, next_gauss = generator.getstate()
    return [version, list(numbers), next_gauss]


def random_from_json(state: list[Any]) -> random.Random:
    """Return the generator whose state `random_to_json` returned.

    Raises:
        TypeError, ValueError: The state is invalid.
    """
    version, numbers, next_gauss = state
    generator = random.Random()
    generator.setstate((version, tuple(numbers), next_gauss))
    return generator
