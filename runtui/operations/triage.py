"""A user's triage of failed runs: which ones are dismissed, and which ones are new since the last visit.

Both are personal: they are saved in the user's state directory, a file for each runs directory. A run that
fails again after it was dismissed is open again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from runtui.catalog.grouping import REASON, GroupKey, group_key_of
from runtui.catalog.reasons import reason_cell, usual_reason
from runtui.catalog.run_key import RunKey
from runtui.store.errors import MetadataError
from runtui.store.failure import FailureKind
from runtui.store.json_object import parse_object
from runtui.store.lock import lock_beside
from runtui.store.record import RunRecord
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import state_path, write_private

_LARGEST_FILE = 16 * 1024 * 1024  # bytes
_MOST_SETTLED = 50_000  # runs
_MOST_COMPARED = 50  # runs of a group


def triage_path(base: str) -> str | None:
    """Return the path of a user's triage memory for the runs directory `base`, or None without a home.

    Reads the disk to resolve links, so that a directory has the same memory by any path.
    """
    return state_path("triage", base)


@dataclass(frozen=True, slots=True)
class Memory:
    """A user's triage memory for one runs directory.

    Attributes:
        looked: When the user last looked at the failures, in seconds since the epoch; 0 for never.
        settled: For each run that was dealt with, by name, when it failed.
    """

    looked: float = 0.0
    settled: Mapping[str, float] = field(default_factory=dict)


def read_memory(path: str) -> Memory:
    """Return the memory in the file at `path`; an empty one if it cannot be read."""
    try:
        data, _stamp = read_file(path, _LARGEST_FILE)
        found = parse_object(data, name="triage")
    except (MetadataError, OSError):
        return Memory()
    looked, settled = found.get("looked"), found.get("settled")
    return Memory(
        _moment(looked) or 0.0,
        {name: at for name, value in settled.items() if (at := _moment(value)) is not None}
        if isinstance(settled, dict)
        else {},
    )


def recalled(base: str) -> Memory:
    """Return the memory for the runs directory `base`; an empty one if it cannot be read."""
    path = triage_path(base)
    return Memory() if path is None else read_memory(path)


def remember_of(
    base: str, settled: Mapping[str, float], unsettled: Iterable[str] = (), looked: float = 0.0
) -> None:
    """Add to the memory for the runs directory `base`, as `remember` does, if there is a home.

    Raises:
        OSError: It cannot be written.
    """
    path = triage_path(base)
    if path is not None:
        remember(path, settled, unsettled, looked)


def remember(
    path: str, settled: Mapping[str, float], unsettled: Iterable[str] = (), looked: float = 0.0
) -> None:
    """Add to the memory in the file at `path`, keeping what another browser has written there meanwhile.

    Args:
        path: The file.
        settled: For each run that was dealt with, when it failed.
        unsettled: Runs that are open again.
        looked: When the user last looked; 0 for not now.

    Raises:
        OSError: It cannot be written.
    """
    with lock_beside(path):
        before = read_memory(path)
        known = dict(before.settled) | dict(settled)
        for name in unsettled:
            known.pop(name, None)
        # Forget the runs that failed first.
        newest = sorted(known.items(), key=lambda one: one[1])[-_MOST_SETTLED:]
        text = json.dumps({"looked": max(before.looked, looked), "settled": dict(newest)})
        write_private(path, text.encode())


def failed_at(run: RunRecord) -> float:
    """Return when a run failed, in seconds since the epoch, as precisely as known.

    The modification time of its metadata is of no use, because an edit changes it.
    """
    return run.completed or run.started or run.created or 0.0


class Triage:
    """One user's triage of the failures in one or several directories.

    Args:
        has_child: Returns whether a run, given by name, was resumed.
        root_of: Returns the runs directory that was opened for a run, given by name, and its path below.
    """

    def __init__(self, has_child: Callable[[str], bool], root_of: Callable[[str], RunKey]) -> None:
        self._has_child = has_child
        self._root_of = root_of
        self._settled: dict[RunKey, float] = {}
        self._looked: dict[str, float] = {}

    def recall(self, base: str, memory: Memory) -> None:
        """Load the memory of a runs directory."""
        self._looked[base] = memory.looked
        for name, at in memory.settled.items():
            self._settled.setdefault(RunKey(base, name), at)

    def is_open(self, run: RunRecord) -> bool:
        """Return whether a run's failure is open: the run was not resumed, changed or dismissed since.

        What a person cancelled, or a later attempt of the job does again, is no failure to be looked into.
        """
        if not run.is_failed or self._has_child(run.name) or _is_settled(run):
            return False
        settled = self._settled.get(self._root_of(run.name))
        return settled is None or failed_at(run) > settled

    def is_new(self, run: RunRecord) -> bool:
        """Return whether a run failed since the user's last visit."""
        return failed_at(run) > self._looked.get(self._root_of(run.name).base, 0.0)

    def look(self, now: float) -> None:
        """Note that the user has looked at the failures."""
        self._looked = dict.fromkeys(self._looked, now)

    def settle(self, runs: Iterable[RunRecord]) -> dict[RunKey, float]:
        """Dismiss failed runs; return for each when it failed, to be saved."""
        settled = {self._root_of(run.name): failed_at(run) for run in runs if run.is_failed}
        self._settled |= settled
        return settled

    def unsettle(self, runs: Iterable[RunKey]) -> None:
        """Undo the dismissal of runs."""
        for run in runs:
            self._settled.pop(run, None)


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failed runs with the same reason.

    Attributes:
        key: The reason.
        runs: The runs, the latest failure first.
        new: How many of them failed since the user's last visit.
    """

    key: GroupKey
    runs: tuple[RunRecord, ...]
    new: int

    @property
    def names(self) -> frozenset[str]:
        """The names of the runs."""
        return frozenset(run.name for run in self.runs)

    @property
    def unread(self) -> int:
        """How many of the runs may move to another group, because their reason is not known yet."""
        return sum(run.digest is None for run in self.runs)

    @property
    def kind(self) -> str:
        """The kind of the failures, or ``""`` where a user typed the reason."""
        newest = self.runs[0]
        return "" if newest.is_reason_typed or newest.failure_kind is None else newest.failure_kind

    @property
    def message(self) -> str:
        """The pattern of their messages, with the values that most of them have; or what a user typed.

        Where the messages tell nothing in common, the newest one, as an example.
        """
        pattern = usual_reason(self.key.label, self.runs).removeprefix(self.kind).removeprefix(": ")
        if pattern or not self.kind:
            return pattern
        messages = [reason_cell(run).removeprefix(f"{self.kind}: ") for run in self.runs[:_MOST_COMPARED]]
        return messages[0] if len(set(messages)) == 1 else f"e.g. {messages[0]}"


def failure_groups(runs: Iterable[RunRecord], triage: Triage) -> list[FailureGroup]:
    """Return the open failures by kind and pattern of the message, groups with most new ones first."""
    key_of = group_key_of(REASON)
    groups: dict[GroupKey, list[RunRecord]] = {}
    for run in runs:
        if triage.is_open(run):
            groups.setdefault(key_of(run), []).append(run)
    found = [
        FailureGroup(key, tuple(sorted(group, key=failed_at, reverse=True)), sum(map(triage.is_new, group)))
        for key, group in groups.items()
    ]
    return sorted(found, key=lambda group: (-group.new, -len(group.runs), group.key))


_SETTLED = (FailureKind.CANCELLED, FailureKind.REQUEUED)


def _is_settled(run: RunRecord) -> bool:
    return run.digest is not None and run.digest.kind in _SETTLED


def _moment(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
