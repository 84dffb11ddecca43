"""Sort orders of runs: their notation, and their sort keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from runtui.catalog.fields import column_of
from runtui.store.record import RecordState, RunRecord

AGE_KEY = "created"


class Sort(NamedTuple):
    """A sort order: a column's key, and whether the greatest value comes first."""

    key: str
    descending: bool


NEWEST_FIRST = Sort(AGE_KEY, descending=True)


def sort_of(text: str) -> Sort | None:
    """Parse a sort order: ``KEY``, or ``-KEY`` for descending; return None if there is no key."""
    key = text.strip()
    is_reversed = key.startswith("-")
    key = key.removeprefix("-").strip()
    return Sort(key, column_of(key).newest_first != is_reversed) if key else None


def sort_text(sort: Sort) -> str:
    """Return the notation of a sort order."""
    return sort.key if sort.descending == column_of(sort.key).newest_first else f"-{sort.key}"


def age(run: RunRecord) -> tuple[float, str]:
    """Return a sort key that puts the oldest run first."""
    return (run.created or 0.0, run.name)


def latest_of(runs: Iterable[RunRecord]) -> RunRecord | None:
    """Return the newest run; None where there is none, but for links that lead nowhere and have no date."""
    return max((run for run in runs if run.state is not RecordState.DANGLING), key=age, default=None)


def sort_key(sort: Sort, now: float) -> Callable[[RunRecord], Any]:
    """Return a function for ascending sort keys, for a list that is read from its end if the sort descends.

    Each run of a directory has a different sort key.
    """
    if sort.key == AGE_KEY:
        return age
    value_of = column_of(sort.key).order(descending=sort.descending)
    sign = 1.0 if sort.descending else -1.0
    return lambda run: (value_of(run, now), sign * (run.created or 0.0), run.name)
