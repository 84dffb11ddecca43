"""Reading ``metadata.json``: from bytes of any kind to a row with, at worst, a described problem."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
from collections.abc import Container, Sequence
from functools import partial
from typing import Any, NamedTuple

from runtui.store.errors import StoreError, explain
from runtui.store.estale import opened_again
from runtui.store.paths import CONFIG_FILE, METADATA_FILE, PARAMS_FILE
from runtui.store.record import FileStamp, JobInfo, RecordState, RunRecord, modified_ns, size_in, stamp_of
from runtui.store.several import in_order
from runtui.store.tags import shown_tags
from runtui.store.timestamps import parse_timestamp
from runtui.text.sanitize import safe_text

LARGEST_METADATA = 8 * 1024 * 1024
"""Bytes of a metadata.json that are read; a larger one is shown as a problem."""

DEEPEST_METADATA = 200
"""Levels of nesting that are read; what is deeper could be read but neither copied nor written back."""

WRITING_GRACE = 10.0
"""Seconds for which an empty or half file is taken for a writer at work, not for a broken run."""

_ROUNDS = 3
_ROUND_PAUSE = 0.05  # seconds

_MAY_BE_WRITTEN = 120.0
"""Seconds around the date of an empty or half file in which it is worth waiting for its writer: the clocks of
a host and of its file server differ."""

FAILURE_KEYS = ("error", "exception", "failure", "failure_reason", "reason", "status_reason")
"""Keys under which simulations are seen to record why they failed; the first that says something counts."""

_EXIT_KEYS = ("exit_code", "exit_status", "returncode", "return_code")
_FAILURE_KEYS = frozenset((*FAILURE_KEYS, *_EXIT_KEYS))
_LARGEST_PARAMS = 1024 * 1024
_PASSING_ERRORS = frozenset({errno.ESTALE})  # the file was replaced on its server: opening again helps

_ATTEMPTS = 4
_PAUSE = 0.05  # seconds

_TO_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_DESCRIPTION_LIMIT = 500
_TEXT_LIMIT = 200
_JOB_KEYS = ("state", "reason", "left")
_JOB_LIMIT = 100
_EXIT_CODES = 1 << 16

_TYPE_NAMES = {
    "dict": "an object",
    "list": "a list",
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "NoneType": "null",
}


class MetadataError(StoreError):
    """Why metadata.json could not be read, in words for the user.

    Attributes:
        passing: True where a writer at work would explain it: reading again may succeed.
        stamp: The state of the file that was found, where there was one.
        is_changing: Whether the file was written to while it was read: its date may be an earlier one.
    """

    def __init__(
        self,
        message: str,
        *,
        passing: bool = False,
        stamp: FileStamp | None = None,
        is_changing: bool = False,
    ) -> None:
        super().__init__(message)
        self.passing = passing
        self.stamp = stamp
        self.is_changing = is_changing


def read_file(path: str, limit: int, *, follow_link: bool = True) -> tuple[bytes, FileStamp]:
    """Return the bytes of the regular file at `path` and the state they were read from.

    The state is taken before the bytes, so that a change in between makes it look out of date, never the
    other way round. A FIFO or a device is refused without waiting for it.

    Args:
        path: The file.
        limit: The most bytes that are read.
        follow_link: Whether it may be a symbolic link to such a file.

    Raises:
        MetadataError: It is not a regular file or is larger than `limit` bytes.
        OSError: It cannot be opened or read.
    """
    return opened_again(partial(_read_once, path, limit, follow_link))


def _read_once(path: str, limit: int, follow_link: bool) -> tuple[bytes, FileStamp]:
    descriptor = _open_to_read(path, follow_link)
    try:
        return read_descriptor(descriptor, limit, os.path.basename(path))
    finally:
        os.close(descriptor)


def read_descriptor(descriptor: int, limit: int, name: str) -> tuple[bytes, FileStamp]:
    """Return the bytes of an open file from where it stands, and the state they were read from.

    Args:
        descriptor: The file's.
        limit: The most bytes that are read.
        name: What it is called, for the error.

    Raises:
        MetadataError: It is not a regular file or is larger than `limit` bytes.
        OSError: It cannot be read.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise MetadataError(f"{name} is not a regular file")
    stamp = stamp_of(status)
    size = status.st_size
    if size > limit:
        raise MetadataError(
            f"{name} has {size / 1e6:.0f} MB, more than is read ({limit // (1024 * 1024)} MiB)", stamp=stamp
        )
    data = os.read(descriptor, size + 1)
    if len(data) != size:
        chunks = [data]
        total = len(data)
        while chunks[-1] and total <= limit:
            chunks.append(os.read(descriptor, 1 << 20))
            total += len(chunks[-1])
        data = b"".join(chunks)
    return data, stamp


