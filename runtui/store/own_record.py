"""Files that say what is run again of a run, and what is ended: believed only where nobody else can have
written them.

In a runs directory that a group may write to, a colleague can put any file in the place of another, move
one of ours from elsewhere, or have a simulation of ours copy one of his. So what decides which program runs
as this user is never taken from ``metadata.json``, which many programs read, merge and write anew. It is
kept in small files of their own, written only from what this process itself was told, and sealed. They are
checked when they are read: by the descriptor, since a name can be another file's the next moment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from enum import Enum
from typing import Any

from runtui.store.errors import MetadataError, StoreError
from runtui.store.json_object import parse_object
from runtui.store.metadata import read_owned
from runtui.store.ownership import is_own_file, is_private
from runtui.store.paths import PRIVATE_DIR, check_run_id
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory
from runtui.store.seal import is_sealed, sealed

_LARGEST = 8 * 1024 * 1024
"""Bytes: as much as a command line may have, and its quotes."""


class RecordKind(Enum):
    """What a record is about; its value is the file's name in ``.runtui/``."""

    COMMAND = "command.json"  # what was launched, and where
    PIPELINE = "pipeline.json"  # which pipeline was executed, and how
    JOB = "job.json"  # the job of a batch system that the run is
    STEP_JOBS = "step_jobs.json"  # those that its steps are
    CHECKPOINT = "checkpoint.json"  # the checkpoint that the run goes on from
    WRITER = "writer.json"  # the process that writes the run


def write_own_record(directory: SafeDirectory, kind: RecordKind, facts: Mapping[str, Any]) -> None:
    """Put down what is run or ended of a run, in a file that only this user may write.

    Args:
        directory: The run's directory.
        kind: What it is about.
        facts: JSON data from this process's own memory; never what was read from a run.

    Raises:
        OSError: It cannot be written.
    """
    directory.make_shared_folder(PRIVATE_DIR)
    with directory.folder() as folder:
        inode = os.fstat(folder).st_ino
    name, place = os.path.basename(directory.path), os.path.realpath(directory.path)
    bound = {"record": kind.value, "run": name, "directory": place, "inode": inode}
    path = f"{PRIVATE_DIR}/{kind.value}"
    directory.discard(path)  # a file that is replaced would pass its permissions on
    directory.replace(path, json.dumps(sealed({**facts, **bound})).encode(), mode=0o600)


def read_own_record(base: str, name: str, kind: RecordKind) -> dict[str, Any]:
    """Return what was put down of the run `name`; nothing where another user could have put it there.

    Args:
        base: The runs directory.
        name: The run.
        kind: What it is about.
    """
    directory = SafeDirectory(os.path.join(base, check_run_id(name)))
    try:
        with directory.folder() as run, directory.folder(PRIVATE_DIR) as folder:
            with open_regular(kind.value, folder=folder) as file:
                if not is_own_file(file.status):
                    return {}
                record = parse_object(file.read(_LARGEST), name=kind.value)
            if record.get("record") != kind.value or not is_sealed(record):
                return {}
            # A file that was moved here may be another run's; a run as a whole may be moved by its owner.
            is_here = (record.get("run"), record.get("directory")) == (name, os.path.realpath(directory.path))
            is_moved = record.get("inode") == os.fstat(run).st_ino
            is_ours = is_moved and _is_ours_alone(run) and _is_ours_alone(folder)
            return record if is_here or is_ours else {}
    except (OSError, StoreError):
        return {}


def executed_pipeline(base: str, name: str) -> str:
    """Return the file or folder of the pipeline that the user had executed in the run `name`, or ``""``."""
    source = read_own_record(base, name, RecordKind.PIPELINE).get("pipeline")
    return source if isinstance(source, str) and os.path.isabs(source) and "\0" not in source else ""


def checkpoint_to_resume(base: str, name: str) -> str:
    """Return the file that the run `name` goes on from, as its user chose it, or ``""``.

    Of a child that a program made by itself it is what its metadata say, where nobody else can have said it.
    """
    found: object = read_own_record(base, name, RecordKind.CHECKPOINT)
    if not found:
        try:
            metadata, is_own = read_owned(os.path.join(base, check_run_id(name)))
        except MetadataError:
            return ""
        found = metadata.get("resume_checkpoint") if is_own else None
    path = found.get("path") if isinstance(found, dict) else None
    return path if isinstance(path, str) and "\0" not in path else ""


def _is_ours_alone(folder: int) -> bool:
    """Return whether nobody but this user can have put anything into an open folder."""
    return os.fstat(folder).st_uid == os.geteuid() and is_private(folder)
