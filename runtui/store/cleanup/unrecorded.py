"""Runs in the trash without a folder and a record of their own: a full disk has no room for those.

A rename needs neither a block nor an inode. So there the run's directory is only given another name, which
says when that was: in the trash, or beside it where there is no trash yet.
"""

from __future__ import annotations

import os
import re
import time
from typing import NamedTuple

from runtui.store.atomic import naming
from runtui.store.errors import is_full
from runtui.store.paths import TRASH_DIR
from runtui.store.safe_directory import SafeDirectory

BESIDE_TRASH = f"{TRASH_DIR}."
"""Start of the names of directories that lie beside the trash and belong to it."""

DOOMED_SUFFIX = ".emptying"

_MARK = ".runtui"
_TOKEN = rf"(?:{re.escape(BESIDE_TRASH)})?(?P<seconds>[0-9a-f]{{8}})[0-9a-f]{{4}}{re.escape(_MARK)}"
_RUN = re.compile(_TOKEN + "-(?P<name>.+)", re.DOTALL)
_HALF_EMPTIED = re.compile(_TOKEN + re.escape(DOOMED_SUFFIX))


class UnrecordedRun(NamedTuple):
    """A run that was set aside, as the name of its directory says.

    Attributes:
        name: The run's directory as it was called before.
        trashed: When it was moved, in seconds since the epoch.
    """

    name: str
    trashed: float


def set_aside(directory: SafeDirectory, name: str) -> str:
    """Rename the run `name` of a runs directory into its trash, or beside it, and return its path.

    Raises:
        OSError: It cannot be renamed; it is where it was.
    """
    new_name = f"{int(time.time()):08x}{os.urandom(2).hex()}{_MARK}-{name}"
    try:
        directory.make_shared_folder(TRASH_DIR)
        path = f"{TRASH_DIR}/{new_name}"
    except OSError as error:
        if not is_full(error):
            raise
        path = BESIDE_TRASH + new_name
    parent, new_name = os.path.split(path)
    with directory.folder() as home, directory.folder(parent) as place:
        try:
            os.rename(name, new_name, src_dir_fd=home, dst_dir_fd=place)
        except OSError as error:
            raise naming(os.path.join(directory.path, name), error) from error
    return os.path.join(directory.path, path)


def unrecorded_run(path: str) -> UnrecordedRun | None:
    """Return which run lies at `path` without a record; None where it is no run that was set aside so."""
    found = _RUN.fullmatch(os.path.basename(path))
    return None if found is None else UnrecordedRun(found["name"], float(int(found["seconds"], 16)))


def doomed_name(path: str) -> str:
    """Return what the directory of an unrecorded run is called while it is being deleted."""
    return os.path.basename(path).partition(f"{_MARK}-")[0] + _MARK + DOOMED_SUFFIX


def is_half_emptied(path: str) -> bool:
    """Return whether the deletion of an unrecorded run was interrupted and left what lies at `path`."""
    return _HALF_EMPTIED.fullmatch(os.path.basename(path)) is not None
