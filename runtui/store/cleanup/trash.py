"""The trash: a run is set aside by a rename within its own runs directory, never deleted at once."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from runtui.store.atomic import naming
from runtui.store.cleanup.trash_folder import (
    OWN_NAME,
    TRASH_RECORD,
    TrashedRun,
    describe_unrecorded,
    new_name,
    record_of,
    remove_if_done,
    trash_folders,
    trash_path,
    trashed_in,
)
from runtui.store.cleanup.unrecorded import DOOMED_SUFFIX, set_aside, unrecorded_run
from runtui.store.errors import RunNotFoundError, is_full
from runtui.store.paths import TRASH_DIR, check_run_id
from runtui.store.process import hostname, username
from runtui.store.run_ids import recorded_id
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import timestamp_now
from runtui.text.sanitize import safe_text


class Trash(NamedTuple):
    """The contents of the trash.

    Attributes:
        runs: The runs, those put there last first.
        unread: How many folders of the trash cannot be read: other users' that keep theirs to themselves.
    """

    runs: list[TrashedRun]
    unread: int


def move_to_trash(
    base: str, name: str, reason: str, entry: dict[str, Any], *, was_latest: bool = False
) -> str:
    """Rename the run `name` into the trash and return the folder it lies in.

    The folder ``.trash/<token>/`` holds the run's directory under its own name and ``trashed.json``, which
    says when, by whom and why, and repeats the run's index entry. On a full disk the run is only renamed.

    Args:
        base: The runs directory.
        name: The run.
        reason: Why it was taken.
        entry: The run's entry in the index.
        was_latest: Whether the index called it the latest one.

    Raises:
        InvalidRunIdError: `name` is not one path component.
        OSError: It cannot be moved; it is where it was.
    """
    check_run_id(name)
    trash_path(base)
    directory = SafeDirectory(base, follow=True)
    record = {
        "name": name,
        "trashed_at": timestamp_now(),
        "hostname": hostname(),
        "user": username(),
        "reason": reason,
        "entry": entry,
        "was_latest": was_latest,
    }
    try:
        return _move_with_record(directory, name, json.dumps(record, indent=2).encode())
    except OSError as error:
        if not is_full(error):
            raise
    return set_aside(directory, name)


def _move_with_record(directory: SafeDirectory, name: str, record: bytes) -> str:
    token = new_name()
    # Each of several users of a runs directory puts his own runs there.
    directory.make_shared_folder(TRASH_DIR)
    folder = os.path.join(directory.path, TRASH_DIR, token)
    with directory.folder() as home, directory.folder(f"{TRASH_DIR}/{token}", make=True) as place:
        try:
            directory.replace(f"{TRASH_DIR}/{token}/{TRASH_RECORD}", record)
            os.rename(name, name, src_dir_fd=home, dst_dir_fd=place)
        except OSError as error:
            remove_if_done(directory.path, folder)
            raise naming(os.path.join(directory.path, name), error) from error
    return folder


def read_trash(base: str) -> Trash:
    """Return the contents of the trash that runtui put there: other programs have a ``.trash``, too.

    Raises:
        OSError: The trash is there and cannot be listed.
    """
    runs: list[TrashedRun] = []
    unread = 0
    for folder in trash_folders(base):
        if (found := unrecorded_run(folder)) is not None:
            runs.append(describe_unrecorded(folder, found))
            continue
        if folder.endswith(DOOMED_SUFFIX):
            continue
        try:
            record = record_of(folder)
            runs += [] if record is None else trashed_in(folder, record)
        except OSError:
            # Of what others keep to themselves only the name tells that it is of our kind.
            unread += OWN_NAME.fullmatch(os.path.basename(folder)) is not None
    runs.sort(key=lambda run: (run.trashed or 0.0, run.name), reverse=True)
    return Trash(runs, unread)


def list_trash(base: str) -> list[TrashedRun]:
    """Return the runs in the trash, the latest first.

    Raises:
        OSError: The trash is there and cannot be listed.
    """
    return read_trash(base).runs


def unread_text(count: int) -> str:
    """Return in one line that so many folders of the trash cannot be read, or ``""``."""
    if not count:
        return ""
    folders = "1 folder" if count == 1 else f"{count} folders"
    return f"{folders} of the trash cannot be read: ask the owner to list or restore what is there"


def places_in_trash(base: str) -> dict[str, list[str]]:
    """Return the directories of the runs in the trash by their names and by their ids, as far as possible."""
    found: dict[str, list[str]] = {}
    try:
        runs = list_trash(base)
    except OSError:
        runs = []
    for run in runs:
        for name in {run.name, recorded_id(run.path) or run.name}:
            found.setdefault(name, []).append(run.path)
    return found


def find_trashed(base: str, wanted: str) -> TrashedRun:
    """Return the run in the trash whose id begins with `wanted`; of several of one name the latest.

    Raises:
        RunNotFoundError: There is none, or several names begin so; the message lists those.
        OSError: The trash cannot be listed.
    """
    trash = read_trash(base)
    matches = [run for run in trash.runs if wanted and run.name.startswith(wanted)]
    exact = [run for run in matches if run.name == wanted]
    names = sorted({run.run_id for run in exact or matches})
    shown = safe_text(wanted, 80)
    if not names:
        unread = f"; {unread_text(trash.unread)}" if trash.unread else ""
        raise RunNotFoundError(
            f"no run in the trash begins with {shown!r}: `runtui trash ls` lists them{unread}"
        )
    if len(names) > 1:
        raise RunNotFoundError(f"{shown!r} fits {len(names)} runs in the trash: {', '.join(names[:8])}")
    return (exact or matches)[0]
