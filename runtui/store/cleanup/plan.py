"""The plan of a cleanup: the runs it moves and those it spares, decided before anything is touched."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from runtui.store.checkpoint_names import holds_checkpoints
from runtui.store.cleanup.trash import move_to_trash, places_in_trash
from runtui.store.edits.edit_files import EDITS_DIR, read_edits
from runtui.store.edits.edit_index import edited_runs
from runtui.store.edits.run_edits import STOPPED, Executor, ProgressCallback, in_turn, no_progress
from runtui.store.errors import MetadataError, explain
from runtui.store.index import read_current, read_index, summary_of, update_cached_index
from runtui.store.index_lock import index_lock
from runtui.store.lineage import Family
from runtui.store.metadata import read_metadata
from runtui.store.paths import LOGS_DIR, METADATA_FILE, PRIVATE_DIR
from runtui.store.process import is_alive
from runtui.store.recognition import is_run_metadata, is_runs_directory
from runtui.store.record import RecordState, RunRecord
from runtui.store.rows import read_record
from runtui.store.run_dependencies import RunDependencies
from runtui.store.run_listing import files_below, run_entries
from runtui.store.scheduler_jobs import may_be_waiting
from runtui.store.status import ENDED_STATUSES, UNKNOWN_STATUS, RunStatus
from runtui.store.torn_file import read_all_until_whole
from runtui.store.value_files import ValueReader, no_values
from runtui.store.writer import read_supervisor, read_writer

KEEP_TAG = "keep"

_KNOWN_STATUSES = frozenset(status.value for status in RunStatus)
"""Statuses of which it is known whether they are a live run's; for another one its files decide."""

_FRESH = 3600.0  # seconds
_MOST_LOGS = 2000  # entries of logs/
_DEEPEST_LOGS = 4  # levels of folders below logs/

_NOTHING: Mapping[str, RunRecord] = {}

NeededBy = Callable[[str, Collection[str], Collection[str]], Iterable[tuple[str, str]]]
"""Function of a run that stays, the runs taken and those with checkpoints; yields what it needs, and why."""

JobCheck = Callable[[str, Sequence[RunRecord]], Mapping[str, str]]
"""Function of a runs directory and runs that have ended; returns why some of them must stay."""


Listing = Callable[[str, Sequence[RunRecord]], Sequence[RunRecord]]
"""Function of a runs directory and runs as recorded; returns them as they are listed."""


def as_recorded(_base: str, runs: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return runs unchanged, where neither processes nor schedulers are asked."""
    return runs


HoldsRuns = Callable[[str, str], bool]
"""Function of a runs directory and an adopted run with folders; returns whether other runs lie in it."""


def may_hold_runs(_base: str, _name: str) -> bool:
    """Return that other runs may lie in a run, where nobody can look for them."""
    return True


def without_schedulers(_base: str, runs: Sequence[RunRecord]) -> Mapping[str, str]:
    """Return the runs whose jobs may wait in the queue again, where no scheduler can be asked."""
    now = time.time()
    reason = "its job may be waiting in the queue again; `runtui clean` asks the scheduler"
    return {run.name: reason for run in runs if may_be_waiting(run, now)}


_FEW = 5000
"""Known runs up to which all are read for what they need; of more only those whose rows tell of something."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A run of a plan, with the reason why it is moved or spared."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CleanupPlan:
    """The result of planning: the runs to move to the trash and the candidates to leave."""

    taken: tuple[Decision, ...]
    kept_back: tuple[Decision, ...]


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
    refused: Mapping[str, str] = MappingProxyType({}),
    needed_by: NeededBy | None = None,
) -> CleanupPlan:
    """Decide which of `candidates` may be taken.

    Never taken: a live run (also one of another status whose writer is at work), the target of
    ``current``, a run tagged ``keep``, another user's run, a run reached through a link, one whose metadata
    cannot be read, and one of which a run that stays needs a file, or may need the checkpoints.

    Args:
        runs: All runs of the directory.
        candidates: The runs to take, if that is safe, with the reasons.
        current: The target of ``current``.
        foreign: Names of runs that belong to another user.
        links: Names of runs that are symbolic links.
        working: Names of runs whose writer is at work.
        holders: Names of runs that have files in ``checkpoints/``, whether their metadata lists them or not.
        refused: Runs that are not to be taken for other reasons, with these.
        needed_by: Gives of a run that stays those of the taken that it needs, with the reasons. By default
            it may need the checkpoints of its ancestors.
    """
    by_name = {run.name: run for run in runs}
    taken: dict[str, Decision] = {}
    kept_back: list[Decision] = []
    for candidate in candidates:
        run = by_name.get(candidate.name)
        if run is None:
            kept_back.append(Decision(candidate.name, "there is no such run"))
            continue
        reason = _reason_to_spare(run, current, foreign, links, working) or refused.get(run.name, "")
        if reason:
            kept_back.append(Decision(run.name, reason))
        else:
            taken[run.name] = candidate
    if needed_by is None:
        needed_by = partial(_needed_by_lines, by_name, Family(runs))
    holding = {name for name in taken if by_name[name].checkpoints or name in holders}
    waiting = [run.name for run in runs if run.name not in taken]
    while waiting and taken:
        for name, reason in list(needed_by(waiting.pop(), taken, holding)):
            if name in taken:
                del taken[name]
                kept_back.append(Decision(name, reason))
                waiting.append(name)
    return CleanupPlan(tuple(taken.values()), tuple(kept_back))


