"""A user's triage of failed runs: which ones are open, and which of these are new.

A failure is open until it is resumed, marked or dismissed, or its run is gone. It is new until the user acts
upon it. A run that fails again after it was dismissed is open again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from runtui.catalog.grouping import REASON, GroupKey, group_key_of
from runtui.catalog.query.model import Query
from runtui.catalog.reasons import reason_cell, reason_group, usual_reason
from runtui.catalog.run_key import RunKey
from runtui.operations.triage_memory import Changes, Dismissal, Memory, changed
from runtui.store.failure import FailureKind
from runtui.store.record import RunRecord

_MOST_COMPARED = 50  # runs of a group
_QUOTE = '"'


def failed_at(run: RunRecord) -> float:
    """Return when a run failed, in seconds since the epoch, as precisely as known.

    The modification time of its metadata is of no use, because an edit changes it.
    """
    return run.completed or run.started or run.created or 0.0


class Triage:
    """One user's triage of the failures in one or several directories.

    Its memory is replaced as a whole by each change, so that operations can change it in their thread.

    Args:
        has_child: Returns whether a run, given by name, was resumed.
        root_of: Returns the runs directory that was opened for a run, given by name, and its path below.
    """

    def __init__(self, has_child: Callable[[str], bool], root_of: Callable[[str], RunKey]) -> None:
        self._has_child = has_child
        self._root_of = root_of
        self._dismissed: Mapping[RunKey, Dismissal] = {}
        self._handled: Mapping[RunKey, float] = {}

    def recall(self, base: str, memory: Memory) -> None:
        """Load the memory of a runs directory; what was changed since it was read counts more."""
        self._dismissed = {RunKey(base, name): one for name, one in memory.dismissed.items()} | dict(
            self._dismissed
        )
        self._handled = {RunKey(base, name): at for name, at in memory.handled.items()} | dict(self._handled)

    def is_open(self, run: RunRecord) -> bool:
        """Return whether a run's failure is open: the run was not resumed, marked or dismissed since.

        What a person cancelled, or a later attempt of the job does again, is no failure to be looked into.
        """
        return (
            run.is_failed
            and not self._has_child(run.name)
            and not _is_settled(run)
            and self.dismissal_of(run) is None
        )

    def is_new(self, run: RunRecord) -> bool:
        """Return whether the user has not acted upon a run since it failed."""
        handled = self._handled.get(self._root_of(run.name))
        return handled is None or failed_at(run) > handled

    def dismissal_of(self, run: RunRecord) -> Dismissal | None:
        """Return the dismissal of a run's failure; None if there is none, or the run failed again since."""
        dismissal = self._dismissed.get(self._root_of(run.name))
        return None if dismissal is None or failed_at(run) > dismissal.failed else dismissal

    def failures_of(self, runs: Iterable[RunRecord]) -> dict[RunKey, float]:
        """Return the keys of failed runs, each with when it failed."""
        return {self._root_of(run.name): failed_at(run) for run in runs if run.is_failed}

    def dismiss(self, dismissals: Mapping[RunKey, Dismissal]) -> dict[str, Changes]:
        """Dismiss failures; return the changes by runs directory, to be saved."""
        self._dismissed = changed(self._dismissed, dismissals, ())
        return {
            base: Changes(dismissed={key.name: dismissals[key] for key in keys})
            for base, keys in _by_base(dismissals).items()
        }

    def reopen(self, runs: Iterable[RunKey]) -> dict[str, Changes]:
        """Make dismissed failures open again; return the changes by runs directory, to be saved."""
        by_base = _by_base(runs)
        self._dismissed = changed(self._dismissed, {}, [key for keys in by_base.values() for key in keys])
        return {base: Changes(reopened=[key.name for key in keys]) for base, keys in by_base.items()}

    def handle(self, failures: Mapping[RunKey, float]) -> dict[str, Changes]:
        """Note that failures were acted upon; return the changes by runs directory, to be saved.

        Args:
            failures: The runs, each with when it failed.
        """
        self._handled = changed(self._handled, failures, ())
        return {
            base: Changes(handled={key.name: failures[key] for key in keys})
            for base, keys in _by_base(failures).items()
        }

    def unhandle(self, runs: Iterable[RunKey]) -> dict[str, Changes]:
        """Note that failures are new again; return the changes by runs directory, to be saved."""
        by_base = _by_base(runs)
        self._handled = changed(self._handled, {}, [key for keys in by_base.values() for key in keys])
        return {base: Changes(unhandled=[key.name for key in keys]) for base, keys in by_base.items()}