def parse_object(
    data: bytes, stamp: FileStamp | None = None, name: str = METADATA_FILE, *, exact: bool = True
) -> dict[str, Any]:
    """Return the JSON object in `data`, nested no deeper than `DEEPEST_METADATA`.

    Invalid UTF-8 is read with replacement characters; NaN and Infinity are accepted, as writers write them.

    Args:
        data: The file's bytes.
        stamp: The state they were read from, for the error.
        name: The file's name, for the error.
        exact: Whether integers of more than 64 bits must be exact; otherwise it is done four times faster.

    Raises:
        MetadataError: `data` is empty, cut off, no JSON, no object, or nested too deeply.
    """
    is_changing = stamp is not None and size_in(stamp) != len(data)
    if not data.strip():
        raise MetadataError(f"{name} is empty", passing=True, stamp=stamp, is_changing=is_changing)
    try:
        found = _loads(data) if exact else _loads_fast(data)
    except json.JSONDecodeError as error:
        raise MetadataError(
            f"{name} is not valid JSON (line {error.lineno}, column {error.colno})",
            passing=True,
            stamp=stamp,
            is_changing=is_changing,
        ) from None
    except RecursionError:
        raise MetadataError(f"{name} is nested too deeply to read", stamp=stamp) from None
    except ValueError:
        raise MetadataError(f"{name} holds a number too long to read", stamp=stamp) from None
    if not isinstance(found, dict):
        kind = _TYPE_NAMES.get(type(found).__name__, "something else")
        raise MetadataError(f"{name} holds {kind}, not an object", stamp=stamp)
    if data.count(b"[") + data.count(b"{") > DEEPEST_METADATA and _is_too_deep(found):
        raise MetadataError(f"{name} is nested too deeply to read", stamp=stamp)
    return found


def read_metadata(
    run_dir: str, attempts: int = 4, pause: float = 0.05, *, is_patient: bool = False
) -> dict[str, Any]:
    """Return the metadata of the run in `run_dir`, reading again while a writer is at work.

    Args:
        run_dir: The run's directory.
        attempts: How many times to read before giving up.
        pause: Seconds between the attempts.
        is_patient: Whether to wait whatever the file's date, for whoever is about to change this run: some
            file systems show that a file was cut off before they show its new date.

    Raises:
        MetadataError: It cannot be read; the text says why.
    """
    while True:
        attempts -= 1
        try:
            data, stamp = read_file(os.path.join(run_dir, METADATA_FILE), LARGEST_METADATA)
            return parse_object(data, stamp)
        except MetadataError as fault:
            if not attempts or not fault.passing or not (is_patient or _is_being_written(fault)):
                raise
        except OSError as error:
            if not attempts or error.errno not in _PASSING_ERRORS:
                raise _unreadable(error) from error
        time.sleep(pause)


class OwnedMetadata(NamedTuple):
    """Metadata, and whether nobody but the calling user can have written the file that it was read from."""

    metadata: dict[str, Any]
    is_own: bool


