"""Rows under headings: groups of runs with a common value, folded or not.

Finding a row and inserting a run cost little more with more runs.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Generator, Iterator, Sequence
from heapq import merge
from itertools import accumulate, islice
from typing import Any, NamedTuple, cast

from runtui.catalog.field_types import FieldKind
from runtui.catalog.fields import FIELDS, status_order
from runtui.catalog.reasons import reason_group, usual_reason
from runtui.catalog.unread import UNREADABLE
from runtui.store.record import RunRecord
from runtui.text.folding import composed, folded
from runtui.text.format import value_text

REASON = "reason"
"""The key of the field for why a run failed."""

_SLICE = 4000  # runs
_QUARTER = 900.0  # seconds; in every time zone, days begin at a multiple
_LAST = 9  # rank of runs without a value, after all others


class GroupKey(NamedTuple):
    """The common value of a group's runs, in a form that sorts the groups.

    Attributes:
        rank: Sorts numbers before text, and missing values last.
        number: The value of a number.
        text: The value of a text, for sorting.
        label: The value as shown.
    """

    rank: int
    number: float
    text: str
    label: str


class Group:
    """Runs with a common value, in the order of the rows or its reverse, like all lists of a view."""

    __slots__ = ("failed", "key", "live", "runs")

    def __init__(self, key: GroupKey) -> None:
        self.key = key
        self.runs: list[RunRecord] = []
        self.failed = 0
        self.live = 0

    def count(self, run: RunRecord, step: int) -> None:
        """Count a run that is added (1) or removed (-1)."""
        if run.is_failed:
            self.failed += step
        elif run.is_live:
            self.live += step


class Folds:
    """The set of folded groups. It outlives the groups, which are rebuilt with every order and filter."""

    def __init__(self) -> None:
        self._are_all = False
        self._others: set[GroupKey] = set()
        self.turns = 0
        """How often groups were folded or unfolded."""

    def has(self, key: GroupKey) -> bool:
        """Return whether a group is folded."""
        return (key in self._others) is not self._are_all

    def turn(self, key: GroupKey) -> None:
        """Fold or unfold a group."""
        self._others ^= {key}
        self.turns += 1

    def turn_all(self) -> None:
        """Fold all groups, or unfold them if all were folded last."""
        self._are_all = not self._are_all
        self._others.clear()
        self.turns += 1


class Grouping:
    """Groups of an ascending list of runs that is read from its end if `descending`.

    Args:
        key: The key whose values define the groups.
        descending: Whether the runs of a group are read from the end.
        reverse: Whether the groups with the greatest values come first.
        folds: The folded groups.
    """

    def __init__(self, key: str, descending: bool, reverse: bool, folds: Folds) -> None:
        self.key = key
        self.folds = folds
        self._group_of = group_key_of(key)
        self._descending = descending
        self._reverse = reverse
        self._groups: dict[GroupKey, Group] = {}
        self._order: list[tuple[Any, ...]] = []
        self._starts: list[int] | None = None
        self._total = 0

    def build(self, runs: Sequence[RunRecord]) -> Generator[None, None, None]:
        """Add all runs, slice by slice."""
        groups = self._groups
        turns = self.folds.turns
        for begin in range(0, len(runs), _SLICE):
            for run in runs[begin : begin + _SLICE]:
                key = self._group_of(run)
                group = groups.get(key)
                if group is None:
                    group = groups[key] = Group(key)
                group.runs.append(run)
                group.count(run, 1)
            yield
        keys = list(groups)
        pieces = []
        for begin in range(0, len(keys), _SLICE):
            pieces.append(sorted(self._place(key) for key in keys[begin : begin + _SLICE]))
            yield
        # Sorting the concatenated sorted pieces would be faster, but cannot be done in slices.
        merged = merge(*pieces)
        starts: list[int] = []
        while part := list(islice(merged, _SLICE)):
            self._order += part
            starts += accumulate(self._sizes(part), initial=self._total)
            self._total = starts.pop()
            yield
        if self.folds.turns == turns:
            self._starts = starts

    def _place(self, key: GroupKey) -> tuple[Any, ...]:
        """Return a group's sort key, with its own key at the end."""
        if not self._reverse:
            return (key,)
        if key.rank == _LAST:
            return (_LAST, 0.0, (), key)
        return (-key.rank, -key.number, tuple(-ord(letter) for letter in key.text), key)

    def insert(self, run: RunRecord, order: Callable[[RunRecord], Any]) -> None:
        """Insert a run into its group, at the place that `order` determines."""
        key = self._group_of(run)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key)
            insort(self._order, self._place(key))
        insort(group.runs, run, key=order)
        group.count(run, 1)
        self._starts = None

    def remove(self, run: RunRecord, order: Callable[[RunRecord], Any]) -> None:
        """Remove a run; it must be the same object that was inserted."""
        key = self._group_of(run)
        group = self._groups.get(key)
        if group is None:
            return
        place = bisect_left(group.runs, order(run), key=order)
        if place == len(group.runs) or group.runs[place] is not run:
            return
        del group.runs[place]
        group.count(run, -1)
        if not group.runs:
            del self._groups[key]
            del self._order[bisect_left(self._order, self._place(key))]
        self._starts = None

    def __len__(self) -> int:
        self._find_starts()
        return self._total

    def __getitem__(self, place: int) -> RunRecord | Group:
        number = bisect_right(self._find_starts(), place) - 1
        group = self._groups[self._order[number][-1]]
        within = place - self._find_starts()[number]
        if not within:
            return group
        return group.runs[-within] if self._descending else group.runs[within - 1]

    def heading_of(self, key: GroupKey) -> int | None:
        """Return the row of a group's heading, or None if there is no such group."""
        if key not in self._groups:
            return None
        return self._find_starts()[bisect_left(self._order, self._place(key))]

    def row_of(self, run: RunRecord, order: Callable[[RunRecord], Any]) -> int | None:
        """Return the row of a run, or of its heading if its group is folded; None if it is not there."""
        group = self._groups.get(self._group_of(run))
        if group is None:
            return None
        place = bisect_left(group.runs, order(run), key=order)
        if place == len(group.runs) or group.runs[place] is not run:
            return None
        heading = self.heading_of(group.key)
        assert heading is not None
        if self.folds.has(group.key):
            return heading
        return heading + (len(group.runs) - place if self._descending else place + 1)

    def group_at(self, place: int) -> Group:
        """Return the group that a row belongs to."""
        return self._groups[self._order[bisect_right(self._find_starts(), place) - 1][-1]]

    def changed_folds(self) -> None:
        """Update the rows after groups were folded or unfolded."""
        self._starts = None

    def find_failed(self, place: int, is_wanted: Callable[[RunRecord], bool], *, forward: bool) -> int | None:
        """Return the next (or previous) row with a failed run that is wanted, unfolding its group."""
        starts = self._find_starts()
        number = bisect_right(starts, place) - 1
        within = place - starts[number]
        numbers = range(number, len(self._order)) if forward else range(number, -1, -1)
        for other in numbers:
            group = self._groups[self._order[other][-1]]
            if not group.failed:
                continue
            size = len(group.runs)
            if forward:
                rows = range(within + 1 if other == number else 1, size + 1)
            else:
                rows = range(within - 1 if other == number else size, 0, -1)
            for row in rows:
                if is_wanted(group.runs[-row] if self._descending else group.runs[row - 1]):
                    if self.folds.has(group.key):
                        self.folds.turn(group.key)
                        self.changed_folds()
                    return self._find_starts()[other] + row
        return None

    def _find_starts(self) -> list[int]:
        if self._starts is None:
            *starts, self._total = accumulate(self._sizes(self._order), initial=0)
            self._starts = starts
        return self._starts

    def _sizes(self, places: Sequence[tuple[Any, ...]]) -> Iterator[int]:
        """Yield the number of rows of each of these groups."""
        folds, groups = self.folds, self._groups
        for *_others, key in places:
            yield 1 if folds.has(key) else 1 + len(groups[key].runs)


