"""Runs as rows: the contents of ``metadata.json``, whatever is wrong with it."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Container, Mapping, Sequence
from operator import attrgetter
from typing import Any

from runtui.store.checkpoint_names import CHECKPOINT_FILES, count_unlisted
from runtui.store.concurrent_work import in_order
from runtui.store.errors import MetadataError
from runtui.store.failure import USER_REASON
from runtui.store.json_object import has_long_numbers, parse_object
from runtui.store.metadata import LARGEST_METADATA, LEADS_NOWHERE, link_target, unreadable
from runtui.store.notes import NOTE_KEY, note_in
from runtui.store.paths import METADATA_FILE
from runtui.store.record import FileStamp, RecordState, RunRecord, modified_ns
from runtui.store.regular_file import read_file
from runtui.store.run_size import SIZE_IS_PARTIAL, SIZE_ON_DISK, run_size
from runtui.store.scheduler_jobs import job_of
from runtui.store.status import UNKNOWN_STATUS, normal_status
from runtui.store.steps import STEPS_KEY, failed_kinds
from runtui.store.tags import shown_tags
from runtui.store.timestamps import parse_timestamp
from runtui.store.torn_file import (
    MAY_BE_WRITTEN,
    PAUSE,
    WRITING_GRACE,
    read_all_until_whole,
    read_until_whole,
    was_written_recently,
)
from runtui.store.value_files import ValueReader, no_values
from runtui.store.values import find_values
from runtui.text.sanitize import safe_text

FAILURE_KEYS = ("error", "exception", "failure", "failure_reason", "reason", "status_reason")
"""Keys under which simulations are seen to record why they failed; the first that says something counts."""

ADOPTED_KEY = "adopted_from"
"""The key of the metadata for what an adopted run was before, by whom it was adopted, and when."""

MAY_HOLD_RUNS = "may_hold_runs"
"""The key below `ADOPTED_KEY` for whether an adopted run had folders in which further runs may lie."""

ADOPTED_LAYOUT = "layout"
"""The key below `ADOPTED_KEY` for the name of the layout by which an adopted run was read."""

_EXIT_KEYS = ("exit_code", "exit_status", "returncode", "return_code")
_REASON_KEYS = frozenset((*FAILURE_KEYS, *_EXIT_KEYS, USER_REASON))
_DESCRIPTION_LIMIT = 500  # characters
_TEXT_LIMIT = 200  # characters
_EXIT_CODES = 1 << 16  # exclusive bound of an exit code


def read_record(
    base: str,
    name: str,
    attempts: int = 1,
    pause: float = PAUSE,
    *,
    is_edited: bool = False,
    keys: frozenset[str] = frozenset(),
    values_from: ValueReader = no_values,
    is_of_few: bool = False,
) -> RunRecord:
    """Return the run `name` of the runs directory `base` as a row. Never raises for what is on disk.

    Args:
        base: The runs directory.
        name: The run's directory in it.
        attempts, pause: As of `read_until_whole`; `ATTEMPTS` for an answer that somebody waits for.
        is_edited: Whether the run is known to have edits, which are then applied to its metadata.
        keys: Keys of the metadata or the parameters to fill `RunRecord.values` with; ``checkpoints/`` is
            looked at only for `CHECKPOINT_FILES`, and all files only for `SIZE_ON_DISK`.
        values_from: Reader of parameter files, called only for keys that the metadata does not have.
        is_of_few: Whether so few are read that what reads faster is not worth the time that it takes to load.
    """
    path = f"{base}/{name}/{METADATA_FILE}"

    def read() -> RunRecord:
        try:
            data, stamp = read_file(path, LARGEST_METADATA)
        except OSError as error:
            raise unreadable(error, path) from error
        exact = is_edited or is_of_few or (bool(keys) and has_long_numbers(data))
        metadata = parse_object(data, stamp, exact=exact)
        if is_edited:
            record, metadata = edited_record(base, name, metadata, stamp)
        else:
            record = _with_valid_reason(base, record_of(name, metadata, stamp), metadata)
        return with_values(base, record, metadata, keys, values_from)

    try:
        return read_until_whole(read, attempts, pause)
    except MetadataError as fault:
        record = _unread_record(base, name, fault)
        is_absent = record.state is RecordState.BROKEN and not os.path.lexists(path)
        return with_values(base, record, {}, keys, values_from, "" if is_absent else record.problem)


def read_records(
    base: str,
    names: Sequence[str],
    *,
    edited: Container[str] = (),
    keys: frozenset[str] = frozenset(),
    values_from: ValueReader = no_values,
    is_of_few: bool = False,
) -> list[RunRecord]:
    """Return runs as rows, in the order of their names; several are read at once where that is slow.

    Writers at work are waited for, once for all of them together.

    Args:
        base: The runs directory.
        names: The runs.
        edited: Those that are known to have edits.
        keys, values_from, is_of_few: As for `read_record`.
    """

    def read(name: str) -> RunRecord:
        return read_record(
            base,
            name,
            attempts=2,
            is_edited=name in edited,
            keys=keys,
            values_from=values_from,
            is_of_few=is_of_few,
        )

    return read_all_until_whole(names, lambda some: in_order(some, read), _seems_torn)


def _seems_torn(run: RunRecord) -> bool:
    return run.state is RecordState.WRITING and run.stamp is not None and was_written_recently(run.stamp)


def record_of(name: str, metadata: dict[str, Any], stamp: FileStamp | None) -> RunRecord:
    """Return the row that `metadata` describes; values of a wrong type are left out and named."""
    wrong: list[str] = []
    get = metadata.get

    def text(key: str, limit: int = _TEXT_LIMIT) -> str:
        value = get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            wrong.append(f"{key} is not text")
            value = str(value)
        return safe_text(value, limit)

    def moment(key: str) -> float | None:
        value = get(key)
        seconds = parse_timestamp(value)
        if seconds is None and value is not None:
            wrong.append(f"{key} is not a date")
        return seconds

    said = get("status")
    if isinstance(said, str):
        status = safe_text(normal_status(said), _TEXT_LIMIT)
    else:
        status = normal_status(text("status"))
    if status == UNKNOWN_STATUS and (said is None or said == ""):
        wrong.append("status is missing")
    tags = get("tags")
    if isinstance(tags, list):
        texts = [tag for tag in tags if isinstance(tag, str)]
        if len(texts) < len(tags):
            wrong.append("tags are not all text")
    else:
        texts = []
        if tags is not None:
            wrong.append("tags is not a list")
    run_id = get("run_id")
    if run_id != name and run_id is not None:
        wrong.append("run_id differs from the directory's name")
    parent = get("parent_run_id")
    if parent is not None and not isinstance(parent, str):
        wrong.append("parent_run_id is not text")
        parent = None
    checkpoints = get("checkpoints")
    if checkpoints is not None and not isinstance(checkpoints, list):
        wrong.append("checkpoints is not a list")
    created = moment("created_at")
    guess = created is None
    if guess and stamp is not None:
        created = modified_ns(stamp) / 1e9
    has_no_reason = _REASON_KEYS.isdisjoint(metadata)
    typed = "" if has_no_reason else _line_of(get(USER_REASON))
    reason = "" if has_no_reason else typed or _failure_reason(metadata)
    origin = get(ADOPTED_KEY)
    if not isinstance(origin, dict):
        origin = None
    is_of_step = reason != "" and not typed and STEPS_KEY in metadata
    return RunRecord(
        name,
        safe_text(name),
        sys.intern(status),
        text("description", _DESCRIPTION_LIMIT),
        shown_tags(texts),
        created,
        guess,
        moment("started_at"),
        moment("completed_at"),
        sys.intern(text("hostname")),
        sys.intern(text("user")),
        parent,
        len(checkpoints) if isinstance(checkpoints, list) else 0,
        "; ".join(wrong),
        "",
        RecordState.READ,
        stamp,
        reason=reason,
        job=job_of(metadata),
        is_reason_typed=typed != "",
        recorded_id=run_id if isinstance(run_id, str) and run_id != name else "",
        step_kinds=failed_kinds(metadata, reason) if is_of_step else (),
        may_hold_runs=origin is not None and origin.get(MAY_HOLD_RUNS) is True,
        adopted_layout="" if origin is None else _layout_in(origin),
        note=note_in(get(NOTE_KEY)),
    )


def _layout_in(origin: Mapping[str, Any]) -> str:
    layout = origin.get(ADOPTED_LAYOUT)
    return sys.intern(safe_text(layout, _TEXT_LIMIT)) if isinstance(layout, str) else ""


def edited_record(
    base: str, name: str, metadata: dict[str, Any], stamp: FileStamp | None, *, is_recorded: bool = True
) -> tuple[RunRecord, dict[str, Any]]:
    """Return a row, and its metadata, with the run's edits applied.

    Args:
        base: The runs directory.
        name: The run's directory in it.
        metadata: The run's metadata without its edits.
        stamp: The state of the file that it was read from; None where there is none.
        is_recorded: Whether the run has a metadata.json. Otherwise edits are never folded in, and those that
            were undone do not count.
    """
    from runtui.store.edits.edit_files import read_edits  # few runs have edits
    from runtui.store.edits.overlay import overlay  # few runs have edits

    overlaid = overlay(metadata, read_edits(f"{base}/{name}"))
    conflicts = "; ".join(conflict.text for conflict in overlaid.conflicts.values())
    record = _with_valid_reason(base, record_of(name, overlaid.metadata, stamp), overlaid.metadata)
    kept_beside = len(overlaid.pending) + len(overlaid.dropped)
    if not (is_recorded or overlaid.touched or overlaid.conflicts):
        kept_beside = 0
    return record._replace(edits=kept_beside, conflict=conflicts), overlaid.metadata


_NOT_IN_FILES = frozenset({CHECKPOINT_FILES, SIZE_ON_DISK})
"""Keys for what is looked at on disk."""

_JOB_KEYS = {"job.id": attrgetter("job_id"), "job.system": attrgetter("system")}
"""Keys that say which job a run belongs to, however that is known."""


def _with_valid_reason(base: str, record: RunRecord, metadata: dict[str, Any]) -> RunRecord:
    """Return a row without the reason that a user typed, where the program has set a status since."""
    if not record.is_reason_typed:
        return record
    from runtui.store.edits.typed_reason import is_outdated  # few runs have a typed reason

    if not is_outdated(f"{base}/{record.name}", record, metadata.get(USER_REASON)):
        return record
    return record._replace(reason=_failure_reason(metadata), is_reason_typed=False)


def with_values(
    base: str,
    record: RunRecord,
    metadata: dict[str, Any],
    keys: frozenset[str],
    values_from: ValueReader = no_values,
    unread: str = "",
) -> RunRecord:
    """Return a row with the values of keys.

    Args:
        base: The runs directory.
        record: The row.
        metadata: Its metadata.
        keys: The keys.
        values_from: Reader of its parameter files.
        unread: Why its metadata cannot be read, or ``""``.
    """
    if not keys:
        return record

    changes: dict[str, Any] = {}
    values, missing = find_values(metadata, keys - _NOT_IN_FILES)
    if CHECKPOINT_FILES in keys:
        values[CHECKPOINT_FILES] = count_unlisted(f"{base}/{record.name}", metadata.get("checkpoints"))
    if SIZE_ON_DISK in keys:
        size = run_size(f"{base}/{record.name}")
        values[SIZE_ON_DISK] = size.size
        if size.is_partial:
            values[SIZE_IS_PARTIAL] = True
    if missing:
        found = values_from(f"{base}/{record.name}", missing)
        values |= found.values
        missing = list(found.missing)
        unread = unread or found.problem
        changes["values_stamp"] = found.stamp
    if record.job is not None and missing & _JOB_KEYS.keys():
        values |= {key: _JOB_KEYS[key](record.job) for key in missing & _JOB_KEYS.keys()}
        missing = [key for key in missing if key not in values]
    if missing and unread:
        changes["unread"] = dict.fromkeys(missing, safe_text(unread))
    if values:
        changes["values"] = values
    return record._replace(**changes) if changes else record


def _failure_reason(metadata: dict[str, Any]) -> str:
    for key in FAILURE_KEYS:
        if line := _line_of(metadata.get(key)):
            return line
    for key in _EXIT_KEYS:
        value = metadata.get(key)
        if isinstance(value, int) and value and not isinstance(value, bool) and abs(value) < _EXIT_CODES:
            return f"exit code {value}"
    return ""


def _line_of(value: object) -> str:
    """Return the line of a reason that says most, safe to show; ``""`` for what is no text."""
    if not isinstance(value, str) or not value or value.isspace():
        return ""
    lines = [line for line in value.splitlines() if line.strip()]
    # What a traceback says stands at its end.
    line = lines[-1 if lines[0].startswith("Traceback ") else 0]
    return safe_text(line.strip(), _TEXT_LIMIT)


def _unread_record(base: str, name: str, fault: MetadataError) -> RunRecord:
    """Return the row of a run whose metadata could not be read."""
    is_dangling = fault.is_dangling
    try:
        found = os.stat(f"{base}/{name}")
        modified = found.st_mtime
        if not stat.S_ISDIR(found.st_mode):
            fault = MetadataError("not a directory any more")
    except PermissionError:
        modified = 0.0
    except OSError as error:
        modified = 0.0
        why = error.strerror or error
        target = link_target(f"{base}/{name}") if error.errno in LEADS_NOWHERE else ""
        is_dangling = target != ""
        fault = MetadataError(
            f"a link to {target}, which leads nowhere: {why}" if is_dangling else f"cannot be opened: {why}"
        )
    if fault.stamp is not None:
        modified = modified_ns(fault.stamp) / 1e9
    # Dated ahead by more than clocks differ it says nothing of its age.
    writing = fault.passing and -MAY_BE_WRITTEN < time.time() - modified < WRITING_GRACE
    state = RecordState.WRITING if writing else RecordState.BROKEN
    return RunRecord(
        name,
        safe_text(name),
        created=modified or None,
        created_is_guess=True,
        problem=f"{fault} (being written?)" if writing else str(fault),
        state=RecordState.DANGLING if is_dangling else state,
        stamp=fault.stamp,
    )