def read_owned(run_dir: str) -> OwnedMetadata:
    """Return the metadata of the run in `run_dir`, and whether the file is the calling user's alone.

    That is asked of the file that was read: by its name it could be another one the next moment.

    Raises:
        MetadataError: It cannot be read, or is a symbolic link; the text says why.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE)
        try:
            with open(os.open(os.path.join(run_dir, METADATA_FILE), _TO_READ | os.O_NOFOLLOW), "rb") as file:
                is_own = is_own_file(os.fstat(file.fileno()))
                data, stamp = read_descriptor(file.fileno(), LARGEST_METADATA, METADATA_FILE)
            return OwnedMetadata(parse_object(data, stamp), is_own)
        except MetadataError as error:
            fault = error
            if not fault.passing:
                break
        except OSError as error:
            fault = _unreadable(error)
            if error.errno not in _PASSING_ERRORS:
                break
    raise fault


def is_own_file(found: os.stat_result) -> bool:
    """Return whether only the calling user can have written to an open file, under whatever name.

    A file with another name could be one that was put here from elsewhere.
    """
    may_be_theirs = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_uid == os.geteuid()
        and not may_be_theirs
        and found.st_nlink == 1
    )


def read_record(
    base: str,
    name: str,
    attempts: int = 1,
    pause: float = 0.0,
    *,
    is_edited: bool = False,
    keys: frozenset[str] = frozenset(),
    is_of_few: bool = False,
) -> RunRecord:
    """Return the run `name` of the runs directory `base` as a row. Never raises for what is on disk.

    Args:
        base: The runs directory.
        name: The run's directory in it.
        attempts: How many times to read while a writer is at work.
        pause: Seconds between the attempts.
        is_edited: Whether the run is known to have edits, which are then laid over its metadata.
        keys: Keys of the metadata, the parameters or the configuration to fill `RunRecord.values` with. The
            other files are read only for keys that the metadata does not have.
        is_of_few: Whether so few are read that what reads faster is not worth the time that it takes to load.
    """
    path = f"{base}/{name}/{METADATA_FILE}"
    while True:
        attempts -= 1
        stamp = None
        try:
            data, stamp = read_file(path, LARGEST_METADATA)
            metadata = parse_object(data, stamp, exact=is_edited or is_of_few or bool(keys))
            if is_edited:
                record, metadata = _edited_record(base, name, metadata, stamp)
            else:
                record = record_of(name, metadata, stamp)
            return _with_values(base, record, metadata, keys)
        except MetadataError as fault:
            if attempts <= 0 or not _is_being_written(fault):
                return _with_values(base, _unread_record(base, name, fault), {}, keys)
        except OSError as error:
            if attempts <= 0 or error.errno not in _PASSING_ERRORS:
                return _with_values(base, _unread_record(base, name, _unreadable(error)), {}, keys)
        if pause:
            time.sleep(pause)


def read_records(
    base: str,
    names: Sequence[str],
    *,
    edited: Container[str] = (),
    keys: frozenset[str] = frozenset(),
    is_of_few: bool = False,
) -> list[RunRecord]:
    """Return runs as rows, in the order of their names; several are read at once where that is slow.

    Writers at work are waited for, once for all of them together.

    Args:
        base: The runs directory.
        names: The runs.
        edited: Those that are known to have edits.
        keys, is_of_few: As for `read_record`.
    """

    def read(name: str) -> RunRecord:
        return read_record(base, name, attempts=2, is_edited=name in edited, keys=keys, is_of_few=is_of_few)

    found = list(in_order(names, read))
    for _round in range(_ROUNDS):
        torn = [place for place, run in enumerate(found) if _seems_torn(run)]
        if not torn:
            break
        time.sleep(_ROUND_PAUSE)
        for place, run in zip(torn, in_order([names[place] for place in torn], read), strict=True):
            found[place] = run
    return found


def _is_being_written(fault: MetadataError) -> bool:
    """Return whether a writer may be at work who explains what was found, so that waiting is worth it.

    One who was cut off long ago is not waited for by every command from then on.
    """
    is_of_late = fault.stamp is not None and _is_of_late(fault.stamp)
    return fault.passing and (fault.is_changing or is_of_late)


def _seems_torn(run: RunRecord) -> bool:
    return run.state is RecordState.WRITING and run.stamp is not None and _is_of_late(run.stamp)


def _is_of_late(stamp: FileStamp) -> bool:
    return abs(time.time() - modified_ns(stamp) / 1e9) < _MAY_BE_WRITTEN


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

    status = text("status")
    if not status and "status" not in metadata:
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
        reason="" if _FAILURE_KEYS.isdisjoint(metadata) else _failure_reason(metadata),
        job=None if get("job") is None else _job_note(metadata["job"]),
    )


def _open_to_read(path: str, follow_link: bool) -> int:
    try:
        return os.open(path, _TO_READ | os.O_NOFOLLOW)
    except OSError as error:
        name = os.path.basename(path)
        if error.errno == errno.ENXIO:
            raise MetadataError(f"{name} is not a regular file") from None
        if error.errno != errno.ELOOP:
            raise
    if not follow_link:
        raise MetadataError(f"{name} is a symbolic link")
    # It may lead to a device, and there are devices that do something when they are opened.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise MetadataError(f"{name} is not a regular file")
    return os.open(path, _TO_READ)


def _is_too_deep(found: Any) -> bool:
    from runtui.store.edits.json_patch import is_deeper  # hardly any file has so many brackets

    return is_deeper(found, DEEPEST_METADATA)


def _loads_fast(data: bytes) -> Any:
    import orjson  # not for those who read few files

    try:
        return orjson.loads(data)
    except ValueError:
        return _loads(data)  # what it refuses may still be what writers write: NaN, a mark at the beginning


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        return json.loads(data.decode("utf-8", "replace"))


def _edited_record(
    base: str, name: str, metadata: dict[str, Any], stamp: FileStamp
) -> tuple[RunRecord, dict[str, Any]]:
    from runtui.store.edits.model import overlay, read_edits  # few runs have edits

    overlaid = overlay(metadata, read_edits(f"{base}/{name}"))
    conflicts = "; ".join(conflict.text for conflict in overlaid.conflicts.values())
    record = record_of(name, overlaid.metadata, stamp)
    kept_beside = len(overlaid.pending) + len(overlaid.dropped)
    return record._replace(edits=kept_beside, conflict=conflicts), overlaid.metadata


def _with_values(base: str, record: RunRecord, metadata: dict[str, Any], keys: frozenset[str]) -> RunRecord:
    if not keys:
        return record
    from runtui.store.values import find_values  # only for those who ask for values

    values, missing = find_values(metadata, keys)
    for filename in (PARAMS_FILE, CONFIG_FILE):
        if not missing:
            break
        try:
            data, _stamp = read_file(f"{base}/{record.name}/{filename}", _LARGEST_PARAMS)
            more, missing = find_values(parse_object(data, name=filename), missing)
        except (MetadataError, OSError):
            continue
        values |= more
    return record._replace(values=values) if values else record


def _job_note(job: Any) -> JobInfo | None:
    """Return what is recorded of a run's job; None where that is none of a batch system."""
    if not isinstance(job, dict):
        return None
    system, job_id = job.get("system"), job.get("id")
    if not (isinstance(system, str) and isinstance(job_id, str) and job_id):
        return None
    state, reason, left = (value if isinstance(value := job.get(key), str) else "" for key in _JOB_KEYS)
    detail = reason or (f"{left} left" if left else "")
    system, job_id, state, detail = (safe_text(text, _JOB_LIMIT) for text in (system, job_id, state, detail))
    return JobInfo(sys.intern(system), job_id, sys.intern(state), detail)


