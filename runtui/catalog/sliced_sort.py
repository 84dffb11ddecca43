"""Sorting a hundred thousand runs in slices of milliseconds, between which keys are handled."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Generator, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from runtui.catalog.sorting import Sort, age, value_key
from runtui.store.record import RunRecord

T = TypeVar("T")

SLICE = 4000  # runs

_MOST_RANGES = 50  # ranges of merged pieces
_FEW_KINDS = 400  # distinct keys


def sorted_runs(by_age: list[RunRecord], sort: Sort, now: float) -> Generator[None, None, list[RunRecord]]:
    """Return runs sorted by a column, ascending; a list whose sort descends is read from its end.

    Among equal values, the newest is read first.

    Args:
        by_age: The runs, oldest first.
        sort: The sort order.
        now: The current time in seconds since the epoch, for durations of live runs.
    """
    if not sort.descending:
        by_age = sorted(by_age, key=_created, reverse=True)
        yield
    value_of = value_key(sort, now)
    values: list[Any] = []
    for begin in range(0, len(by_age), SLICE):
        values += [value_of(run) for run in by_age[begin : begin + SLICE]]
        yield
    order = yield from _order_by(values)
    return (yield from _taken_from(by_age, order))


def with_pins(
    runs: list[RunRecord], pins: Container[str], *, descending: bool
) -> Generator[None, None, list[RunRecord]]:
    """Return ascending runs with the pinned ones where the list is read first, else in their order.

    Args:
        runs: The runs.
        pins: The names of the pinned ones.
        descending: Whether the list is read from its end.
    """
    pinned: list[RunRecord] = []
    others: list[RunRecord] = []
    for begin in range(0, len(runs), SLICE):
        for run in runs[begin : begin + SLICE]:
            (pinned if run.name in pins else others).append(run)
        yield
    return others + pinned if descending else pinned + others


def _created(run: RunRecord) -> float:
    return run.created or 0.0


def sorted_by_age(runs: list[RunRecord]) -> Generator[None, None, list[RunRecord]]:
    """Return runs, oldest first."""
    # Compare numbers before pairs, as that is much faster and few of them are equal.
    keys: list[float] = []
    for begin in range(0, len(runs), SLICE):
        keys += [run.created or 0.0 for run in runs[begin : begin + SLICE]]
        yield
    order = yield from _order_by(keys)
    ordered = yield from _taken_from(runs, order)
    created = yield from _taken_from(keys, order)
    equal = [place for place, (first, second) in enumerate(pairwise(created), 1) if first == second]
    yield
    begin = 0
    for place in equal:
        if place >= begin:
            end = bisect_right(created, created[place])
            ordered[place - 1 : end] = sorted(ordered[place - 1 : end], key=age)
            begin = end
    return ordered


def _taken_from(values: Sequence[T], places: Sequence[int]) -> Generator[None, None, list[T]]:
    """Return the values at these places, in slices, as they are scattered in memory, which takes time."""
    taken: list[T] = []
    for begin in range(0, len(places), SLICE):
        taken += [values[place] for place in places[begin : begin + SLICE]]
        yield
    return taken


def _order_by(keys: Sequence[Any]) -> Generator[None, None, list[int]]:
    """Return the places of `keys` in ascending order; the sort is stable."""
    # A sample from the whole list, because the newest runs are often alike and the others are not.
    if len(keys) > SLICE and len(set(keys[:: len(keys) // SLICE])) <= _FEW_KINDS:
        return (yield from _by_kind(keys))
    key = keys.__getitem__
    pieces: list[list[int]] = []
    for begin in range(0, len(keys), SLICE):
        pieces.append(sorted(range(begin, min(begin + SLICE, len(keys))), key=key))
        yield
    if len(pieces) <= 1:
        return pieces[0] if pieces else []
    # Merging sorted pieces is cheap, but takes 50 ms for so many at once, so merge them range by range.
    ranges = min(len(pieces), _MOST_RANGES)
    sample = sorted(key(place) for piece in pieces for place in piece[:: max(1, len(piece) // ranges)])
    borders = sample[ranges::ranges]
    yield
    cuts = [[0, *(bisect_left(piece, border, key=key) for border in borders), len(piece)] for piece in pieces]
    yield
    order: list[int] = []
    for number in range(len(borders) + 1):
        part: list[int] = []
        for piece, cut in zip(pieces, cuts, strict=True):
            part += piece[cut[number] : cut[number + 1]]
        part.sort(key=key)
        order += part
        yield
    return order


def _by_kind(keys: Sequence[Any]) -> Generator[None, None, list[int]]:
    """Sort like `_order_by` if there are few distinct keys, and compare only those."""
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for begin in range(0, len(keys), SLICE):
        for place, key in enumerate(keys[begin : begin + SLICE], begin):
            places[key].append(place)
        yield
    return [place for key in sorted(places) for place in places[key]]