def _needed_by_lines(
    by_name: Mapping[str, RunRecord],
    family: Family,
    kept: str,
    taken: Collection[str],
    holders: Collection[str],
) -> Iterator[tuple[str, str]]:
    for ancestor in family.ancestry(kept).names:
        if ancestor in taken and ancestor in holders:
            yield ancestor, f"{by_name[kept].run_id} may need its checkpoints"


Selector = Callable[[Sequence[RunRecord]], list[Decision]]
"""Picks the candidates of a cleanup out of all runs."""


class PlanInputs:
    """The facts that a cleanup of a runs directory is planned from.

    A run that may be taken is read anew; of the others those that are not known. What a run needs that stays
    is read from its metadata, unless there are very many and its row tells of nothing.

    Args:
        base: The runs directory.
        known: Runs as they were known last, by name.
        keys: The simulation's own keys to have in `RunRecord.values`.
        each: Executor that goes through the runs.
        jobs: Asks schedulers about the jobs of runs that have ended.
        listing: Asks processes and schedulers whether runs that claim to be alive are.
        holds_runs: Looks for runs in an adopted one.
        values_from: Reader of the runs' parameter files.

    Raises:
        OSError: The directory cannot be listed.
    """

    def __init__(
        self,
        base: str,
        known: Mapping[str, RunRecord] = _NOTHING,
        keys: frozenset[str] = frozenset(),
        each: Executor = in_turn,
        jobs: JobCheck = without_schedulers,
        listing: Listing = as_recorded,
        holds_runs: HoldsRuns = may_hold_runs,
        values_from: ValueReader = no_values,
    ) -> None:
        self._base = base
        self._keys = keys
        self._values_from = values_from
        self._each = each
        self._jobs = jobs
        self._listing = listing
        self._holds_runs = holds_runs
        self._as_listed: dict[str, RunRecord] = {}
        self._known = known
        self._runs: dict[str, RunRecord] = {}
        self._read: set[str] = set()
        self._looked_at: set[str] = set()
        self._foreign: set[str] = set()
        self._working: set[str] = set()
        self._holders: set[str] = set()
        self._refused: dict[str, str] = {}
        self._needs = RunDependencies(base, self._runs, partial(places_in_trash, base), each)
        self._list()
        self._is_ours = is_runs_directory(base)

    def _list(self) -> None:
        entries = run_entries(self._base)
        self._names = {entry.name: None for entry in entries}
        self._links = {entry.name for entry in entries if entry.is_link}
        self._edited = set(edited_runs(self._base))
        self._current = read_current(self._base)
        for name in [name for name in self._runs if name not in self._names]:
            del self._runs[name]
        for name in self._names:
            if name in self._known and name not in self._runs:
                self._runs[name] = self._known[name]

    def refresh(self) -> None:
        """List the directory again, and forget whatever may have changed: runs to be moved, and live ones."""
        stale = self._looked_at.union(name for name, run in self._runs.items() if run.is_live)
        self._needs.forget(stale)
        for known in (self._looked_at, self._foreign, self._working, self._holders, self._refused):
            known.clear()
        self._as_listed.clear()
        self._read -= stale
        self._list()

    def runs(self) -> tuple[RunRecord, ...]:
        """Return all runs; those that are not known yet are read."""
        self._take([name for name in self._names if name not in self._runs])
        return tuple([self._runs[name] for name in self._names])

    def run(self, name: str) -> RunRecord | None:
        """Return a run, as far as it is known."""
        return self._runs.get(name)

    def look_at(self, names: Iterable[str]) -> None:
        """Read these runs, and everything that decides whether they may be moved, unless that was done."""
        fresh = [name for name in names if name in self._names and name not in self._looked_at]
        # What was brought here from another runs directory is not noted here as edited.
        found = {name for name in fresh if name not in self._edited and _pending(self._base, name)}
        self._edited |= found
        self._take([name for name in fresh if name not in self._read or name in found])
        self._looked_at.update(fresh)
        self._foreign |= foreign_runs(self._base, fresh)
        self._working |= working_runs(self._base, [self._runs[name] for name in fresh])
        self._holders |= checkpoint_holders(self._base, fresh)
        for name in fresh:
            refusal = self._refusal(self._runs[name]) if self._is_ours else "this is not a runs directory"
            if refusal:
                self._refused[name] = refusal
        unsure = [
            self._runs[name] for name in fresh if name not in self._refused and name not in self._working
        ]
        if any(run.is_live for run in unsure):
            # The others too, so that schedulers are asked once.
            listed = zip(unsure, self._listing(self._base, unsure), strict=True)
            self._as_listed |= {run.name: shown for run, shown in listed if run.is_live}
        if ended := [run for each in unsure if not (run := self._as_listed.get(each.name, each)).is_live]:
            self._refused |= self._jobs(self._base, ended)

    def plan(self, candidates: Sequence[Decision]) -> CleanupPlan:
        """Decide which of `candidates` may be taken."""
        self.look_at([candidate.name for candidate in candidates])
        decide = partial(
            plan_cleanup,
            candidates=candidates,
            current=self._current,
            foreign=self._foreign,
            links=self._links,
            working=self._working,
            holders=self._holders,
            refused=self._refused,
        )
        plan = decide(tuple((self._runs | self._as_listed).values()), needed_by=lambda *_: ())
        if not plan.taken:
            return plan
        runs = self.runs()
        are_few = len(runs) <= _FEW
        self._needs.read(
            [run.name for run in runs if are_few or run.name not in self._known or _may_need(run)]
        )
        listed = [self._as_listed.get(run.name, run) for run in runs]
        return decide(listed, needed_by=self._needs.needed_by)

    def _take(self, names: Sequence[str]) -> None:
        """Read runs; those that are being written again, a few times, all together."""
        read_all_until_whole(names, self._take_each, lambda run: run.state is RecordState.WRITING)

    def _take_each(self, names: Sequence[str]) -> list[RunRecord]:
        self._each(names, self._take_one)
        return [self._runs[name] for name in names]

    def _take_one(self, name: str) -> None:
        self._runs[name] = read_record(
            self._base,
            name,
            2,
            is_edited=name in self._edited,
            keys=self._keys,
            values_from=self._values_from,
        )
        self._read.add(name)

    def _refusal(self, run: RunRecord) -> str:
        """Return why a run is not taken for what its row does not have, or ``""``."""
        if run.state is not RecordState.READ:
            return ""
        try:
            metadata = read_metadata(os.path.join(self._base, run.name))
        except MetadataError as error:
            return f"its state is unknown: {error}"
        if not is_run_metadata(metadata):
            return "its metadata.json is not that of a run"
        if run.status not in _KNOWN_STATUSES and (why := _sign_of_work(os.path.join(self._base, run.name))):
            has_none = run.status == UNKNOWN_STATUS
            status = "it has no status" if has_none else f"its status, {run.status}, is unknown"
            return f"{status}, and {why}"
        if refusal := _unread_edits(self._base, run.name):
            return refusal
        if run.may_hold_runs and self._holds_runs(self._base, run.name):
            return "other runs lie in it: move those first"
        if unread := sorted(self._keys & run.unread.keys()):
            return f"the filter needs a value that cannot be read: {run.unread[unread[0]]}"
        tags = metadata.get("tags")
        if run.problem and KEEP_TAG not in run.tags and _says_keep(tags):
            return f"its tags, which are not a list of texts, say {KEEP_TAG}"
        return ""


