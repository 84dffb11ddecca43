"""What a cleanup takes and what it spares, decided before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtui.store.actions import STOPPED, Told, unattended
from runtui.store.edited import edited_runs
from runtui.store.errors import explain
from runtui.store.index import index_lock, read_current, read_index, summary_of, update_cached_index
from runtui.store.lineage import ancestry
from runtui.store.listing import run_entries
from runtui.store.metadata import MetadataError, read_metadata, read_record
from runtui.store.paths import CHECKPOINTS_DIR
from runtui.store.process import is_alive
from runtui.store.record import RecordState, RunRecord
from runtui.store.status import ENDED_STATUSES
from runtui.store.trash import move_to_trash
from runtui.store.writer import read_writer

KEEP_TAG = "keep"

_NOTHING: Mapping[str, RunRecord] = {}


@dataclass(frozen=True, slots=True)
class Decision:
    """A run of a plan, with the reason for which it is taken or spared."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CleanupPlan:
    """What a cleanup does: the runs it moves to the trash and the candidates it leaves."""

    taken: tuple[Decision, ...]
    spared: tuple[Decision, ...]


def choose_old(runs: Sequence[RunRecord], keep: int, older_than: float | None) -> list[Decision]:
    """Return the candidates among `runs`: all but the `keep` newest, and of those the old enough.

    Args:
        runs: All runs.
        keep: How many of the newest to keep.
        older_than: Seconds since the epoch; only runs created before it are candidates. None for all.
    """
    newest_first = sorted(runs, key=lambda run: (run.created or 0.0, run.name), reverse=True)
    reason = f"not among the {keep} newest"
    return [
        Decision(run.name, reason)
        for run in newest_first[max(keep, 0) :]
        if older_than is None or (run.created is not None and run.created < older_than)
    ]


def plan_cleanup(
    runs: Sequence[RunRecord],
    candidates: Sequence[Decision],
    current: str | None,
    foreign: Collection[str],
    links: Collection[str],
    working: Collection[str] = (),
    holders: Collection[str] = (),
) -> CleanupPlan:
    """Decide which of `candidates` may be taken.

    Never taken: a live run (also one of another status whose writer is at work), the target of
    ``current``, a run tagged ``keep``, another user's run, a run reached through a link, one whose metadata
    cannot be read, and one whose checkpoints a run that stays may need.

    Args:
        runs: All runs of the directory.
        candidates: The runs to take, if that is safe, with the reasons.
        current: The target of ``current``.
        foreign: Names of runs that belong to another user.
        links: Names of runs that are symbolic links.
        working: Names of runs whose writer is at work.
        holders: Names of runs that have files in ``checkpoints/``, whether their metadata lists them or not.
    """
    by_name = {run.name: run for run in runs}
    taken: dict[str, Decision] = {}
    spared: list[Decision] = []
    for candidate in candidates:
        run = by_name.get(candidate.name)
        if run is None:
            spared.append(Decision(candidate.name, "there is no such run"))
            continue
        reason = _reason_to_spare(run, current, foreign, links, working)
        if reason:
            spared.append(Decision(run.name, reason))
        else:
            taken[run.name] = candidate
    holds = any(by_name[name].checkpoints or name in holders for name in taken)
    waiting = [run.name for run in runs if run.name not in taken] if holds else []
    while waiting:
        kept = waiting.pop()
        line = ancestry(kept, lambda name: by_name[name].parent, by_name.__contains__)
        for ancestor in line.names:
            if ancestor in taken and (by_name[ancestor].checkpoints or ancestor in holders):
                del taken[ancestor]
                spared.append(Decision(ancestor, f"{by_name[kept].run_id} may need its checkpoints"))
                waiting.append(ancestor)
    return CleanupPlan(tuple(taken.values()), tuple(spared))


Choice = Callable[[Sequence[RunRecord]], list[Decision]]
"""Picks the candidates of a cleanup out of all runs."""


class Premises:
    """What a plan for a runs directory goes by.

    A run that may be taken is read anew; of the others those that are not known, and only when a plan depends
    on them.

    Args:
        base: The runs directory.
        known: Runs as they were known last, by name. Of those that are not to be taken only the parent
            counts, which never changes.
        keys: The simulation's own keys to have in `RunRecord.values`.

    Raises:
        OSError: The directory cannot be listed.
    """

    def __init__(
        self, base: str, known: Mapping[str, RunRecord] = _NOTHING, keys: frozenset[str] = frozenset()
    ) -> None:
        entries = run_entries(base)
        self._base = base
        self._keys = keys
        self._names = {entry.name: None for entry in entries}
        self._links = {entry.name for entry in entries if entry.is_link}
        self._edited = edited_runs(base)
        self._current = read_current(base)
        self._runs = {name: known[name] for name in self._names if name in known}
        self._read: set[str] = set()
        self._looked_at: set[str] = set()
        self._foreign: set[str] = set()
        self._working: set[str] = set()
        self._holders: set[str] = set()

    def runs(self) -> tuple[RunRecord, ...]:
        """Return all runs; those that are not known are read."""
        for name in self._names:
            if name not in self._runs:
                self._take(name)
        return tuple(self._runs.values())

    def run(self, name: str) -> RunRecord | None:
        """Return a run, as far as it is known."""
        return self._runs.get(name)

    def look_at(self, names: Iterable[str]) -> None:
        """Read these runs, and all that decides about taking them, unless that was done."""
        fresh = [name for name in names if name in self._names and name not in self._looked_at]
        for name in fresh:
            if name not in self._read:
                self._take(name)
        self._looked_at.update(fresh)
        self._foreign |= foreign_runs(self._base, fresh)
        self._working |= working_runs(self._base, [self._runs[name] for name in fresh])
        self._holders |= checkpoint_holders(self._base, fresh)

    def plan(self, candidates: Sequence[Decision]) -> CleanupPlan:
        """Decide which of `candidates` may be taken."""
        names = [candidate.name for candidate in candidates]
        self.look_at(names)
        needed = any(
            name in self._holders or self._runs[name].checkpoints for name in names if name in self._runs
        )
        return plan_cleanup(
            self.runs() if needed else tuple(self._runs.values()),
            candidates,
            self._current,
            self._foreign,
            self._links,
            self._working,
            self._holders,
        )

    def _take(self, name: str) -> None:
        self._runs[name] = read_record(
            self._base, name, attempts=4, pause=0.05, is_edited=name in self._edited, keys=self._keys
        )
        self._read.add(name)


