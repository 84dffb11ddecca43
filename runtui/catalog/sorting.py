"""Sort orders of runs: their notation, and their sort keys."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any, NamedTuple

from runtui.catalog.columns import SortValue
from runtui.catalog.fields import column_of
from runtui.store.record import RecordState, RunRecord

AGE_KEY = "created"


class Sort(NamedTuple):
    """A sort order.

    Attributes:
        key: The key of the column that counts first.
        descending: Whether the greatest value comes first.
        then: The orders of runs with equal values, each without further ones.
    """

    key: str
    descending: bool
    then: tuple[Sort, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all columns that count."""
        return (self.key, *(other.key for other in self.then))

    @property
    def is_by_age(self) -> bool:
        """Whether nothing but the age counts, so that no other order needs to be computed."""
        return self.key == AGE_KEY and not self.then

    def reversed(self) -> Sort:
        """Return the order with the other direction of the column that counts first."""
        return self._replace(descending=not self.descending)

    def and_by(self, key: str) -> Sort:
        """Return the order in which another column counts last; reversed if it counts last already."""
        if key == self.keys[-1]:
            if not self.then:
                return self.reversed()
            return self._replace(then=(*self.then[:-1], self.then[-1].reversed()))
        kept = tuple(other for other in self.then if other.key != key)
        return self if key == self.key else self._replace(then=(*kept, usual_sort(key)))


NEWEST_FIRST = Sort(AGE_KEY, descending=True)


def sort_of(text: str) -> Sort | None:
    """Parse a sort order: ``KEY``, or ``-KEY`` for descending, several with commas; None without a key."""
    found: dict[str, Sort] = {}
    for part in text.split(","):
        key = part.strip()
        is_reversed = key.startswith("-")
        key = key.removeprefix("-").strip()
        if key:
            usual = usual_sort(key)
            found.setdefault(key, usual.reversed() if is_reversed else usual)
    if not found:
        return None
    first, *others = found.values()
    return first._replace(then=tuple(others))


def sort_text(sort: Sort) -> str:
    """Return the notation of a sort order."""
    parts = (sort._replace(then=()), *sort.then)
    return ",".join(part.key if part == usual_sort(part.key) else f"-{part.key}" for part in parts)


def usual_sort(key: str) -> Sort:
    """Return the order by a column's key alone, in its usual direction."""
    return Sort(key, column_of(key).newest_first)


def sort_signs(sort: Sort) -> dict[str, str]:
    """Return for each key of an order its direction, as an arrow with its place if there are several."""
    orders = (sort, *sort.then)
    return {
        order.key: ("▼" if order.descending else "▲") + (str(place) if place > 1 else "")
        for place, order in enumerate(orders, 1)
    }


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
    if sort.is_by_age:
        return age
    value_of = value_key(sort, now)
    sign = 1.0 if sort.descending else -1.0
    return lambda run: (value_of(run), sign * (run.created or 0.0), run.name)


def value_key(sort: Sort, now: float) -> Callable[[RunRecord], Any]:
    """Return a function for sort keys as `sort_key` returns them, but equal ones for runs of equal values."""
    first = column_of(sort.key).order(descending=sort.descending)
    if not sort.then:
        return lambda run: first(run, now)
    others = [
        (column_of(other.key).order(descending=other.descending), other.descending != sort.descending)
        for other in sort.then
    ]

    def values(run: RunRecord) -> tuple[Any, ...]:
        rest = (
            _Reversed(order(run, now)) if is_opposite else order(run, now) for order, is_opposite in others
        )
        return (first(run, now), *rest)

    return values


class _Reversed:
    """A sort value that sorts the other way round."""

    __slots__ = ("_value",)

    def __init__(self, value: SortValue) -> None:
        self._value = value

    def __lt__(self, other: _Reversed) -> bool:
        is_less: bool = other._value < self._value  # type: ignore[operator]  # values of one column
        return is_less

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


def pinned_first(
    key: Callable[[RunRecord], Any], pins: Container[str], *, descending: bool
) -> Callable[[RunRecord], Any]:
    """Return a function for ascending sort keys that put pinned runs where the list is read first.

    Args:
        key: Returns the sort keys by which pinned runs and others are sorted.
        pins: The names of the pinned runs.
        descending: Whether the list is read from its end.
    """
    return lambda run: ((run.name in pins) is descending, key(run))