def _sign_of_work(run_dir: str) -> str:
    """Return why a run may be at work still, by the dates of its metadata and logs, or ``""``."""
    problems: list[str] = []
    try:
        newest = os.lstat(os.path.join(run_dir, METADATA_FILE)).st_mtime
    except FileNotFoundError:
        newest = 0.0
    except OSError as error:
        return f"{METADATA_FILE} cannot be looked at: {explain(error, with_path=False)}"
    logs = files_below(run_dir, LOGS_DIR, _MOST_LOGS, _DEEPEST_LOGS, follow=True, problems=problems)
    newest = max([newest, *(log.status.st_mtime for log in logs)])
    if time.time() - newest < _FRESH:
        return "it was written to within the hour"
    return problems[0] if problems else ""


def _may_need(run: RunRecord) -> bool:
    """Return whether a run's row tells that it may need something of others."""
    is_kept = run.is_live or KEEP_TAG in run.tags or run.state is not RecordState.READ
    return is_kept or run.parent is not None or run.checkpoints > 0


def _pending(base: str, name: str) -> set[str]:
    """Return the names of a run's edits that are not in its metadata; none where they cannot be listed."""
    try:
        files = os.listdir(os.path.join(base, name, PRIVATE_DIR, EDITS_DIR))
    except OSError:
        return set()
    return {file.removesuffix(".json") for file in files if file.endswith(".json") and file[0] != "."}


