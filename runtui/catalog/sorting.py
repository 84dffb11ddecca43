"""Orders of runs: their names, and their sort keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from runtui.catalog.fields import column_of
from runtui.store.record import RunRecord

AGE_KEY = "created"


class Sort(NamedTuple):
    """An order: a column's key, and whether the greatest value comes first."""

    key: str
    descending: bool


NEWEST_FIRST = Sort(AGE_KEY, descending=True)


def sort_of(text: str) -> Sort | None:
    """Return the order that a text names: ``KEY``, or ``-KEY`` for descending; None for no key."""
    key = text.strip()
    is_reversed = key.startswith("-")
    key = key.removeprefix("-").strip()
    return Sort(key, column_of(key).newest_first != is_reversed) if key else None


def sort_text(sort: Sort) -> str:
    """Return the text that names an order."""
    return sort.key if sort.descending == column_of(sort.key).newest_first else f"-{sort.key}"


def age(run: RunRecord) -> tuple[float, str]:
    """Return a sort key for runs from the oldest."""
    return (run.created or 0.0, run.name)


def sort_key(sort: Sort, now: float) -> Callable[[RunRecord], Any]:
    """Return a sort key, ascending, for a list that is read from its end when the sort descends.

    No two runs of a directory have it in common.
    """
    if sort.key == AGE_KEY:
        return age
    value_of = column_of(sort.key).order(descending=sort.descending)
    sign = 1.0 if sort.descending else -1.0
    return lambda run: (value_of(run, now), sign * (run.created or 0.0), run.name)
