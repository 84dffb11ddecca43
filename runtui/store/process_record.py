"""Small files in a run's ``.runtui/`` that name a process, each bound to the run that it was written for.

Whoever may write in a runs directory may move such a file of another user into a run of his own. What it
names is believed only where the file, looked at through one open descriptor, is of that run; and nothing is
ended that this user has not named himself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from runtui.store.errors import MetadataError, StoreError
from runtui.store.json_object import parse_object
from runtui.store.ownership import is_ours, is_own_file, is_owners_alone, is_private
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR
from runtui.store.process import ProcessIdentity
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory
from runtui.store.seal import is_sealed, sealed

_LARGEST = 64 * 1024
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class UnprovenError(StoreError):
    """A record that another user may have put where it is."""


class _Found(NamedTuple):
    """A record, and what its file and the directories around it are like."""

    data: Mapping[str, Any]
    file: os.stat_result
    folder: os.stat_result
    run: os.stat_result
    name: str
    path: str


def write_process_record(
    directory: SafeDirectory, file: str, process: ProcessIdentity, more: Mapping[str, object] | None = None
) -> None:
    """Record a process of the run in a directory, in a file that nobody else can write.

    Raises:
        OSError: It cannot be written.
    """
    directory.make_shared_folder(PRIVATE_DIR)
    path = f"{PRIVATE_DIR}/{file}"
    with directory.folder() as run:
        inode = os.fstat(run).st_ino
    try:
        replaced = os.lstat(os.path.join(directory.path, path))
        if not is_own_file(replaced):
            directory.discard(path)  # or what replaces it would get its owner and its mode
    except FileNotFoundError:
        pass
    place = _place(directory.path)
    bound = {"run_id": os.path.basename(place), "path": place, "directory": inode}
    facts = {**process.as_json(), **(more or {}), **bound, "record": file}
    data = json.dumps(sealed(facts)).encode()
    directory.replace(path, data, mode=0o644)


def read_process_record(run_dir: str, file: str) -> Mapping[str, Any] | None:
    """Return what was recorded of a process of a run, for telling whether that is alive.

    Returns:
        None where nothing was, where the file is of another run, or where somebody may have written it who
        neither owns the run nor has written its metadata.
    """
    try:
        found = _read(run_dir, file)
        return found.data if found is not None and _is_believable(run_dir, found) else None
    except (OSError, MetadataError):
        return None


def own_process_record(run_dir: str, file: str) -> Mapping[str, Any] | None:
    """Return what this user has recorded of a process of a run, for ending that; None where there is nothing.

    Raises:
        UnprovenError: Another user may have written it, or have put it there.
    """
    try:
        found = _read(run_dir, file)
    except (OSError, MetadataError) as error:
        raise UnprovenError(f"what is recorded of its process cannot be read: {error}") from None
    if found is None:
        return None
    # It names no process: that may be one of this user's that has nothing to do with the run.
    if not is_own_file(found.file) or not is_sealed(found.data) or found.data.get("record") != file:
        raise UnprovenError("another user may have written what its process is: nothing was stopped")
    if os.path.islink(run_dir) or not _is_proven(found):
        raise UnprovenError("what is recorded of its process belongs to another run: nothing was stopped")
    return found.data


def _read(run_dir: str, file: str) -> _Found | None:
    """Return a record; None where there is none.

    Raises:
        OSError, MetadataError: It cannot be read.
    """
    run = os.open(run_dir, _DIRECTORY)
    try:
        try:
            folder = os.open(PRIVATE_DIR, _DIRECTORY | os.O_NOFOLLOW, dir_fd=run)
        except FileNotFoundError:
            return None
        try:
            try:
                with open_regular(file, folder=folder) as opened:
                    data, status = opened.read(_LARGEST), opened.status
            except FileNotFoundError:
                return None
            path = _place(run_dir)
            return _Found(
                parse_object(data, name=file),
                status,
                os.fstat(folder),
                os.fstat(run),
                os.path.basename(path),
                path,
            )
        finally:
            os.close(folder)
    finally:
        os.close(run)


def _place(run_dir: str) -> str:
    """Return where a run is, as text that JSON can hold whatever the file system's names are."""
    return os.fsencode(os.path.realpath(run_dir)).decode("utf-8", "backslashreplace")


def _is_believable(run_dir: str, found: _Found) -> bool:
    if not is_owners_alone(found.file):
        return False
    if "directory" not in found.data:  # as earlier versions wrote it
        return found.file.st_uid == found.run.st_uid
    is_there = found.data["directory"] == found.run.st_ino
    # Moved to another file system, the number of its directory is another one, and its name stays.
    if not is_there and found.data.get("run_id") != found.name:
        return False
    owner = found.file.st_uid
    if is_ours(found.file) or owner == found.run.st_uid:
        return True
    return os.stat(os.path.join(run_dir, METADATA_FILE)).st_uid == owner


def _is_proven(found: _Found) -> bool:
    """Return whether a record that we have sealed is of this run, and not of another one of ours."""
    is_same_place = found.data.get("path") == found.path or found.data.get("directory") == found.run.st_ino
    is_same_run = found.data.get("run_id") == found.name or is_private(os.path.dirname(found.path))
    return is_same_run and is_same_place  # where others may rename, another run of ours could have this name