def _failure_reason(metadata: dict[str, Any]) -> str:
    for key in FAILURE_KEYS:
        value = metadata.get(key)
        if isinstance(value, str) and value and not value.isspace():
            lines = [line for line in value.splitlines() if line.strip()]
            # What a traceback says stands at its end.
            line = lines[-1 if lines[0].startswith("Traceback ") else 0]
            return safe_text(line.strip(), _TEXT_LIMIT)
    for key in _EXIT_KEYS:
        value = metadata.get(key)
        if isinstance(value, int) and value and not isinstance(value, bool) and abs(value) < _EXIT_CODES:
            return f"exit code {value}"
    return ""


def _unreadable(error: OSError) -> MetadataError:
    if isinstance(error, FileNotFoundError):
        return MetadataError(f"no {METADATA_FILE}", passing=True)
    if isinstance(error, PermissionError):
        return MetadataError("permission denied: ask the run's owner, or check its mode")
    if isinstance(error, IsADirectoryError):
        return MetadataError(f"{METADATA_FILE} is a directory")
    return MetadataError(f"{METADATA_FILE} cannot be read: {explain(error, with_path=False)}")


def _unread_record(base: str, name: str, fault: MetadataError) -> RunRecord:
    """Return the row of a run whose metadata could not be read."""
    try:
        found = os.stat(f"{base}/{name}")
        modified = found.st_mtime
        if not stat.S_ISDIR(found.st_mode):
            fault = MetadataError("not a directory any more")
    except PermissionError:
        modified = 0.0
    except OSError as error:
        modified = 0.0
        fault = MetadataError(f"cannot be opened: {error.strerror or error}")
    if fault.stamp is not None:
        modified = modified_ns(fault.stamp) / 1e9
    # Dated ahead by more than clocks differ it says nothing of its age.
    writing = fault.passing and -_MAY_BE_WRITTEN < time.time() - modified < WRITING_GRACE
    return RunRecord(
        name,
        safe_text(name),
        created=modified or None,
        created_is_guess=True,
        problem=f"{fault} (being written?)" if writing else str(fault),
        state=RecordState.WRITING if writing else RecordState.BROKEN,
        stamp=fault.stamp,
    )
