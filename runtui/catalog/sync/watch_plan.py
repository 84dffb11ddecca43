"""The watch plan, a function of the runs, the file system and the limits.

Watching every run directory takes four inotify watches a run and fails at the system's limit; polling all of
them takes a core. Few things change: the directory itself, the live runs, and the run on screen. Those are
watched; all others are checked in turn, slowly, within a budget.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from runtui.catalog.sync.filesystem import FileSystem
from runtui.text.sanitize import is_utf8


class WatchBudget(NamedTuple):
    """Limits to the cost of watching.

    Attributes:
        watches: The greatest number of run directories watched by events. On a small system, a user has 8,192
            inotify watches, which other programs need, too.
        sweep_rate: Checks a second of runs that are not watched.
        poll_interval: Seconds between two checks of a live run if there are no events.
        list_interval: Seconds between two listings of the directory if there are no events.
        safety_interval: Seconds between two listings if there are events, in case one is lost.
        in_flight: The greatest number of runs read at once on a slow file system.
    """

    watches: int = 400
    sweep_rate: float = 13.0
    poll_interval: float = 2.0
    list_interval: float = 5.0
    safety_interval: float = 30.0
    in_flight: int = 8


class WatchPlan(NamedTuple):
    """A plan of which directories to watch, and how.

    Attributes:
        by_events: Whether the directory and the run on screen are watched by events.
        watched: Names of runs whose directories are watched by events.
        polled: Names of runs checked every `poll_interval`.
        poll_interval: Seconds between two checks of those.
        list_interval: Seconds between two listings of the directory.
        swept: How many runs are checked in turn.
        sweep_interval: Seconds in which each of those is checked once.
    """

    by_events: bool
    watched: tuple[str, ...]
    polled: tuple[str, ...]
    poll_interval: float
    list_interval: float
    swept: int
    sweep_interval: float


def can_be_watched(path: str) -> bool:
    """Return whether `path` can be watched by events, as watchfiles accepts only names in UTF-8."""
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
        live: Names of the runs that may be live, the most important first.
        total: How many runs there are.
        file_system: The file system of the directory.
        limits: Limits to the cost of watching.
        silent: Runs that raise no events, because they are links to other file systems.
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
        # All polled runs share the same budget. A poll opens the file; a sweep does not.
        max(limits.poll_interval, 2 * len(polled) / limits.sweep_rate),
        limits.safety_interval if by_events else limits.list_interval,
        swept,
        max(limits.safety_interval, swept / limits.sweep_rate),
    )
