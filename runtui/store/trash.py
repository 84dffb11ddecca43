"""The trash: a run is put aside by a rename within its own runs directory, never deleted at once."""

from __future__ import annotations

import json
import os
from typing import Any

from runtui.store.atomic import write_atomic
from runtui.store.paths import TRASH_DIR, check_run_id
from runtui.store.process import hostname
from runtui.store.timestamps import timestamp_now

TRASH_RECORD = "trashed.json"


def move_to_trash(base: str, name: str, reason: str, entry: dict[str, Any]) -> str:
    """Rename the run `name` into the trash and return the folder it lies in.

    The folder ``.trash/<token>/`` holds the run's directory under its own name and ``trashed.json``, which
    says when, by whom and why, and repeats the run's index entry.

    Args:
        base: The runs directory.
        name: The run.
        reason: Why it was taken.
        entry: What the index said of the run, for bringing it back.

    Raises:
        InvalidRunIdError: `name` is not one path component.
        OSError: It cannot be moved; it is where it was.
    """
    check_run_id(name)
    trash = os.path.join(base, TRASH_DIR)
    if os.path.islink(trash):
        raise NotADirectoryError(f"{trash} is a symbolic link: move it away")
    folder = os.path.join(trash, os.urandom(6).hex())
    os.makedirs(folder)
    record = {"trashed_at": timestamp_now(), "hostname": hostname(), "reason": reason, "entry": entry}
    try:
        write_atomic(os.path.join(folder, TRASH_RECORD), json.dumps(record, indent=2).encode())
        os.rename(os.path.join(base, name), os.path.join(folder, name))
    except OSError:
        for leftover in os.listdir(folder):
            os.unlink(os.path.join(folder, leftover))
        os.rmdir(folder)
        raise
    return folder