def group_key_of(key: str) -> Callable[[RunRecord], GroupKey]:
    """Return a function for the key of a run's group, which depends on the run alone."""
    if key == "status":
        return _by_status
    field = FIELDS.get(key)
    if field is None or field.column is None:
        return lambda run: _UNREADABLE if key in run.unread else _of_value(run.values.get(key))
    value = field.value
    if field.kind is FieldKind.MOMENT:
        return _ByDay(cast("Callable[[RunRecord], float | None]", value))
    if key == "duration":
        # The duration of a live run changes by itself, and its group must not.
        return lambda run: _of_duration(None if run.is_live else run.duration(0.0))
    if field.kind is FieldKind.SPAN:
        return lambda run: _of_duration(cast("float | None", value(run)))
    if field.kind is FieldKind.NUMBER:
        numbers = _GroupsByValue(_of_value)
        return lambda run: numbers[value(run)]
    if key == REASON:
        reasons = _GroupsByValue(_of_text)
        return lambda run: reasons[reason_group(run)]
    if key == "id":
        return lambda run: _of_text(run.run_id)
    text = field.column.text
    if field.kind in (FieldKind.NAME, FieldKind.USER):
        names = _GroupsByValue(_of_text)
        return lambda run: names[text(run, 0.0)]
    return lambda run: _of_text(text(run, 0.0))


