"""Checks of a runs directory and its runs, and their repairs."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from runtui.catalog.sync.filesystem import filesystem_of
from runtui.catalog.sync.scan import scan_runs
from runtui.doctor import permissions
from runtui.doctor.findings import Finding, Severity
from runtui.doctor.system_limits import complaints, limits_at
from runtui.store.atomic import TEMP_SUFFIX, write_atomic
from runtui.store.checkpoints import MISSING, find_checkpoints
from runtui.store.cleanup.emptying import has_half_emptied
from runtui.store.concurrent_work import in_order
from runtui.store.dot_dir import present_folder, private_folder
from runtui.store.edits.edit_files import unreadable_edits
from runtui.store.edits.fold import QUIET_TIME, fold
from runtui.store.errors import MetadataError, StoreError, explain
from runtui.store.index import (
    can_replace_index,
    point_current,
    read_current,
    rebuild_index,
    stale_entries,
)
from runtui.store.index_lock import index_lock
from runtui.store.lineage import Ancestry, Family
from runtui.store.lock import is_left_over
from runtui.store.metadata import read_metadata
from runtui.store.paths import CURRENT_LINK, INDEX_FILE, LOCKS_DIR, METADATA_FILE, PRIVATE_DIR, TRASH_DIR
from runtui.store.process import hostname, username
from runtui.store.recognition import is_runs_directory
from runtui.store.record import STOP_THEM, RecordState, RunRecord, modified_ns
from runtui.store.timestamps import timestamp_now
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text
from runtui.text.shell import NoShellWordError, shell_word

_RECORDS = "doctor"  # folder of the records of repairs, in the runs directory's .runtui
_MOST_LISTED = 5  # checkpoints
_TEMP_AGE = 3600.0
"""Seconds after which a temporary file counts as left over; writing one takes moments."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """Outcome of a finding.

    Attributes:
        finding: The finding.
        repaired: Whether it was repaired.
        failure: Why the repair failed, or ``""``.
    """

    finding: Finding
    repaired: bool = False
    failure: str = ""


def examine(base: str) -> list[Finding]:
    """Find the problems in a runs directory and in the folders of runs below it, without changing anything.

    Args:
        base: The runs directory.

    Raises:
        OSError: The directory cannot be listed.
    """
    base = os.path.abspath(base)
    runs = sorted(scan_runs(base), key=lambda run: run.name)
    by_folder: dict[str, list[RunRecord]] = {"": []}
    for run in runs:
        folder, slash, _leaf = run.name.rpartition("/")
        by_folder.setdefault(folder + slash, []).append(run.in_folder(folder + slash))
    findings = [*_system_findings(base), *_about_other_programs(base, runs)]
    for prefix, there in by_folder.items():
        place = os.path.join(base, prefix).rstrip("/")
        found: list[Finding] = []
        if not prefix or any(not run.layout for run in there):  # nothing of ours lies beside theirs
            found = [*_directory_findings(place, there, is_below=prefix != ""), *_leftovers(place, place)]
        check = partial(_checked, place, Family(there), prefix)
        for of_run in in_order(there, check):
            found += of_run
        findings += [replace(finding, folder=prefix) for finding in found]
    return findings


def _checked(base: str, family: Family, prefix: str, run: RunRecord) -> list[Finding]:
    return list(_run_findings(base, run, family, prefix))


def treat(base: str, findings: list[Finding]) -> list[Treatment]:
    """Repair the findings that are safe to repair, and keep a record in ``.runtui/doctor/`` of their folder.

    Nothing is repaired where no record can be kept, or in a directory that is not a runs directory.

    Args:
        base: The runs directory.
        findings: What `examine` found.
    """
    by_folder: dict[str, list[Finding]] = {}
    for finding in findings:
        by_folder.setdefault(finding.folder, []).append(finding)
    return [
        treatment
        for folder, there in by_folder.items()
        for treatment in _treated_in(os.path.join(base, folder), folder, there)
    ]


def _treated_in(base: str, folder: str, findings: list[Finding]) -> list[Treatment]:
    obstacle = ""
    if any(finding.repair is not None for finding in findings):
        if is_runs_directory(base):
            try:
                private_folder(base, _RECORDS, follow=True)
            except OSError as error:
                obstacle = f"cannot keep a record of it: {explain(error)}"
        else:
            obstacle = "this is not a runs directory"
    treatments = [_treated(finding, obstacle) for finding in findings]
    repaired = [item.finding for item in treatments if item.repaired]
    if repaired:
        try:
            _keep_record(base, repaired)
        except OSError as error:
            finding = Finding(f"{PRIVATE_DIR}/{_RECORDS}", "cannot record what was repaired", folder=folder)
            treatments.append(Treatment(finding, failure=safe_text(explain(error))))
    return treatments


def _treated(finding: Finding, obstacle: str) -> Treatment:
    if finding.repair is None:
        return Treatment(finding)
    if obstacle:
        return Treatment(finding, failure=safe_text(obstacle))
    try:
        finding.repair()
    except StoreError as error:
        return Treatment(finding, failure=safe_text(str(error)))
    except OSError as error:
        return Treatment(finding, failure=safe_text(explain(error)))
    return Treatment(finding, repaired=True)


def _directory_findings(base: str, runs: list[RunRecord], *, is_below: bool) -> Iterator[Finding]:
    """Yield findings on a runs directory itself.

    Args:
        base: The directory.
        runs: Its runs.
        is_below: Whether it is a folder below another, which needs no index.
    """
    needs_index = not is_below or os.path.lexists(os.path.join(base, INDEX_FILE))
    stale = stale_entries(base) if needs_index else ""
    if stale:
        if can_replace_index(base):
            yield Finding(INDEX_FILE, f"{stale}: it can be rebuilt", repair=partial(rebuild_index, base))
        else:
            what = f"{stale}: only its owner, another user, can rebuild it here"
            yield Finding(INDEX_FILE, what, Severity.NOTE)
    yield from _current_findings(base, runs)
    yield from permissions.of_directory(base, [run.name for run in runs])
    if has_half_emptied(base):
        what = "emptying the trash was interrupted: `runtui trash empty` finishes it"
        yield Finding(TRASH_DIR, what, Severity.NOTE)


def _about_other_programs(base: str, runs: list[RunRecord]) -> Iterator[Finding]:
    foreign = sum(run.layout != "" and os.path.isdir(os.path.join(base, run.name)) for run in runs)
    if foreign:
        has = f"{run_count(foreign)} of other programs {'has' if foreign == 1 else 'have'}"
        yield Finding(".", f"{has} no {METADATA_FILE}: `runtui adopt` writes it", Severity.NOTE)


def _system_findings(base: str) -> Iterator[Finding]:
    file_system = filesystem_of(os.path.realpath(base))
    if not file_system.has_events:
        kind = safe_text(file_system.type) or "unknown"
        yield Finding(
            ".", f"file system without change events ({kind}): runtui polls for changes", Severity.NOTE
        )
    for complaint in complaints(limits_at(base), file_system):
        yield Finding(".", complaint, Severity.NOTE)


def _current_findings(base: str, runs: list[RunRecord]) -> Iterator[Finding]:
    link = os.path.join(base, CURRENT_LINK)
    if not os.path.islink(link):
        if os.path.lexists(link):
            yield Finding(CURRENT_LINK, "not a symbolic link: move it away")
        return
    current = read_current(base)
    if current in {run.name for run in runs}:
        return
    newest = max(
        (run for run in runs if run.state is RecordState.READ),
        key=lambda run: (run.created or 0.0, run.name),
        default=None,
    )
    repair = None if newest is None else partial(_repoint_current, base, newest.name)
    if current is None:
        what = f"points to {safe_text(os.readlink(link), 80)}, which is not a run here"
    else:
        what = f"points to {safe_text(current, 80)}, which does not exist"
    yield Finding(CURRENT_LINK, what, repair=repair)


def _mark_advice(name: str) -> str:
    """Return how to mark a run as failed, with a command to paste where a shell has a word for its name."""
    try:
        word = shell_word(name)
    except NoShellWordError:
        return "mark it failed"
    return f"mark it: runtui mark {'-- ' if name.startswith('-') else ''}{word} failed"


def _run_findings(base: str, run: RunRecord, family: Family, prefix: str) -> Iterator[Finding]:
    if run.problem:
        yield Finding(run.run_id, run.problem)
    if run.state is RecordState.DANGLING and not os.path.exists(os.path.join(base, run.name)):
        return  # the link is all that there is
    if run.stale_reason:
        can_stop = run.stale_reason.endswith(STOP_THEM)
        path = prefix + run.name
        advice = f"runtui cancel {safe_text(path)}" if can_stop else _mark_advice(path)
        yield Finding(run.run_id, f"status {run.status}, but {run.stale_reason}; {advice}")
    if run.conflict:
        yield Finding(run.run_id, f"{run.conflict}; resolve it with runtui mark or runtui tag")
    elif run.edits and not run.is_live and not run.layout:
        what = "an edit is not yet in metadata.json"
        if run.stamp is not None and time.time() - modified_ns(run.stamp) / 1e9 < QUIET_TIME:
            yield Finding(run.run_id, f"{what}: the run was written to a moment ago", Severity.NOTE)
        else:
            yield Finding(run.run_id, what, repair=partial(_fold, base, run.name))
    for edit in unreadable_edits(os.path.join(base, run.name)):
        what = f"cannot read the edit {safe_text(edit.path, 200)}, so it has no effect: {edit.why}"
        yield Finding(run.run_id, f"{what}; move it away, or update runtui if a newer version wrote it")
    yield from permissions.of_run(base, run)
    if not os.path.islink(os.path.join(base, run.name)):
        yield from _leftovers(base, os.path.join(base, run.name), run.run_id)
    if run.state is not RecordState.READ:
        return
    if run.parent is not None and family.directory_of(run.parent) is None:
        yield Finding(run.run_id, f"its parent {safe_text(run.parent, 80)} is not in this directory")
    line = family.ancestry(run.name)
    if line.is_cycle:
        yield Finding(run.run_id, "its parents form a circle")
    if run.checkpoints:
        yield from _checkpoint_findings(base, run, line)


def _checkpoint_findings(base: str, run: RunRecord, line: Ancestry) -> Iterator[Finding]:
    try:
        metadata = read_metadata(os.path.join(base, run.name), attempts=1)
    except MetadataError:
        return
    lost = [item for item in find_checkpoints(base, run.name, metadata, line) if item.path is None]
    missing = [item.name for item in lost if item.problem == MISSING]
    for problem in dict.fromkeys(item.problem for item in lost if item.problem != MISSING):
        yield Finding(run.run_id, f"its checkpoints {problem}")
    if missing:
        listed = ", ".join(missing[:_MOST_LISTED]) + (" and more" if len(missing) > _MOST_LISTED else "")
        count = "1 checkpoint file is" if len(missing) == 1 else f"{len(missing)} checkpoint files are"
        yield Finding(run.run_id, f"{count} missing: {listed}")


def _leftovers(base: str, folder: str, shown: str = "") -> Iterator[Finding]:
    """Yield the temporary files and locks that dead writers left in a directory."""
    now = time.time()
    for part in (None, "", "edits", "history", _RECORDS, LOCKS_DIR):
        try:
            place = folder if part is None else present_folder(folder, part)
            with os.scandir(place) as listing:
                entries = list(listing)
        except OSError:
            continue
        for entry in entries:
            is_lock = part in ("", LOCKS_DIR) and _is_lock(entry.name)
            if not is_lock and not entry.name.endswith(TEMP_SUFFIX):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            where = shown or safe_text(os.path.relpath(entry.path, base))
            name = safe_text(entry.name, 80)
            # Root could remove a file that another user's program still writes to.
            repair = partial(os.unlink, entry.path) if found.st_uid == os.geteuid() else None
            if is_lock:
                if not stat.S_ISREG(found.st_mode):
                    yield Finding(where, f"{name} is in the place of a lock but is not one: remove it")
                elif is_left_over(entry.path):
                    yield Finding(where, f"left-over lock: {name}", repair=repair)
            elif not stat.S_ISDIR(found.st_mode) and now - found.st_mtime > _TEMP_AGE:
                yield Finding(where, f"left-over temporary file: {name}", repair=repair)


def _is_lock(name: str) -> bool:
    return name in ("lock", "index.lock") or name.startswith(("lock.", "index.lock."))


def _repoint_current(base: str, name: str) -> None:
    with index_lock(base):
        if not point_current(base, name):
            raise StoreError("only its owner, another user, can replace it here")


def _fold(base: str, name: str) -> None:
    folding = fold(base, name)
    if folding.reason:
        raise StoreError(folding.reason)


def _keep_record(base: str, repaired: list[Finding]) -> None:
    folder = private_folder(base, _RECORDS, follow=True)
    record = {
        "at": timestamp_now(),
        "user": username(),
        "host": hostname(),
        "repaired": [{"where": finding.where, "what": finding.what} for finding in repaired],
    }
    path = os.path.join(folder, f"{time.time_ns():020d}-{os.urandom(4).hex()}.json")
    write_atomic(path, json.dumps(record, indent=2).encode())
