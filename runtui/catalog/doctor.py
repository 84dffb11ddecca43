"""What is wrong in a runs directory, and putting right what can be put right without a risk."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from runtui.catalog.filesystem import filesystem_of
from runtui.catalog.scan import scan_runs
from runtui.store.atomic import TEMP_SUFFIX, write_atomic
from runtui.store.errors import StoreError, explain
from runtui.store.folding import fold
from runtui.store.index import index_lock, point_current, read_current, rebuild_index, stale_entries
from runtui.store.lineage import ancestry_on_disk, find_checkpoints
from runtui.store.lock import is_left_over
from runtui.store.metadata import MetadataError, RecordState, RunRecord, read_metadata
from runtui.store.paths import CURRENT_LINK, INDEX_FILE, PRIVATE_DIR
from runtui.store.private import private_folder
from runtui.store.process import hostname, username
from runtui.store.safe_text import safe_text
from runtui.store.timestamps import timestamp_now

_LEAST_WATCHES = 8192
_TEMP_AGE = 3600.0
"""Seconds after which a temporary file is taken to be left over; writing one takes moments."""


class Level(Enum):
    """How much a finding matters."""

    PROBLEM = "problem"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or worth knowing. Text is safe to show.

    Attributes:
        where: The run, or the file of the runs directory.
        what: What is wrong, and where it cannot be mended what to do, in one line.
        level: How much it matters.
        mend: Puts it right without a risk; None where that takes a person.
    """

    where: str
    what: str
    level: Level = Level.PROBLEM
    mend: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """What became of a finding.

    Attributes:
        finding: It.
        mended: Whether it was put right.
        failure: Why putting it right failed, or ``""``.
    """

    finding: Finding
    mended: bool = False
    failure: str = ""


def examine(base: str) -> list[Finding]:
    """Return what is wrong in the runs directory `base`. Changes nothing.

    Raises:
        OSError: The directory cannot be listed.
    """
    base = os.path.abspath(base)
    runs = list(scan_runs(base))
    runs.sort(key=lambda run: run.name)
    findings = [*_of_the_directory(base, runs), *_left_over(base, base)]
    names = {run.name for run in runs}
    for run in runs:
        findings += _of_a_run(base, run, names)
    return findings


def treat(base: str, findings: list[Finding]) -> list[Treatment]:
    """Put right what can be put right without a risk, and keep a record of it in ``.runtui/doctor/``."""
    treatments = []
    for finding in findings:
        treatment = Treatment(finding)
        if finding.mend is not None:
            try:
                finding.mend()
            except StoreError as error:
                treatment = replace(treatment, failure=safe_text(str(error)))
            except OSError as error:
                treatment = replace(treatment, failure=safe_text(explain(error)))
            else:
                treatment = replace(treatment, mended=True)
        treatments.append(treatment)
    mended = [item.finding for item in treatments if item.mended]
    if mended:
        _keep_record(base, mended)
    return treatments


def _of_the_directory(base: str, runs: list[RunRecord]) -> Iterator[Finding]:
    stale = stale_entries(base)
    if stale:
        yield Finding(INDEX_FILE, f"{stale}: it can be rebuilt", mend=partial(rebuild_index, base))
    current = read_current(base)
    names = {run.name for run in runs}
    if current is not None and current not in names:
        newest = max(
            (run for run in runs if run.state is RecordState.READ),
            key=lambda run: (run.created or 0.0, run.name),
            default=None,
        )
        mend = None if newest is None else partial(_repoint_current, base, newest.name)
        yield Finding(CURRENT_LINK, f"points to {safe_text(current, 80)}, which is not there", mend=mend)
    file_system = filesystem_of(os.path.realpath(base))
    if not file_system.has_events:
        kind = safe_text(file_system.type) or "unknown"
        yield Finding(".", f"lies on a file system ({kind}) without events: changes are polled", Level.NOTE)
    limit = _watch_limit()
    if limit is not None and limit < _LEAST_WATCHES:
        yield Finding(".", f"only {limit} inotify watches for each user: watching may fail", Level.NOTE)
    if not os.access(base, os.W_OK | os.X_OK):
        yield Finding(".", "cannot be written by you: nothing here can be edited or cleaned", Level.NOTE)


