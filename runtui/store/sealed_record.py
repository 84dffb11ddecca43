"""Sealed records: small files in a run's ``.runtui/`` that decide what is run again or ended.

In a runs directory that a group may write to, a colleague can put any file in the place of another, move
one of ours from elsewhere, or have a simulation of ours copy one of his. So what decides which program runs
as this user, or which process is ended, is never taken from ``metadata.json``, which many programs read,
merge and write anew. It is kept in small files of their own, written only from what this process itself was
told, sealed, and bound to the run: to its id, its path and the number of its directory. They are checked when
they are read: by the descriptor, since a name can be another file's the next moment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from runtui.store.errors import MetadataError, StoreError
from runtui.store.json_object import parse_object
from runtui.store.metadata import read_owned
from runtui.store.ownership import OTHERS_WRITE, is_ours, is_own_file, is_owners_alone, is_private
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, SUPERVISOR_FILE, WRITER_FILE, check_run_id
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory
from runtui.store.seal import is_sealed, sealed

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_LARGEST = 8 * 1024 * 1024
"""Bytes: as much as a command line may have, and its quotes."""

_LARGEST_OF_PROCESS = 64 * 1024  # bytes

_BOUND_TO = "bound_to"  # the key of what tells the run


class RecordKind(Enum):
    """Subjects of a record; the value is the file's name in ``.runtui/``."""

    COMMAND = "command.json"  # what was launched, and where
    PLAN = "plan.json"  # what a child is to be launched with, as its user was shown it
    PIPELINE = "pipeline.json"  # which pipeline was executed, and how
    JOB = "job.json"  # the job of a scheduler that the run is
    STEP_JOBS = "step_jobs.json"  # those that its steps are
    CHECKPOINT = "checkpoint.json"  # the checkpoint that the run resumes from
    WRITER = WRITER_FILE  # the process that writes the run
    SUPERVISOR = SUPERVISOR_FILE  # the process that runs something as the run

    @property
    def names_process(self) -> bool:
        """Whether it names a process; others read it, too, to see whether the run is alive."""
        return self in (RecordKind.WRITER, RecordKind.SUPERVISOR)

    @property
    def mode(self) -> int:
        """The permission bits of the file."""
        return 0o644 if self.names_process else 0o600


class UnprovenError(StoreError):
    """A record that another user may have put where it is."""


class _Found(NamedTuple):
    """A record, the state of its file and of the directories around it, and the run's place."""

    data: dict[str, Any]
    file: os.stat_result
    folder: os.stat_result
    run: os.stat_result
    place: str


class _Binding(NamedTuple):
    """The run that a record was written for.

    Attributes:
        run_id, path, inode: Its id, its path, and the number of its directory.
        is_escaped: Whether bytes of its path that are no text are written as ``\\xe9``.
    """

    run_id: object
    path: object
    inode: object
    is_escaped: bool = False

    def is_of(self, place: str) -> tuple[bool, bool]:
        """Return whether it is of a run of the name that the path `place` has, and of one at that place."""
        if self.is_escaped:
            place = os.fsencode(place).decode("utf-8", "backslashreplace")
        return self.run_id == os.path.basename(place), self.path == place


def write_sealed_record(directory: SafeDirectory, kind: RecordKind, facts: Mapping[str, Any]) -> None:
    """Record what is run or ended of a run, in a file that only this user may write.

    Args:
        directory: The run's directory.
        kind: What it is about.
        facts: JSON data from this process's own memory; never what was read from a run.

    Raises:
        OSError: It cannot be written.
    """
    directory.make_shared_folder(PRIVATE_DIR)
    path = f"{PRIVATE_DIR}/{kind.value}"
    with directory.folder() as run:
        inode = os.fstat(run).st_ino
    try:
        replaced = os.lstat(os.path.join(directory.path, path))
        if not is_own_file(replaced) or replaced.st_mode & 0o777 & ~kind.mode:
            directory.discard(path)  # or what replaces it would get its owner and its mode
    except FileNotFoundError:
        pass
    place = os.path.realpath(directory.path)
    bound = {"run_id": os.path.basename(place), "path": place, "inode": inode}
    data = json.dumps(sealed({**facts, "record": kind.value, _BOUND_TO: bound})).encode()
    directory.replace(path, data, mode=kind.mode)


def read_sealed_record(base: str, name: str, kind: RecordKind) -> dict[str, Any]:
    """Return the record of the run `name`; an empty one where another user could have put it there.

    Args:
        base: The runs directory.
        name: The run.
        kind: What it is about.
    """
    try:
        return prove_record(os.path.join(base, check_run_id(name)), kind) or {}
    except UnprovenError:
        return {}


