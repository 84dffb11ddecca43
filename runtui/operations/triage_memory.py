"""The user's memory of failed runs: which ones were dismissed, and which ones were acted upon.

It is personal: saved in the user's state directory, a file for each runs directory.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.lock import lock_beside
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import state_path, write_private

K = TypeVar("K")
V = TypeVar("V")

_LARGEST_FILE = 16 * 1024 * 1024  # bytes
_MOST_REMEMBERED = 50_000  # runs


class Dismissal(NamedTuple):
    """A failure that was dismissed.

    Attributes:
        failed: When the run failed, in seconds since the epoch; a later failure is open again.
        at: When it was dismissed; 0 if that is not known.
    """

    failed: float
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """A user's memory of the failures in one runs directory.

    Attributes:
        dismissed: The dismissals of runs, by name.
        handled: For each run that the user acted upon, such as by a tag, when it failed.
    """

    dismissed: Mapping[str, Dismissal] = field(default_factory=dict)
    handled: Mapping[str, float] = field(default_factory=dict)


class Changes(NamedTuple):
    """Changes of a memory.

    Attributes:
        dismissed: The dismissals to add, by the names of runs.
        reopened: The runs whose dismissals to remove.
        handled: The runs that were acted upon, each with when it failed.
        unhandled: The runs of which that is to be forgotten.
    """

    dismissed: Mapping[str, Dismissal] = {}
    reopened: Iterable[str] = ()
    handled: Mapping[str, float] = {}
    unhandled: Iterable[str] = ()


def triage_path(base: str) -> str | None:
    """Return the path of a user's memory for the runs directory `base`, or None without a home.

    Reads the disk to resolve links, so that a directory has the same memory by any path.
    """
    return state_path("triage", base)


def read_memory(path: str) -> Memory:
    """Return the memory in the file at `path`; an empty one if it cannot be read."""
    try:
        data, _stamp = read_file(path, _LARGEST_FILE)
        found = parse_object(data, name="triage")
    except (MetadataError, OSError):
        return Memory()
    earlier = {name: Dismissal(at) for name, at in _moments(found.get("settled")).items()}
    dismissed = found.get("dismissed")
    if isinstance(dismissed, dict):
        earlier |= {name: one for name, value in dismissed.items() if (one := _dismissal(value)) is not None}
    return Memory(earlier, _moments(found.get("handled")))


def recalled(base: str) -> Memory:
    """Return the memory for the runs directory `base`; an empty one if it cannot be read."""
    path = triage_path(base)
    return Memory() if path is None else read_memory(path)


def remember(base: str, changes: Changes) -> None:
    """Change the memory for the runs directory `base`, if there is a home.

    What another browser has written there meanwhile is kept.

    Raises:
        OSError: It cannot be written.
    """
    path = triage_path(base)
    if path is None:
        return
    with lock_beside(path):
        before = read_memory(path)
        dismissed = changed(before.dismissed, changes.dismissed, changes.reopened)
        handled = changed(before.handled, changes.handled, changes.unhandled)
        # Forget the runs that failed first.
        newest = sorted(dismissed.items(), key=lambda one: one[1].failed)[-_MOST_REMEMBERED:]
        latest = sorted(handled.items(), key=lambda one: one[1])[-_MOST_REMEMBERED:]
        text = json.dumps({"dismissed": dict(newest), "handled": dict(latest)})
        write_private(path, text.encode())


def changed(before: Mapping[K, V], added: Mapping[K, V], removed: Iterable[K]) -> dict[K, V]:
    """Return a mapping without some keys, and with other values."""
    gone = frozenset(removed)
    return {key: value for key, value in before.items() if key not in gone} | dict(added)


def _dismissal(value: object) -> Dismissal | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    failed, at = map(_moment, value)
    return None if failed is None or at is None else Dismissal(failed, at)


def _moments(values: object) -> dict[str, float]:
    if not isinstance(values, dict):
        return {}
    return {name: at for name, value in values.items() if (at := _moment(value)) is not None}


def _moment(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
