"""Batching of changes, which are published at most ten times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from runtui.catalog.catalog import CatalogUpdate, Health
from runtui.store.record import RunRecord

_INTERVAL = 0.1  # seconds
_MOST_AT_ONCE = 4_096  # runs


class UpdateBatcher:
    """Batch of the changes to the runs of one directory. Belongs to one thread.

    Args:
        publish: Called with the changes.

    Attributes:
        health: How complete and current the catalog is.
        current: The name that ``current`` points to, or None.
    """

    def __init__(self, publish: Callable[[CatalogUpdate], None]) -> None:
        self.health = Health()
        self.current: str | None = None
        self._publish = publish
        self._changed: dict[str, RunRecord] = {}
        self._removed: set[str] = set()
        self._touched: set[str] = set()
        self._published: tuple[Health, str | None] | None = None
        self._next = 0.0

    def __len__(self) -> int:
        """Return the number of runs with unpublished changes."""
        return len(self._changed)

    def put(self, run: RunRecord) -> None:
        """Add a run that is new or different."""
        self._changed[run.name] = run
        self._removed.discard(run.name)

    def put_all(self, runs: Iterable[RunRecord]) -> None:
        """Add runs that are new."""
        by_name = {run.name: run for run in runs}
        self._changed.update(by_name)
        self._removed.difference_update(by_name)

    def remove(self, name: str) -> None:
        """Add the removal of a run."""
        self._changed.pop(name, None)
        self._removed.add(name)

    def touch(self, *parts: str) -> None:
        """Add changed parts of the run on screen."""
        self._touched.update(parts)

    def forget_touched(self) -> None:
        """Forget the changed parts of the run on screen, because another run is on screen now."""
        self._touched.clear()

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed since the last update."""
        return time.monotonic() >= self._next

    def wake(self) -> float | None:
        """Return when an update is due, by the monotonic clock; None if there is none."""
        return self._next if self._has_news() else None

    def hold(self, seconds: float = _INTERVAL) -> None:
        """Hold updates back for `seconds`."""
        self._next = time.monotonic() + seconds

    def _has_news(self) -> bool:
        return bool(
            self._changed or self._removed or self._touched or (self.health, self.current) != self._published
        )

    def flush(self, *, now: bool = False) -> None:
        """Publish the changes, if they are due or `now` is set."""
        if not self._has_news() or not (now or self.is_due):
            return
        changed, removed, touched = self._changed, tuple(self._removed), frozenset(self._touched)
        self._changed, self._removed, self._touched = {}, set(), set()
        before = self.health if self._published is None else self._published[0]
        self._published = self.health, self.current
        left = len(changed)
        for part in _in_parts(changed, _MOST_AT_ONCE):
            left -= len(part)
            # The catalog is as complete as `health` says only with the last part.
            health = before if left else self.health
            self._publish(CatalogUpdate(part, removed, health, self.current, touched))
            removed, touched = (), frozenset()
        self.hold()


def _in_parts(runs: dict[str, RunRecord], most: int) -> Iterator[dict[str, RunRecord]]:
    """Yield at least one part; each has at most `most` runs."""
    if len(runs) <= most:
        yield runs
        return
    rest = iter(runs.items())
    while part := dict(islice(rest, most)):
        yield part