def title_of(grouped_by: str, key: GroupKey, runs: Sequence[RunRecord]) -> str:
    """Return the title of a group: its label, of reasons with the values that most of the runs have.

    Args:
        grouped_by: The key that the runs are grouped by.
        key: The group's key.
        runs: Its runs.
    """
    return usual_reason(key.label, runs) if grouped_by == REASON else key.label


class _GroupsByValue(dict[Any, GroupKey]):
    """Cache of groups by value, for fields with few distinct values."""

    def __init__(self, group_of: Callable[[Any], GroupKey]) -> None:
        super().__init__()
        self._group_of = group_of

    def __missing__(self, value: Any) -> GroupKey:
        group = self[value] = self._group_of(value)
        return group


_MISSING = GroupKey(_LAST, 0.0, "", "none")
_UNREADABLE = GroupKey(_LAST, 1.0, "", UNREADABLE)


def _of_text(text: str) -> GroupKey:
    return GroupKey(2, 0.0, folded(text), composed(text)) if text else _MISSING


def _of_value(value: Any) -> GroupKey:
    if value is None:
        return _MISSING
    if isinstance(value, str):
        return GroupKey(2, 0.0, folded(value), composed(value))
    if value != value:
        return GroupKey(1, 0.0, "", "nan")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1 and 1.0 are the same group
    return GroupKey(0, value, "", value_text(value, is_exact=True))


def _by_status(run: RunRecord) -> GroupKey:
    label = run.effective_status or "none"
    return GroupKey(0, status_order(run), label, label)


_SPANS = ((60.0, "under a minute"), (3600.0, "under an hour"), (86400.0, "under a day"))


def _of_duration(seconds: float | None) -> GroupKey:
    if seconds is None:
        return _MISSING
    for limit, label in _SPANS:
        if seconds < limit:
            return GroupKey(0, limit, "", label)
    return GroupKey(0, 86400.0 * 2, "", "a day and more")


class _ByDay:
    """Groups by the local day of a time, the newest first; each day is computed once."""

    def __init__(self, moment_of: Callable[[RunRecord], float | None]) -> None:
        self._moment_of = moment_of
        self._known: dict[float, GroupKey] = {}

    def __call__(self, run: RunRecord) -> GroupKey:
        moment = self._moment_of(run)
        if moment is None:
            return _MISSING
        quarter = moment // _QUARTER
        key = self._known.get(quarter)
        if key is None:
            key = self._known[quarter] = _day(moment)
        return key


def _day(moment: float) -> GroupKey:
    try:
        local = time.localtime(moment)
    except (OverflowError, ValueError, OSError):
        return _MISSING
    label = time.strftime("%Y-%m-%d", local)
    return GroupKey(0, -float(local.tm_year * 1000 + local.tm_yday), "", label)
