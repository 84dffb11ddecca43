"""The reason of a run: its one reading, as text, as a cell of a table, and as what groups have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from runtui.logs.diagnose.wording import VARYING, Wording, short_message, wording_of
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord

_SAMPLE = 50  # runs of a group whose values are compared
_USUAL = 0.5  # of these runs must have a value for it to be shown for all of them
_WITHOUT_WORDS = frozenset({FailureKind.LOST, FailureKind.STALE, FailureKind.UNKNOWN})
"""Kinds of which the line tells how that is known, or nothing."""


def reason_text(run: RunRecord) -> str:
    """Return the reason of a run in full: for details, messages and programs.

    What a user typed comes first, as typed; then what its logs say, beginning with the kind of failure.
    """
    if run.is_reason_typed:
        return run.reason
    if run.digest is None:
        return run.reason or run.stale_reason
    if run.digest.kind is FailureKind.LOST and run.stale_reason:
        return f"{run.failure_kind}: {run.stale_reason}"  # without the time of silence, which keeps growing
    return run.digest.text


def reason_cell(run: RunRecord) -> str:
    """Return the reason of a run for a narrow column: the kind, then the telling words of the message."""
    text = reason_text(run)
    if run.is_reason_typed or run.digest is None or not run.digest.line:
        return text
    kind = f"{run.failure_kind}: "
    return f"{kind}{short_message(text.removeprefix(kind))}"


def reason_group(run: RunRecord) -> str:
    """Return what a run's reason has in common with others: kind and pattern, or what a user typed."""
    if run.is_reason_typed or run.digest is None:
        return run.reason if run.failure_kind is None or run.is_reason_typed else run.failure_kind
    wording = _wording(run)
    if wording is None:
        return str(run.failure_kind)
    return _with_kind(run.failure_kind, wording.pattern)


def usual_reason(label: str, runs: Sequence[RunRecord]) -> str:
    """Return the title of a group of one reason: its pattern, with the values that most of the runs have.

    Args:
        label: What `reason_group` returns for each of them.
        runs: Some of the runs.
    """
    if VARYING not in label:
        return label
    wordings = [wording for run in islice(runs, _SAMPLE) if (wording := _wording(run)) is not None]
    if not wordings:
        return label
    return _with_kind(runs[0].failure_kind, wordings[0].with_values(_usual_values(wordings)))


def differing_reason(run: RunRecord, runs: Sequence[RunRecord]) -> str:
    """Return the reason of a run under the title of its group: from the first value on that is not usual.

    Args:
        run: The run.
        runs: Some runs of its group.
    """
    wording = _wording(run)
    if wording is None:
        is_one = all(reason_text(other) == reason_text(run) for other in islice(runs, _SAMPLE))
        return "" if is_one or run.is_reason_typed else _without_kind(run)
    others = [other for run in islice(runs, _SAMPLE) if (other := _wording(run)) is not None]
    for place, usual in enumerate(_usual_values(others)):
        if usual != wording.values[place]:
            return wording.since(place)
    return ""


def reason_summary(run: RunRecord) -> FailureSummary | None:
    """Return the reason of a run in parts, for ``--json``; None without one."""
    text = reason_text(run)
    if run.digest is not None and run.failure_kind is not None:
        return run.digest._replace(kind=run.failure_kind)
    if not text:
        return None
    return FailureSummary(FailureKind.UNKNOWN, text)


def _wording(run: RunRecord) -> Wording | None:
    """Return the words of a run's reason; None where only its kind, or what a user typed, tells."""
    if run.is_reason_typed or run.digest is None or run.failure_kind in _WITHOUT_WORDS:
        return None
    wording = wording_of(run.digest.line.removeprefix(f"{run.digest.kind}: "))
    has_words = any(char.isalpha() for words in wording.words for char in words)
    return wording if has_words else None


def _with_kind(kind: FailureKind | None, text: str) -> str:
    return f"{kind}: {text}"


def _without_kind(run: RunRecord) -> str:
    return reason_cell(run).removeprefix(f"{run.failure_kind}: ")


def _usual_values(wordings: Sequence[Wording]) -> tuple[str | None, ...]:
    """Return for each place the value that most of the wordings have, all of one pattern; None for none."""
    usual: list[str | None] = []
    for values in zip(*(wording.values for wording in wordings), strict=True):
        value, count = Counter(values).most_common(1)[0]
        usual.append(value if count > _USUAL * len(wordings) else None)
    return tuple(usual)