def _of_a_run(base: str, run: RunRecord, names: set[str]) -> Iterator[Finding]:
    if run.problem:
        yield Finding(run.run_id, run.problem)
    if run.doubt:
        advice = f"mark it: runtui mark {run.run_id} failed"
        yield Finding(run.run_id, f"claims to be running, but {run.doubt}; {advice}")
    if run.conflict:
        yield Finding(run.run_id, f"{run.conflict}; settle it with runtui mark or tag")
    elif run.edits and not run.is_live:
        reason = "an edit is not in its metadata yet"
        yield Finding(run.run_id, reason, mend=partial(_fold, base, run.name))
    if run.state is not RecordState.READ:
        return
    if run.parent is not None and run.parent not in names:
        yield Finding(run.run_id, f"its parent {safe_text(run.parent, 80)} is not in this directory")
    if run.checkpoints:
        yield from _of_checkpoints(base, run)
    if not os.path.islink(os.path.join(base, run.name)):
        yield from _left_over(base, os.path.join(base, run.name), run.run_id)


def _of_checkpoints(base: str, run: RunRecord) -> Iterator[Finding]:
    try:
        metadata = read_metadata(os.path.join(base, run.name))
    except MetadataError:
        return
    line = ancestry_on_disk(base, run.name, metadata)
    if line.is_cycle:
        yield Finding(run.run_id, "its line of parents comes back to itself")
    missing = [
        item.name for item in find_checkpoints(base, run.name, metadata, line.names) if item.path is None
    ]
    if missing:
        listed = ", ".join(missing[:5]) + (" and more" if len(missing) > 5 else "")
        yield Finding(run.run_id, f"the files of {len(missing)} of its checkpoints are missing: {listed}")


def _left_over(base: str, folder: str, shown: str = "") -> Iterator[Finding]:
    """Yield the temporary files and locks that writers which died have left in a directory."""
    now = time.time()
    for place in (folder, os.path.join(folder, PRIVATE_DIR), os.path.join(folder, PRIVATE_DIR, "edits")):
        try:
            with os.scandir(place) as listing:
                entries = [entry for entry in listing if entry.is_file(follow_symlinks=False)]
        except OSError:
            continue
        for entry in entries:
            where = shown or safe_text(os.path.relpath(entry.path, base))
            name = safe_text(entry.name, 80)
            if entry.name.endswith(TEMP_SUFFIX):
                if now - entry.stat(follow_symlinks=False).st_mtime > _TEMP_AGE:
                    yield Finding(
                        where, f"a temporary file was left: {name}", mend=partial(os.unlink, entry.path)
                    )
            elif _is_lock(entry.name) and place != folder and is_left_over(entry.path):
                yield Finding(where, f"a lock was left: {name}", mend=partial(os.unlink, entry.path))


def _is_lock(name: str) -> bool:
    return name in ("lock", "index.lock") or name.startswith(("lock.", "index.lock."))


def _repoint_current(base: str, name: str) -> None:
    with index_lock(base):
        point_current(base, name)


def _fold(base: str, name: str) -> None:
    folding = fold(base, name)
    if folding.reason:
        raise StoreError(folding.reason)


def _watch_limit() -> int | None:
    try:
        with open("/proc/sys/fs/inotify/max_user_watches", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def _keep_record(base: str, mended: list[Finding]) -> None:
    folder = private_folder(base, "doctor")
    record = {
        "at": timestamp_now(),
        "user": username(),
        "host": hostname(),
        "mended": [{"where": finding.where, "what": finding.what} for finding in mended],
    }
    path = os.path.join(folder, f"{time.time_ns():020d}-{os.urandom(4).hex()}.json")
    write_atomic(path, json.dumps(record, indent=2).encode())