def plan_on_disk(base: str, choose: Choice, keys: frozenset[str] = frozenset()) -> CleanupPlan:
    """Return what a cleanup of the runs directory `base` would do now. Changes nothing.

    Args:
        base: The runs directory.
        choose: Picks the runs to take, if that is safe.
        keys: The simulation's own keys that `choose` looks at in `RunRecord.values`.

    Raises:
        OSError: The directory cannot be listed.
    """
    premises = Premises(base, keys=keys)
    return premises.plan(choose(premises.runs()))


@dataclass(frozen=True, slots=True)
class CleanupResult:
    """What a cleanup did.

    Attributes:
        moved: The runs that are in the trash now.
        stayed: Those that stayed, with the reasons.
        folders: Where in the trash each of `moved` lies, in their order.
        note: What else did not go as it should, in one line, or ``""``.
    """

    moved: tuple[Decision, ...]
    stayed: tuple[Decision, ...]
    folders: tuple[str, ...]
    note: str = ""


def carry_out(
    base: str,
    plan: CleanupPlan,
    told: Told = unattended,
    known: Mapping[str, RunRecord] = _NOTHING,
) -> CleanupResult:
    """Move the runs that `plan` takes to the trash, but for those that have become unsafe to take meanwhile.

    A run that cannot be moved stays, with the reason; the rest is done.

    Args:
        base: The runs directory.
        plan: What to take.
        told: Is told how far it is.
        known: As for `Premises`.

    Raises:
        OSError: The directory cannot be listed.
        LockTimeoutError: Another program kept the lock.
    """
    moved: list[Decision] = []
    folders: list[str] = []
    with index_lock(base):
        now = Premises(base, known).plan(plan.taken)
        stayed = list(now.spared)
        entries, latest = read_index(base)
        for number, decision in enumerate(now.taken):
            name = decision.name
            if not told(number, len(now.taken)):
                stayed.append(Decision(name, STOPPED))
                continue
            try:
                entry = entries.get(name) or summary_of(read_metadata(os.path.join(base, name)))
                folder = move_to_trash(base, name, decision.reason, entry, was_latest=name == latest)
            except MetadataError as error:
                stayed.append(Decision(decision.name, str(error)))
            except OSError as error:
                stayed.append(Decision(decision.name, f"it cannot be moved: {explain(error)}"))
            else:
                moved.append(decision)
                folders.append(folder)
    note = update_cached_index(base) if moved else ""
    return CleanupResult(tuple(moved), tuple(stayed), tuple(folders), note)


def foreign_runs(base: str, names: Collection[str]) -> set[str]:
    """Return those of `names` that belong to another user, or whose owner cannot be found out."""
    me = os.geteuid()
    found = set()
    for name in names:
        try:
            if os.lstat(os.path.join(base, name)).st_uid != me:
                found.add(name)
        except OSError:
            found.add(name)
    return found


def working_runs(base: str, runs: Collection[RunRecord]) -> set[str]:
    """Return the names of those of `runs` that have not ended and whose recorded writer runs on this host."""
    found = set()
    for run in runs:
        if run.state is not RecordState.READ or run.status in ENDED_STATUSES:
            continue
        writer = read_writer(os.path.join(base, run.name))
        if writer is not None and is_alive(writer):
            found.add(run.name)
    return found


def checkpoint_holders(base: str, names: Collection[str]) -> set[str]:
    """Return those of `names` that have something in ``checkpoints/``, or where that cannot be found out."""
    found = set()
    for name in names:
        try:
            with os.scandir(os.path.join(base, name, CHECKPOINTS_DIR)) as listing:
                if any(listing):
                    found.add(name)
        except FileNotFoundError:
            continue
        except OSError:
            found.add(name)
    return found


def _reason_to_spare(
    run: RunRecord,
    current: str | None,
    foreign: Collection[str],
    links: Collection[str],
    working: Collection[str],
) -> str:
    if run.name in links:
        return "it is a symbolic link"
    if run.name in foreign:
        return "it belongs to another user"
    if run.state is not RecordState.READ:
        return f"its state is unknown: {run.problem}"
    if run.is_live:
        return f"it is {run.status}"
    if run.name in working:
        return "its writer is at work"
    if run.name == current:
        return "current points to it"
    if KEEP_TAG in run.tags:
        return f"it is tagged {KEEP_TAG}"
    return ""