class GroupOrder(StrEnum):
    """Orders of the groups in the inbox."""

    COUNT = "count"  # the most runs first
    AGE = "age"  # the latest failure first


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failed runs with the same reason.

    Attributes:
        key: The reason.
        runs: The runs, the latest failure first.
        new: How many of them are new.
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
        return sum(run.digest is None and not run.is_reason_typed for run in self.runs)

    @property
    def last(self) -> float:
        """The time of the latest failure, in seconds since the epoch."""
        return failed_at(self.runs[0])

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


class Inbox(NamedTuple):
    """The open failures.

    Attributes:
        groups: Those that match the filter, by kind and pattern of the message.
        outside: How many more do not match it.
    """

    groups: list[FailureGroup]
    outside: int = 0

    @property
    def total(self) -> int:
        """How many failures there are in the groups."""
        return sum(len(group.runs) for group in self.groups)

    @property
    def new(self) -> int:
        """How many of these are new."""
        return sum(group.new for group in self.groups)


def open_failures(
    runs: Iterable[RunRecord], triage: Triage, query: Query, order: GroupOrder = GroupOrder.COUNT
) -> Inbox:
    """Return the open failures by kind and pattern of the message.

    Args:
        runs: All runs.
        triage: Knows which failures are open.
        query: The filter.
        order: The order of the groups.
    """
    key_of = group_key_of(REASON)
    groups: dict[GroupKey, list[RunRecord]] = {}
    outside = 0
    for run in runs:
        if not triage.is_open(run):
            continue
        if query.is_empty or query.matches(run):
            groups.setdefault(key_of(run), []).append(run)
        else:
            outside += 1
    found = [
        FailureGroup(key, tuple(sorted(group, key=failed_at, reverse=True)), sum(map(triage.is_new, group)))
        for key, group in groups.items()
    ]
    return Inbox(sorted(found, key=_by_age if order is GroupOrder.AGE else _by_count), outside)


def _by_count(group: FailureGroup) -> tuple[int, int, GroupKey]:
    return -len(group.runs), -group.new, group.key


def _by_age(group: FailureGroup) -> tuple[float, GroupKey]:
    return -group.last, group.key


def query_of_groups(groups: Iterable[FailureGroup], query: Query) -> str:
    """Return the text of a filter for the failures of groups, within another filter.

    While reasons are being read, when a group may fall apart, it is a filter for all failures.
    """
    groups = list(groups)
    reasons = dict.fromkeys(reason_group(group.runs[0]) for group in groups)
    # A quotation mark cannot be quoted: an asterisk stands for it.
    values = [_QUOTE + reason.replace(_QUOTE, f"{_QUOTE}*{_QUOTE}") + _QUOTE for reason in reasons]
    words = query.text.split()
    failed = [] if "is:failed" in words or "status:failed" in words else ["is:failed"]
    is_known = not any(group.unread for group in groups)
    pattern = [f"reason_pattern={','.join(values)}"] if is_known else []
    return " ".join([*([query.text] if query.text else []), *failed, *pattern])


def _by_base(keys: Iterable[RunKey]) -> dict[str, list[RunKey]]:
    found: dict[str, list[RunKey]] = {}
    for key in keys:
        found.setdefault(key.base, []).append(key)
    return found


_SETTLED = (FailureKind.CANCELLED, FailureKind.REQUEUED)


def _is_settled(run: RunRecord) -> bool:
    return run.digest is not None and run.digest.kind in _SETTLED
