"""The runs that match a query, in order; kept so as runs change, at a cost that hardly grows with them."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from runtui.catalog.columns import COLUMNS_BY_KEY, SortValue
from runtui.catalog.query import EVERYTHING, Query
from runtui.store.metadata import RunRecord

_Row = tuple[SortValue, float, str]

# From this part of all rows on, sorting anew is cheaper than putting each changed row in its place.
_REBUILD_SHARE = 0.02
_REBUILD_LEAST = 64


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: a column's key, and whether the greatest value comes first."""

    key: str
    descending: bool


NEWEST_FIRST = Sort("created", descending=True)


class RunView:
    """An ordered, filtered list of runs.

    Rows with equal values keep the newest first. Positions are valid until the next change.
    """

    def __init__(self, query: Query = EVERYTHING, sort: Sort = NEWEST_FIRST) -> None:
        self._query = query
        self._sort = sort
        self._records: dict[str, RunRecord] = {}
        self._ascending: list[_Row] = []
        self._row_of: dict[str, _Row] = {}

    def __len__(self) -> int:
        return len(self._ascending)

    def __getitem__(self, position: int) -> RunRecord:
        row = self._ascending[-1 - position if self._sort.descending else position]
        return self._records[row[2]]

    @property
    def query(self) -> Query:
        """What is let through."""
        return self._query

    @property
    def sort(self) -> Sort:
        """The order."""
        return self._sort

    def index_of(self, name: str) -> int | None:
        """Return the position of the run `name`, or None when it is not among the rows."""
        row = self._row_of.get(name)
        if row is None:
            return None
        place = bisect_left(self._ascending, row)
        return len(self._ascending) - 1 - place if self._sort.descending else place

    def arrange(self, query: Query, sort: Sort) -> None:
        """Filter and sort all runs anew."""
        self._query, self._sort = query, sort
        self._rebuild()

    def apply(self, changed: Collection[RunRecord], removed: Iterable[str]) -> None:
        """Take in runs that are new or different and let go of those that are gone."""
        gone = [name for name in removed if self._records.pop(name, None) is not None]
        many = len(changed) + len(gone) > max(_REBUILD_LEAST, _REBUILD_SHARE * len(self._records))
        for run in changed:
            self._records[run.name] = run
        if many:
            self._rebuild()
            return
        now = time.time()
        for name in gone:
            self._take_out(name)
        for run in changed:
            self._take_out(run.name)
            if self._query.matches(run):
                row = self._row(run, now)
                insort(self._ascending, row)
                self._row_of[run.name] = row

    def records(self) -> Mapping[str, RunRecord]:
        """Return all runs by name, those that do not match included."""
        return self._records

    def _row(self, run: RunRecord, now: float) -> _Row:
        value = COLUMNS_BY_KEY[self._sort.key].sort_value(run, now)
        created = run.created or 0.0
        return (value, created if self._sort.descending else -created, run.name)

    def _rebuild(self) -> None:
        now = time.time()
        matches = self._query.matches
        self._ascending = sorted(self._row(run, now) for run in self._records.values() if matches(run))
        self._row_of = {row[2]: row for row in self._ascending}

    def _take_out(self, name: str) -> None:
        row = self._row_of.pop(name, None)
        if row is not None:
            del self._ascending[bisect_left(self._ascending, row)]