def _unread_edits(base: str, name: str) -> str:
    """Return why the edits of a run cannot all be read, one of which may tag it to be kept, or ``""``."""
    pending = _pending(base, name)
    try:
        edits = read_edits(os.path.join(base, name), strict=True)
    except OSError as error:
        return f"its edits cannot be read: {explain(error, with_path=False)}"
    return "an edit of it cannot be read" if pending.difference(edit.edit_id for edit in edits) else ""


def _says_keep(tags: object) -> bool:
    if isinstance(tags, str):
        return KEEP_TAG in re.split(r"[\s,;]+", tags)
    if isinstance(tags, dict):
        return any(_says_keep(part) for item in tags.items() for part in item)
    return isinstance(tags, list) and any(map(_says_keep, tags))


def plan_on_disk(
    base: str, choose: Selector, keys: frozenset[str] = frozenset(), each: Executor = in_turn
) -> CleanupPlan:
    """Return the plan of a cleanup of the runs directory `base` as of now. Changes nothing.

    Args:
        base: The runs directory.
        choose: Picks the runs to take, if that is safe.
        keys: The simulation's own keys that `choose` looks at in `RunRecord.values`.
        each: Executor that goes through the runs.

    Raises:
        OSError: The directory cannot be listed.
    """
    inputs = PlanInputs(base, keys=keys, each=each)
    return inputs.plan(choose(inputs.runs()))


@dataclass(frozen=True, slots=True)
class CleanupResult:
    """The outcome of a cleanup.

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
    told: ProgressCallback = no_progress,
    known: Mapping[str, RunRecord] = _NOTHING,
    each: Executor = in_turn,
    inputs: PlanInputs | None = None,
    jobs: JobCheck = without_schedulers,
    listing: Listing = as_recorded,
    holds_runs: HoldsRuns = may_hold_runs,
) -> CleanupResult:
    """Move the runs that `plan` takes to the trash, except those that have become unsafe to move meanwhile.

    A run that cannot be moved stays, with the reason; the rest is done.

    Args:
        base: The runs directory.
        plan: What to take.
        told: Progress callback.
        known, each, jobs, listing, holds_runs: As for `PlanInputs`.
        inputs: What the plan was made by a moment ago. Of that only what may have changed is read again:
            the runs to be taken, live ones, and new ones.

    Raises:
        OSError: The directory cannot be listed.
        LockTimeoutError: Another program kept the lock.
    """
    moved: list[Decision] = []
    folders: list[str] = []
    if inputs is None:
        inputs = PlanInputs(base, known, each=each, jobs=jobs, listing=listing, holds_runs=holds_runs)
        inputs.plan(plan.taken)  # before the lock is taken: with very many runs that takes a while
    with index_lock(base):
        inputs.refresh()
        now = inputs.plan(plan.taken)
        stayed = list(now.kept_back)
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
    """Return those of `names` that belong to another user, or whose owner cannot be determined."""
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
    """Return those of `runs` that have not ended and whose writer or supervisor runs on this host."""
    found = set()
    for run in runs:
        if run.state is not RecordState.READ or run.status in ENDED_STATUSES:
            continue
        run_dir = os.path.join(base, run.name)
        writer, supervision = read_writer(run_dir), read_supervisor(run_dir)
        if (writer is not None and is_alive(writer)) or (supervision is not None and supervision.is_alive):
            found.add(run.name)
    return found


def checkpoint_holders(base: str, names: Collection[str]) -> set[str]:
    """Return those of `names` that have checkpoints on disk, or where that cannot be determined."""
    return {name for name in names if holds_checkpoints(os.path.join(base, name))}


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
    if run.is_lost:
        return "it is lost: mark it failed first"
    if run.is_live and run.stale_reason:
        return f"it may be {run.status}: {run.stale_reason}"
    if run.is_live:
        return f"it is {run.status}"
    if run.name in working:
        return "its writer is at work"
    if run.name == current:
        return "current points to it"
    if KEEP_TAG in run.tags:
        return f"it is tagged {KEEP_TAG}"
    if run.conflict:
        return f"its writer and a user changed the same key, settle that first: {run.conflict}"
    return ""
