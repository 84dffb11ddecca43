"""What a cleanup takes and what it spares, decided before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runtui.store.lineage import ancestry
from runtui.store.metadata import MetadataError, RecordState, RunRecord, parse_object, read_file
from runtui.store.paths import CHECKPOINTS_DIR, PRIVATE_DIR, WRITER_FILE
from runtui.store.process import ProcessIdentity, is_alive
from runtui.store.status import ENDED_STATUSES

KEEP_TAG = "keep"

_LARGEST_WRITER = 4096


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
    waiting = [run.name for run in runs if run.name not in taken]
    while waiting:
        kept = waiting.pop()
        line = ancestry(kept, lambda name: by_name[name].parent, by_name.__contains__)
        for ancestor in line.names:
            if ancestor in taken and (by_name[ancestor].checkpoints or ancestor in holders):
                del taken[ancestor]
                spared.append(Decision(ancestor, f"{by_name[kept].run_id} may need its checkpoints"))
                waiting.append(ancestor)
    return CleanupPlan(tuple(taken.values()), tuple(spared))


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
        try:
            data, _stamp = read_file(os.path.join(base, run.name, PRIVATE_DIR, WRITER_FILE), _LARGEST_WRITER)
            writer = ProcessIdentity.from_json(parse_object(data, name=WRITER_FILE))
        except (OSError, MetadataError):
            continue
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
