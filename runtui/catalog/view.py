"""The runs that match a query, in order. Updates cost little more with more runs.

A few changed runs are moved to their places at once. Many changes, another query or another order are
processed in time slices, and the rows stay the same until that is complete: with 100,000 runs it takes a
tenth of a second, in which keys must be handled.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runtui.catalog.fields import column_of
from runtui.catalog.grouping import REASON, Folds, Group, Grouping, GroupKey, title_of
from runtui.catalog.query.model import EVERYTHING, Query, search_text
from runtui.catalog.reasons import differing_reason
from runtui.catalog.sliced_sort import SLICE, sorted_by_age, sorted_runs, with_pins
from runtui.catalog.sorting import NEWEST_FIRST, Sort, age, pinned_first, sort_key
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text

_FEW_SHARE = 0.02  # fraction of all runs
_FEW_LEAST = 64  # runs
_REST = 20.0  # factor of the time that the last update took


class Wanted(NamedTuple):
    """The requested rows: filter, order and grouping."""

    query: Query
    sort: Sort
    group: str = ""


def _is_failed(run: RunRecord) -> bool:
    return run.is_failed


class RunView:
    """An ordered, filtered list of runs.

    Among rows with equal values, the newest comes first. Positions are valid until the next change.

    Args:
        runs: All runs by name; their owner changes them, and must call `note` for each change.
        query: The filter.
        sort: The order.
        group: The key to group by, or ``""``.
    """

    def __init__(
        self,
        runs: Mapping[str, RunRecord],
        query: Query = EVERYTHING,
        sort: Sort = NEWEST_FIRST,
        group: str = "",
    ) -> None:
        self._query, self._sort = query, sort
        self._wanted = Wanted(query, sort, group)
        self._pins = self._wanted_pins = frozenset[str]()
        self._folds: Folds | None = None
        self._grouping: Grouping | None = None
        self._now = time.time()
        self._runs = runs
        # Changed runs as the lists still have them, None if the lists lack them: in `_taken` those that the
        # work under way puts into the lists, in `_pending` those that have changed since.
        self._pending: dict[str, RunRecord | None] = {}
        self._taken: dict[str, RunRecord | None] = {}
        # All lists ascend. They are the same object if the order and the query change nothing.
        self._by_age: list[RunRecord] = []
        self._sorted = self._by_age if sort.is_by_age else []
        self._rows = self._sorted if query.is_empty else []
        self._texts: dict[str, str] = {}
        self._work: Iterator[None] | None = self._arranging() if group else None
        self._took = 0.0
        self._rested_at = 0.0
        self.is_growing = False
        """Whether many more changes are expected: then updates of the rows pause for twenty times as long as
        the last one took."""

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, position: int) -> RunRecord:
        return self._rows[-1 - position if self._sort.descending else position]

    @property
    def query(self) -> Query:
        """The current filter."""
        return self._query

    @property
    def sort(self) -> Sort:
        """The order."""
        return self._sort

    @property
    def pins(self) -> frozenset[str]:
        """The names of the pinned runs, which come first."""
        return self._pins

    @property
    def wanted(self) -> Wanted:
        """The rows requested last, which may not be shown yet."""
        return self._wanted

    def index_of(self, name: str) -> int | None:
        """Return the position of the run `name`, or None if it is not among the rows."""
        run = self._listed(name)
        if run is None:
            return None
        key = self._key()
        place = bisect_left(self._rows, key(run), key=key)
        if place == len(self._rows) or self._rows[place] is not run:
            return None
        return len(self._rows) - 1 - place if self._sort.descending else place

    def _key(self) -> Callable[[RunRecord], Any]:
        """Return the function for the sort keys by which the rows ascend."""
        key = sort_key(self._sort, self._now)
        return pinned_first(key, self._pins, descending=self._sort.descending) if self._pins else key

    def _listed(self, name: str) -> RunRecord | None:
        """Return a run as the lists have it; None if they do not have it."""
        for changed in (self._taken, self._pending):
            if name in changed:
                return changed[name]
        return self._runs.get(name)

    def runs(self) -> Iterator[RunRecord]:
        """Yield the matching runs in order."""
        return reversed(self._rows) if self._sort.descending else iter(self._rows)

    def records(self) -> Mapping[str, RunRecord]:
        """Return all runs by name, including those that do not match."""
        return self._runs

    # Rows: runs, and the headings of groups if the runs are grouped

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self._rows) if self._grouping is None else len(self._grouping)

    @property
    def group(self) -> str:
        """The key that the rows are grouped by, or ``""``."""
        return "" if self._grouping is None else self._grouping.key

    def title_of(self, group: Group, longest: int) -> str:
        """Return a group's title, safe to show.

        Args:
            group: The group.
            longest: The most characters of the value to show.
        """
        label = title_of(self.group, group.key, group.runs)
        return f"{safe_text(self.group)} = {safe_text(label, longest)}"

    def row(self, place: int) -> RunRecord | Group:
        """Return a row."""
        return self[place] if self._grouping is None else self._grouping[place]

    def row_of(self, name: str) -> int | None:
        """Return the row of the run `name`, or of its heading if its group is folded; None for no row."""
        if self._grouping is None:
            return self.index_of(name)
        run = self._listed(name)
        return None if run is None else self._grouping.row_of(run, self._key())

    def heading_of(self, key: GroupKey) -> int | None:
        """Return the row of a group's heading, or None if there is none."""
        return None if self._grouping is None else self._grouping.heading_of(key)

    def group_at(self, place: int) -> Group | None:
        """Return the group that a row belongs to; None if rows are not grouped."""
        return (
            None if self._grouping is None or place >= len(self._grouping) else self._grouping.group_at(place)
        )

    def reason_below_heading(self, place: int) -> str | None:
        """Return what the reason of a run adds to its group's heading; None where that tells no reason."""
        group = self.group_at(place) if self.group == REASON else None
        run = self.row(place)
        return None if group is None or isinstance(run, Group) else differing_reason(run, group.runs)

    def is_folded(self, group: Group) -> bool:
        """Return whether a group is folded."""
        return self._grouping is not None and self._grouping.folds.has(group.key)

    def fold(self, group: Group | None) -> None:
        """Fold or unfold a group; None for all groups."""
        if self._grouping is not None:
            if group is None:
                self._grouping.folds.turn_all()
            else:
                self._grouping.folds.turn(group.key)
            self._grouping.changed_folds()

    def find_failed(
        self, place: int, is_wanted: Callable[[RunRecord], bool] = _is_failed, *, forward: bool
    ) -> int | None:
        """Return the next (or previous) row with a failed run, unfolding its group; None for none.

        Args:
            place: The row to begin at.
            is_wanted: Returns whether a failed run counts; by default all do.
            forward: Whether to look for the next one.
        """
        if self._grouping is not None:
            if not len(self._grouping):
                return None
            return self._grouping.find_failed(place, is_wanted, forward=forward)
        rows = range(place + 1, len(self)) if forward else range(place - 1, -1, -1)
        return next((row for row in rows if is_wanted(self[row])), None)

    # Changes

    def arrange(self, query: Query, sort: Sort, group: str | None = None) -> None:
        """Request another filter, order or grouping; `advance` works on it.

        Args:
            query: The filter.
            sort: The order.
            group: The key to group by, ``""`` for none; None keeps the grouping.
        """
        self._wanted = Wanted(query, sort, self._wanted.group if group is None else group)
        self._work = self._arranging()

    def pin(self, names: frozenset[str]) -> None:
        """Put these runs first, in any order and group, and no others; `advance` works on it."""
        if names != self._wanted_pins:
            self._wanted_pins = names
            self._work = self._arranging()

    def expect_words(self) -> None:
        """Prepare the search for words in idle time; `advance` works on it.

        Without that, the first letter takes several times as long as the next ones with 100,000 runs.
        """
        if self._work is None:
            self._work = self._collecting_texts()

    def _collecting_texts(self) -> Iterator[None]:
        runs = self._by_age
        for begin in range(0, len(runs), SLICE):
            self._collect_texts(runs[begin : begin + SLICE])
            yield

    def _collect_texts(self, runs: Iterable[RunRecord]) -> None:
        texts = self._texts
        for run in runs:
            if run.name not in texts:
                texts[run.name] = search_text(run)

    def note(self, before: Mapping[str, RunRecord | None]) -> None:
        """Note changed runs, which `advance` then moves to their places.

        Args:
            before: The runs as they were, by name; None for new ones.
        """
        pending = self._pending
        for name, run in before.items():
            pending.setdefault(name, run)

    def wait(self) -> float | None:
        """Return the seconds until `advance` has work, or None if there is none."""
        if self._work is not None:
            return 0.0
        if not self._pending:
            return None
        if self._are_few():
            return 0.0
        return max(0.0, self._rested_at - time.monotonic()) if self.is_growing else 0.0

    def advance(self, seconds: float | None = None) -> bool:
        """Work for about `seconds`, or until everything is done; return whether the rows changed."""
        began = time.monotonic()
        changed = False
        while self._work is not None or self._pending:
            if self._work is None and self._are_few():
                self._put_in_place()
                changed = True
                continue
            if self._work is None:
                if self.is_growing and began < self._rested_at:
                    break
                self._work = self._arranging()
            since = time.monotonic()
            if next(self._work, self) is self:
                self._work = None
                changed = True
            self._took += time.monotonic() - since
            if self._work is None:
                self._rested_at = time.monotonic() + _REST * self._took
                self._took = 0.0
            if seconds is not None and time.monotonic() - began >= seconds:
                break
        return changed

    def _are_few(self) -> bool:
        return not self.is_growing and len(self._pending) <= max(_FEW_LEAST, _FEW_SHARE * len(self._by_age))

    def _put_in_place(self) -> None:
        """Move each of a few changed runs to its place."""
        pending, self._pending = self._pending, {}
        key = self._key()
        lists: list[tuple[list[RunRecord], Callable[[RunRecord], Any]]] = [(self._by_age, age)]
        if self._sorted is not self._by_age:
            lists.append((self._sorted, key))
        if self._rows is not self._sorted:
            lists.append((self._rows, key))
        for name, before in pending.items():
            self._texts.pop(name, None)
            if before is not None:
                for runs, key_of in lists:
                    place = bisect_left(runs, key_of(before), key=key_of)
                    if place < len(runs) and runs[place] is before:
                        del runs[place]
                if self._grouping is not None:
                    self._grouping.remove(before, key)
            run = self._runs.get(name)
            if run is None:
                continue
            for runs, key_of in lists:
                if runs is not self._rows or runs is self._sorted or self._query.matches(run):
                    runs.insert(bisect_left(runs, key_of(run), key=key_of), run)
            if self._grouping is not None and self._query.matches(run):
                self._grouping.insert(run, key)

    # Arranging

    def _arranging(self) -> Iterator[None]:
        """Compute the rows slice by slice, and show them when they are complete."""
        (query, sort, group), pins, now = self._wanted, self._wanted_pins, time.time()
        by_age = self._by_age
        # Inherit the changes that abandoned work had taken.
        taken = self._taken = {**self._pending, **self._taken} if self._taken else self._pending
        self._pending = {}
        if taken:
            # At once, before they can change again.
            fresh = [run for name in taken if (run := self._runs.get(name)) is not None]
            yield
            kept = by_age
            if any(before is not None for before in taken.values()):
                kept = [run for run in by_age if run.name not in taken]
                yield
            by_age = yield from sorted_by_age([*kept, *fresh])
        if sort == self._sort and pins == self._pins and not taken:
            ordered, now = self._sorted, self._now
        else:
            ordered = by_age if sort.is_by_age else (yield from sorted_runs(by_age, sort, now))
            if pins:
                ordered = yield from with_pins(ordered, pins, descending=sort.descending)
        if self._texts:
            for name in taken:
                self._texts.pop(name, None)
        rows = ordered if query.is_empty else (yield from self._matching(ordered, query))
        grouping = yield from self._grouped(rows, sort, group)
        if not query.words:
            self._texts.clear()
        self._query, self._sort, self._now, self._grouping = query, sort, now, grouping
        self._pins = pins
        self._by_age, self._sorted, self._rows = by_age, ordered, rows
        self._taken = {}

    def _grouped(
        self, rows: Sequence[RunRecord], sort: Sort, group: str
    ) -> Generator[None, None, Grouping | None]:
        if not group:
            self._folds = None
            return None
        is_same = self._grouping is not None and self._grouping.key == group
        if self._folds is None or not is_same:
            self._folds = Folds()
        reverse = sort.key == group and sort.descending != column_of(group).newest_first
        grouping = Grouping(group, sort.descending, reverse, self._folds)
        yield from grouping.build(rows)
        return grouping

    def _matching(self, runs: Sequence[RunRecord], query: Query) -> Generator[None, None, list[RunRecord]]:
        matching: list[RunRecord] = []
        texts = self._texts
        for begin in range(0, len(runs), SLICE):
            part = runs[begin : begin + SLICE]
            if query.words:
                self._collect_texts(part)
                for word in query.words:
                    part = [run for run in part if word in texts[run.name]]
            if query.rest is not None:
                part = [run for run in part if query.rest(run)]
            matching += part
            yield
        return matching
