"""What a simulation is to the driver: a state that steps forward, is observed, saved and restored.

Nothing in a model knows where its rows, its log and its checkpoints go.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Protocol, Self

Row = dict[str, int | float]
"""One line of results: the quantities' names and values, always the same names in the same order."""

Params = Mapping[str, Any]
"""A model's parameters as a user writes them: plain JSON values."""

State = dict[str, Any]
"""A model's whole state as plain JSON values, the random number generator included."""


class Model(Protocol):
    """A simulation. The same parameters and seed give the same rows, through a checkpoint or not."""

    steps_done: int

    @classmethod
    def start(cls, params: Params) -> Self:
        """Return the model in its initial state.

        Raises:
            KeyError: A parameter is missing.
            TypeError, ValueError: A parameter is not of its kind.
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
        """Return the state; it shares nothing with the model."""
        ...

    def step(self) -> None:
        """Advance by one step of the model's time."""
        ...

    def observe(self) -> Row:
        """Return the present row of results."""
        ...

    def progress(self) -> str:
        """Return the present state in a few words for a log."""
        ...

    def summary(self) -> Row:
        """Return the metrics of the whole simulation so far."""
        ...

    def frame(self) -> str:
        """Return the present state in full, as text lines for a trajectory file."""
        ...


def random_to_json(generator: random.Random) -> list[Any]:
    """Return a generator's state as plain JSON values."""
    version, numbers, next_gauss = generator.getstate()
    return [version, list(numbers), next_gauss]


def random_from_json(state: list[Any]) -> random.Random:
    """Return the generator whose state `random_to_json` returned.

    Raises:
        TypeError, ValueError: It is no such state.
    """
    version, numbers, next_gauss = state
    generator = random.Random()
    generator.setstate((version, tuple(numbers), next_gauss))
    return generator
