"""The catalog: the current state of all runs of a directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from runtui.store.lineage import ancestry
from runtui.store.record import RecordState, RunRecord

if TYPE_CHECKING:
    from runtui.store.lineage import Ancestry


class SyncPhase(Enum):
    """Stages of completeness of the catalog."""

    LISTING = "listing"
    READING = "reading"
    FRESH = "fresh"
    UNREACHABLE = "unreachable"


class Health(NamedTuple):
    """Completeness of the catalog, and how current it is.

    Attributes:
        phase: The stage of completeness.
        read: How many runs have been read, while reading.
        total: How many runs there are.
        by_events: Whether changes are noticed by events rather than by polling.
        watched: How many runs are watched closely.
        swept: How many of the others are looked at in turn.
        sweep_interval: Seconds in which each of those has had its turn.
        notice: The degraded part, and why, in one line; ``""`` when nothing is.
        keys: The metadata and parameter keys that all runs have been read with.
    """

    phase: SyncPhase = SyncPhase.LISTING
    read: int = 0
    total: int = 0
    by_events: bool = False
    watched: int = 0
    swept: int = 0
    sweep_interval: float = 0.0
    notice: str = ""
    keys: frozenset[str] = frozenset()


class CatalogUpdate(NamedTuple):
    """Changes since the previous update.

    Attributes:
        changed: Runs that are new or different, by name.
        removed: Names of runs that are gone.
        health: How complete and current the catalog is now.
        current: The name that ``current`` points to, or None.
        touched: The changed parts of the run on screen: names directly in its directory, such as
            ``metadata.json``, ``logs`` or ``results``.
    """

    changed: Mapping[str, RunRecord]
    removed: tuple[str, ...]
    health: Health
    current: str | None
    touched: frozenset[str]


class Catalog:
    """All runs of one directory, with data derived from them. Belongs to one thread."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.health = Health()
        self.current: str | None = None
        self._runs: dict[str, RunRecord] = {}
        self._children: dict[str, set[str]] = {}  # by the id that they call their parent
        self._renamed: dict[str, set[str]] = {}  # by the id that their metadata has
        self._counts: Counter[str] = Counter()

    @property
    def runs(self) -> Mapping[str, RunRecord]:
        """All runs by name."""
        return self._runs

    def count(self, status: str) -> int:
        """Return how many runs have a status; a run that looks dead has the status ``running?``."""
        return self._counts[status]

    @property
    def troubled(self) -> int:
        """How many runs' metadata cannot be read."""
        return self._counts["!"]

    def directory_of(self, run_id: str) -> str | None:
        """Return the name of the run with an id, whatever its directory is called; None for none."""
        named = self._runs.get(run_id)
        if named is not None and not named.recorded_id:
            return run_id
        renamed = self._renamed.get(run_id)
        return min(renamed) if renamed else None if named is None else run_id

    def parent_of(self, name: str) -> str | None:
        """Return the name of a run's parent; of one that is not here the id, None where it has none."""
        parent = self._runs[name].parent
        return None if parent is None else self.directory_of(parent) or parent

    def has_children(self, name: str) -> bool:
        """Return whether a run names the run `name` as its parent."""
        return any(run_id in self._children for run_id in self._ids_of(name))

    def children(self, name: str) -> list[str]:
        """Return the names of the runs that name the run `name` as their parent, the oldest first."""
        found = [child for run_id in self._ids_of(name) for child in self._children.get(run_id, ())]
        return sorted(found, key=lambda child: (self._runs[child].created or 0.0, child))

    def _ids_of(self, name: str) -> list[str]:
        """Return the ids by which other runs can call the run `name`."""
        run = self._runs.get(name)
        ids = [name] if run is None or not run.recorded_id else [run.recorded_id, name]
        return [run_id for run_id in ids if run is None or self.directory_of(run_id) == name]

    def ancestry(self, name: str) -> Ancestry:
        """Return the ancestors of the run `name`, nearest first."""
        runs = self._runs
        return ancestry(name, lambda run: runs[run].parent, self.directory_of)

    def apply(self, update: CatalogUpdate) -> dict[str, RunRecord | None]:
        """Apply an update; return the affected runs as they were before, None for new ones."""
        self.health = update.health
        self.current = update.current
        runs, changed = self._runs, update.changed
        before: dict[str, RunRecord | None] = dict.fromkeys(changed)
        for name in update.removed:
            if name in runs:
                before[name] = runs.pop(name)
        if not runs.keys().isdisjoint(changed):
            for name in runs.keys() & changed.keys():
                before[name] = runs[name]
        for run in before.values():
            self._forget(run)
        runs.update(changed)
        for run in changed.values():
            if run.parent is not None:
                self._children.setdefault(run.parent, set()).add(run.name)
            if run.recorded_id:
                self._renamed.setdefault(run.recorded_id, set()).add(run.name)
        self._counts.update(map(_counted_as, changed.values()))
        return before

    def _forget(self, run: RunRecord | None) -> None:
        if run is None:
            return
        self._counts[_counted_as(run)] -= 1
        if run.parent is not None:
            _remove(self._children, run.parent, run.name)
        if run.recorded_id:
            _remove(self._renamed, run.recorded_id, run.name)


def _remove(names: dict[str, set[str]], key: str, name: str) -> None:
    names[key].discard(name)
    if not names[key]:
        del names[key]


def _counted_as(run: RunRecord) -> str:
    if run.state is _BROKEN:
        return "!"
    return run.effective_status if run.stale_reason or run.is_lost else run.status


_BROKEN = RecordState.BROKEN  # looking it up in its class takes longer than everything else for a run
