"""A monitor at work, and what it has told."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health, SyncPhase
from runtui.catalog.query.model import EVERYTHING, Query
from runtui.catalog.sorting import NEWEST_FIRST, Sort
from runtui.catalog.sync.digests import digested
from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.monitor import RunsMonitor
from runtui.catalog.sync.scan import scan_runs
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.catalog.view import RunView
from runtui.store.record import RunRecord
from tests.waiting import wait_until

FAST = WatchBudget(sweep_rate=500, poll_interval=0.1, list_interval=0.1, safety_interval=0.5)
BY_EVENTS = FileSystem("ext4", "/")
BY_POLLING = FileSystem("nfs4", "/")


class Observed:
    """What a monitor has told so far."""

    def __init__(self, base: Path) -> None:
        self.catalog = Catalog(str(base))
        self.touched: list[str] = []
        self.states: dict[str, list[RunRecord]] = {}
        self._lock = threading.Lock()

    def take_in(self, update: CatalogUpdate) -> None:
        with self._lock:
            self.catalog.apply(update)
            self.touched.extend(update.touched)
            for run in update.changed.values():
                self.states.setdefault(run.name, []).append(run)

    def run(self, name: str) -> RunRecord | None:
        return self.catalog.runs.get(name)

    def status(self, name: str) -> str | None:
        run = self.run(name)
        return None if run is None else run.status


class CatalogView(RunView):
    """A view of a catalog of its own, which changes by what a test applies."""

    def __init__(self, query: Query = EVERYTHING, sort: Sort = NEWEST_FIRST, group: str = "") -> None:
        self._catalog = Catalog("")
        super().__init__(self._catalog.runs, query, sort, group)

    def apply(self, changed: Mapping[str, RunRecord], removed: Iterable[str]) -> None:
        update = CatalogUpdate(changed, tuple(removed), Health(), None, frozenset())
        self.note(self._catalog.apply(update))


def by_name(runs: Iterable[RunRecord]) -> dict[str, RunRecord]:
    """Return runs by their names."""
    return {run.name: run for run in runs}


def fresh_rows(base: Path) -> dict[str, RunRecord]:
    """Return the rows that a fresh scan gives, with why runs failed."""
    return {run.name: digested(str(base), run) for run in scan_runs(str(base))}


@contextmanager
def watching(
    base: Path, file_system: FileSystem | None = BY_EVENTS, limits: WatchBudget = FAST
) -> Iterator[tuple[Observed, RunsMonitor]]:
    """Watch `base`, everything read; `file_system` is what to take it for, None for what it is."""
    observed = Observed(base)
    monitor = RunsMonitor(str(base), observed.take_in, limits, file_system)
    monitor.start()
    try:
        wait_until(lambda: observed.catalog.health.phase is SyncPhase.FRESH, "everything was read")
        yield observed, monitor
    finally:
        monitor.stop()
