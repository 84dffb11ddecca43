"""Dismissing open failures, and bringing dismissed ones back: operations that can be undone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from runtui.catalog.grouping import REASON, GroupKey, group_key_of
from runtui.catalog.run_key import RunKey
from runtui.operations.run_operations import Operation, Report
from runtui.operations.triage import FailureGroup, Triage, failed_at
from runtui.operations.triage_memory import Changes, Dismissal, remember
from runtui.store.edits.run_edits import Outcome, ProgressCallback
from runtui.store.errors import explain
from runtui.store.record import RunRecord
from runtui.text.format import run_count


class DismissedGroup(NamedTuple):
    """Failures of one reason that were dismissed together.

    Attributes:
        at: When, in seconds since the epoch; 0 if that is not known.
        failures: The failures.
    """

    at: float
    failures: FailureGroup


def dismissed_failures(runs: Iterable[RunRecord], triage: Triage) -> list[DismissedGroup]:
    """Return the dismissed failures by dismissal and reason, those dismissed last first."""
    key_of = group_key_of(REASON)
    groups: dict[tuple[float, GroupKey], list[RunRecord]] = {}
    for run in runs:
        if run.is_failed and (dismissal := triage.dismissal_of(run)) is not None:
            groups.setdefault((dismissal.at, key_of(run)), []).append(run)
    found = [
        DismissedGroup(at, FailureGroup(key, tuple(sorted(group, key=failed_at, reverse=True)), 0))
        for (at, key), group in groups.items()
    ]
    return sorted(found, key=lambda group: (-group.at, -len(group.failures.runs), group.failures.key))


def dismissals(failures: Mapping[RunKey, float], now: float) -> dict[RunKey, Dismissal]:
    """Return the dismissals of failures, given when each run failed."""
    return {key: Dismissal(failed, now) for key, failed in failures.items()}


def dismiss(runs: Sequence[RunRecord], triage: Triage) -> Operation:
    """Return the operation that dismisses failures."""
    added = dismissals(triage.failures_of(runs), time.time())
    title = f"dismissed {run_count(len(added))}"

    def do(_progress: ProgressCallback) -> Report:
        failures = save_changes(triage.dismiss(added))
        back = Operation(f"undo: {title}", partial(_reopen, triage, added, title))
        return Report(title, failures, back=back)

    return Operation(f"dismiss {run_count(len(added))}", do)


def _reopen(
    triage: Triage, removed: Mapping[RunKey, Dismissal], title: str, _progress: ProgressCallback
) -> Report:
    return Report(f"undid: {title}", save_changes(triage.reopen(removed)))


def bring_back(runs: Sequence[RunRecord], triage: Triage) -> Operation:
    """Return the operation that makes dismissed failures open again."""
    removed = {
        key: dismissal
        for run in runs
        for key in triage.failures_of([run])
        if (dismissal := triage.dismissal_of(run)) is not None
    }
    title = f"brought back {run_count(len(removed))}"

    def do(_progress: ProgressCallback) -> Report:
        failures = save_changes(triage.reopen(removed))
        back = Operation(f"undo: {title}", partial(_dismiss_again, triage, removed, title))
        return Report(title, failures, back=back)

    return Operation(f"bring back {run_count(len(removed))}", do)


def _dismiss_again(
    triage: Triage, removed: Mapping[RunKey, Dismissal], title: str, _progress: ProgressCallback
) -> Report:
    return Report(f"undid: {title}", save_changes(triage.dismiss(removed)))


def save_changes(changes: Mapping[str, Changes]) -> tuple[Outcome, ...]:
    """Save changes of a triage, by runs directory; return what could not be saved."""
    failures: list[Outcome] = []
    for base, of_base in changes.items():
        try:
            remember(base, of_base)
        except OSError as error:
            failures.append(Outcome("", False, f"this will be forgotten when you quit: {explain(error)}"))
    return tuple(failures)
