"""Round-robin over names, in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice


class RoundRobin:
    """Round-robin over names. After a round, there are no names until its time is up."""

    def __init__(self) -> None:
        self._rest: Iterator[str] = iter(())
        self._next = 0.0

    def take(self, most: int, names: Callable[[], Iterable[str]], seconds: float) -> Iterator[str]:
        """Yield the next names.

        Args:
            most: How many to yield at most.
            names: Returns the names of a new round.
            seconds: The least time for a round.
        """
        taken = 0
        for name in islice(self._rest, most):
            taken += 1
            yield name
        if taken < most and time.monotonic() >= self._next:
            self._next = time.monotonic() + seconds
            self._rest = iter(list(names()))
