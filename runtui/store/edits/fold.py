"""Folding edits into metadata.json once its writer has finished."""

from __future__ import annotations

import codecs
import json
import os
import stat
import time
from typing import NamedTuple

from runtui.store.edits.edit_files import move_to_history, read_edits
from runtui.store.edits.edit_index import mark_edited
from runtui.store.edits.json_patch import NotEditableError, replace_values
from runtui.store.edits.model import Edit, same_value
from runtui.store.edits.overlay import Overlaid, overlay
from runtui.store.errors import MetadataError, StoreError, explain
from runtui.store.json_object import parse_object
from runtui.store.lock import FileLock
from runtui.store.metadata import LARGEST_METADATA, read_any_metadata
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, check_run_id
from runtui.store.record import FileStamp, modified_ns, stamp_of
from runtui.store.regular_file import RegularFile, open_regular
from runtui.store.safe_directory import SafeDirectory
from runtui.store.status import is_live_status

QUIET_TIME = 60.0
"""Seconds for which metadata.json must not have been written before edits are folded into it."""

RUN_LOCK = "lock"

_LATE_SAVE_TAKES = 2.0
"""Seconds for which a save that began as its file was replaced is waited for."""

_SAVED_MEANWHILE = "its writer saved it meanwhile"


class Folding(NamedTuple):
    """The result of folding: the edits folded in, and why not all were, in one line, or ``""``."""

    folded: tuple[Edit, ...]
    reason: str


class _NotNowError(Exception):
    pass


def read_overlaid(base: str, name: str, *, strict: bool = False) -> Overlaid:
    """Return the metadata of the run `name` with its edits applied, as it is shown.

    Args:
        base: The runs directory.
        name: The run.
        strict: Whether edits that the file system does not let us read are an error, and a writer is waited
            for, as is due before something is changed.

    Raises:
        MetadataError: The metadata cannot be read.
        OSError: Only when `strict`.
    """
    run_dir = os.path.join(base, name)
    metadata = read_any_metadata(run_dir, is_patient=strict)
    return overlay(metadata, read_edits(run_dir, strict=strict))


def fold(base: str, name: str) -> Folding:
    """Write the edits of the run `name` to its metadata.json, if that is safe now; never raises if not.

    Only the values that change are replaced in the file's text. It is left alone, and the edits stay laid
    over it, while the run is live or was written to a moment ago, and for good where it is another user's, a
    link or hard link, read-only, or of a kind that could not be changed without a risk to the rest of it.
    """
    try:
        run_dir = os.path.join(base, check_run_id(name))
        if os.path.islink(run_dir):
            raise _NotNowError("the run is a symbolic link")
        directory = SafeDirectory(run_dir)
        with FileLock(f"{PRIVATE_DIR}/{RUN_LOCK}", within=directory) as lock, directory.folder() as folder:
            folding = _fold_under_lock(directory, folder, server_now=lock.modified())
        if folding.folded:
            mark_edited(base, name)
        return folding
    except _NotNowError as reason:
        return Folding((), str(reason))
    except (StoreError, NotEditableError) as error:
        return Folding((), str(error))
    except UnicodeError as error:
        return Folding((), f"{METADATA_FILE} cannot be changed: {error}")
    except OSError as error:
        return Folding((), explain(error))


def fold_as_writer(run_dir: str, overlaid: Overlaid) -> None:
    """Note that the run's own writer has stored `overlaid`, including its edits.

    Raises:
        OSError: An edit cannot be moved to the history; it counts as pending.
    """
    for edit in settled_edits(overlaid):
        move_to_history(run_dir, edit)


def settled_edits(overlaid: Overlaid) -> list[Edit]:
    """Return the pending edits of `overlaid` that change no key which is in conflict."""
    return [
        edit
        for edit in overlaid.pending
        if not any(change.key in overlaid.conflicts for change in edit.changes)
    ]


def _fold_under_lock(directory: SafeDirectory, folder: int, server_now: float) -> Folding:
    with _open_metadata(folder) as file:
        _check_ownership(file.status)  # of what is open: the name may be another file's by now
        data, stamp = file.read(LARGEST_METADATA), file.stamp
        metadata = parse_object(data, stamp)
        status = metadata.get("status")
        if is_live_status(status):
            raise _NotNowError(f"the run is {status}")
        if server_now - modified_ns(stamp) / 1e9 < QUIET_TIME:
            raise _NotNowError("the run was written to a moment ago")
        overlaid = overlay(metadata, read_edits(directory.path, strict=True))
        if overlaid.touched:
            if data.startswith(codecs.BOM_UTF8):
                raise _NotNowError(f"{METADATA_FILE} has a byte order mark")
            text = data.decode("utf-8")
            changed = {key: overlaid.metadata[key] for key in overlaid.touched if key in overlaid.metadata}
            removed = frozenset(overlaid.touched.difference(changed))
            edited = replace_values(text, changed, removed)
            if not same_value(json.loads(edited), overlaid.metadata):
                raise _NotNowError("the result would not be the same")
            _replace(directory, folder, file, edited.encode("utf-8"))
    folded = settled_edits(overlaid)
    for edit in folded:
        move_to_history(directory.path, edit)
    reason = "" if not overlaid.conflicts else "the writer changed the same key: settle it by an edit"
    return Folding(tuple(folded), reason)


def _replace(directory: SafeDirectory, folder: int, old: RegularFile, data: bytes) -> None:
    """Replace metadata.json, which is open as `old`.

    A writer may have opened the old file in the very moment in which it lost its name, and its save would be
    gone with it: so that file is looked at afterwards, and what was written into it is put in place.

    Raises:
        _NotNowError: The writer saved it meanwhile; what it saved is there.
    """

    def check_unchanged() -> None:
        if not stamp_of(os.fstat(old.descriptor)) == _stamp_in(folder) == old.stamp:
            raise _NotNowError(_SAVED_MEANWHILE)

    written_ns = directory.replace(METADATA_FILE, data, check_unchanged)
    late = _late_save(old)
    if late is None:
        return
    with _open_metadata(folder) as file:
        if file.status.st_mtime_ns == written_ns:  # else it was saved once more, and that one counts
            _replace(directory, folder, file, late)
    raise _NotNowError(_SAVED_MEANWHILE)


def _open_metadata(folder: int) -> RegularFile:
    """Open the metadata.json of an open run directory, where it is no link."""
    return open_regular(METADATA_FILE, folder=folder)


def _stamp_in(folder: int) -> FileStamp:
    """Return the state of metadata.json on the server; on NFS only opening the file asks for it."""
    with _open_metadata(folder) as file:
        return file.stamp


def _late_save(old: RegularFile) -> bytes | None:
    """Return the data that a writer put into the file `old` between its opening and its replacement.

    A writer that does not come to an end leaves no whole object, and nothing to put in place.
    """
    deadline = time.monotonic() + _LATE_SAVE_TAKES
    while (now := stamp_of(os.fstat(old.descriptor))) != old.stamp:
        data = old.read()
        try:
            parse_object(data, now)
            if stamp_of(os.fstat(old.descriptor)) == now:
                return data
        except MetadataError:
            pass
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)
    return None


def _check_ownership(found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise _NotNowError("the run belongs to another user")
    if found.st_nlink > 1:
        raise _NotNowError(f"{METADATA_FILE} has hard links")
    if not found.st_mode & stat.S_IWUSR:
        raise _NotNowError(f"{METADATA_FILE} is read-only")