def prove_record(run_dir: str, kind: RecordKind) -> dict[str, Any] | None:
    """Return this user's record of the run in `run_dir`; None where there is none.

    Raises:
        UnprovenError: Another user may have written it, or have put it there; the text says why.
    """
    if os.path.islink(run_dir):
        raise UnprovenError("it belongs to another run, to which this one is a link")
    try:
        found = _read(run_dir, kind, os.O_NOFOLLOW)
    except (OSError, MetadataError) as error:
        raise UnprovenError(f"it cannot be read: {error}") from None
    if found is None:
        return None
    is_own = is_own_file(found.file) and is_sealed(found.data)
    if not is_own or found.data.get("record") != kind.value:
        raise UnprovenError("another user may have written it")
    if not _is_of_this_run(found, kind):
        raise UnprovenError("it belongs to another run")
    return found.data


def read_believable_record(run_dir: str, kind: RecordKind) -> Mapping[str, Any] | None:
    """Return the record by the runner of a run, for telling whether it is alive.

    Returns:
        None where nothing was, where the file is of another run, or where somebody may have written it who
        neither owns the run nor has written its metadata.
    """
    try:
        found = _read(run_dir, kind)
        return found.data if found is not None and _is_believable(run_dir, found) else None
    except (OSError, MetadataError):
        return None


def executed_pipeline(base: str, name: str) -> str:
    """Return the file or folder of the pipeline that the user had executed in the run `name`, or ``""``."""
    source = read_sealed_record(base, name, RecordKind.PIPELINE).get("pipeline")
    return source if isinstance(source, str) and os.path.isabs(source) and "\0" not in source else ""


def checkpoint_to_resume(base: str, name: str) -> str:
    """Return the checkpoint file that the run `name` resumes from, as its user chose it, or ``""``.

    Of a child that a program made by itself it is what its metadata say, where nobody else can have said it.
    """
    found: object = read_sealed_record(base, name, RecordKind.CHECKPOINT)
    if not found:
        try:
            metadata, is_own = read_owned(os.path.join(base, check_run_id(name)))
        except MetadataError:
            return ""
        found = metadata.get("resume_checkpoint") if is_own else None
    path = found.get("path") if isinstance(found, dict) else None
    return path if isinstance(path, str) and "\0" not in path else ""


def _read(run_dir: str, kind: RecordKind, flags: int = 0) -> _Found | None:
    """Return a record; None where there is none.

    Raises:
        OSError, MetadataError: It cannot be read.
    """
    limit = _LARGEST_OF_PROCESS if kind.names_process else _LARGEST
    run = os.open(run_dir, _DIRECTORY | flags)
    try:
        try:
            folder = os.open(PRIVATE_DIR, _DIRECTORY | os.O_NOFOLLOW, dir_fd=run)
        except FileNotFoundError:
            return None
        try:
            with open_regular(kind.value, folder=folder) as file:
                data = parse_object(file.read(limit), name=kind.value)
            return _Found(data, file.status, os.fstat(folder), os.fstat(run), os.path.realpath(run_dir))
        except FileNotFoundError:
            return None
        finally:
            os.close(folder)
    finally:
        os.close(run)


def _binding_of(data: Mapping[str, Any]) -> _Binding | None:
    """Return the run that a record was written for; None where it says nothing of that."""
    bound = data.get(_BOUND_TO)
    if isinstance(bound, dict):
        return _Binding(bound.get("run_id"), bound.get("path"), bound.get("inode"))
    if "inode" in data:  # as earlier versions wrote all records but those that name a process
        return _Binding(data.get("run"), data.get("directory"), data["inode"])
    if "directory" in data:  # as they wrote those
        return _Binding(data.get("run_id"), data.get("path"), data["directory"], is_escaped=True)
    return None


def _is_of_this_run(found: _Found, kind: RecordKind) -> bool:
    """Return whether a record that we have sealed is of this run, and not of another one of ours.

    Where it is not at the place that it was written for, the run must have been moved as a whole.
    """
    bound = _binding_of(found.data)
    if bound is None:
        return False
    is_same_run, is_same_place = bound.is_of(found.place)
    if is_same_run and is_same_place:
        return True
    if bound.inode != found.run.st_ino:
        return False
    if kind.names_process:
        # Where others may rename, another run of ours could have this name.
        return is_same_run or is_private(os.path.dirname(found.place))
    return _is_ours_alone(found.run) and _is_ours_alone(found.folder)


def _is_ours_alone(directory: os.stat_result) -> bool:
    """Return whether nobody but this user can have put anything into a directory."""
    return directory.st_uid == os.geteuid() and not directory.st_mode & OTHERS_WRITE


def _is_believable(run_dir: str, found: _Found) -> bool:
    if not is_owners_alone(found.file):
        return False
    bound = _binding_of(found.data)
    if bound is None:
        return found.file.st_uid == found.run.st_uid
    is_same_run, _is_same_place = bound.is_of(found.place)
    # Moved to another file system, the number of its directory is another one, and its name stays.
    if bound.inode != found.run.st_ino and not is_same_run:
        return False
    owner = found.file.st_uid
    if is_ours(found.file) or owner == found.run.st_uid:
        return True
    return os.stat(os.path.join(run_dir, METADATA_FILE)).st_uid == owner
