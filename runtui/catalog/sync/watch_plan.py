"""The watch plan: decided from the runs, the file system and the limits.

Watching every run directory costs four inotify watches a run and fails at the system's limit; polling all
costs a core. Few things change: the directory itself, the live runs, the run on screen. Those are watched;
all others are looked at in turn, slowly, within a budget.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from runtui.catalog.sync.filesystem import FileSystem
from runtui.text.sanitize import is_utf8


class WatchBudget(NamedTuple):
    """Limits to the cost of watching.

    Attributes:
        watches: The greatest number of run directories watched by events (of the 8,192 inotify watches
            that a user has on a small system, with others in need of them too).
        sweep_rate: Looks a second at runs that are not watched.
        poll_interval: Seconds between two looks at a live run where there are no events.
        list_interval: Seconds between two listings of the directory where there are no events.
        safety_interval: The same where there are events, in case one is lost.
        in_flight: The greatest number of runs read at once where the file system is slow to answer.
    """

    watches: int = 400
    sweep_rate: float = 13.0
    poll_interval: float = 2.0
    list_interval: float = 5.0
    safety_interval: float = 30.0
    in_flight: int = 8


class WatchPlan(NamedTuple):
    """A plan of the directories to watch, and how.

    Attributes:
        by_events: Whether the directory and the run on screen are watched by events.
        watched: Names of runs whose directories are watched by events.
        polled: Names of runs looked at every `poll_interval`.
        poll_interval: Seconds between two looks at those.
        list_interval: Seconds between two listings of the directory.
        swept: How many runs are looked at in turn.
        sweep_interval: Seconds in which each of those has had its turn.
    """

    by_events: bool
    watched: tuple[str, ...]
    polled: tuple[str, ...]
    poll_interval: float
    list_interval: float
    swept: int
    sweep_interval: float


def can_be_watched(path: str) -> bool:
    """Return whether `path` can raise events: the watching library accepts only names in UTF-8."""
    return is_utf8(path)


def plan_watches(
    live: Sequence[str],
    total: int,
    file_system: FileSystem,
    limits: WatchBudget,
    *,
    silent: Container[str] = (),
    events_failed: bool = False,
) -> WatchPlan:
    """Return the watch plan.

    Args:
        live: Names of the runs that something may be working on, the most important first.
        total: How many runs there are.
        file_system: Where they lie.
        limits: Limits to the cost of watching.
        silent: Those of whose changes nothing is heard, because they lie elsewhere.
        events_failed: Whether watching by events was tried and failed.
    """
    by_events = file_system.has_events and not events_failed
    audible = [name for name in live if can_be_watched(name) and name not in silent] if by_events else []
    watched = tuple(audible[: limits.watches])
    chosen = frozenset(watched)
    polled = tuple(name for name in live if name not in chosen)
    swept = max(0, total - len(watched) - len(polled))
    return WatchPlan(
        by_events,
        watched,
        polled,
        # However many are polled, they share the same budget; such a look opens the file, a sweep's does not.
        max(limits.poll_interval, 2 * len(polled) / limits.sweep_rate),
        limits.safety_interval if by_events else limits.list_interval,
        swept,
        max(limits.safety_interval, swept / limits.sweep_rate),
    )
