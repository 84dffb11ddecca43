"""The folders that runtui keeps for itself in a run and in a runs directory."""

from __future__ import annotations

import os
import stat

from runtui.store.paths import PRIVATE_DIR


def private_folder(directory: str, part: str = "") -> str:
    """Return ``.runtui/`` of `directory`, or the folder `part` of it, made where it is missing.

    Whoever may write in `directory` may do so in a new folder. `directory` itself is never made: a run that
    was removed meanwhile must not come back as an empty one.

    Raises:
        OSError: It cannot be made.
    """
    folder = os.path.join(directory, PRIVATE_DIR)
    _make(folder, directory)
    if part:
        folder = os.path.join(folder, part)
        _make(folder, directory)
    return folder


def _make(folder: str, directory: str) -> None:
    if os.path.isdir(folder):
        return
    try:
        os.mkdir(folder)
    except FileExistsError:
        return
    mode = stat.S_IMODE(os.stat(directory).st_mode)
    try:
        if stat.S_IMODE(os.stat(folder).st_mode) != mode:
            os.chmod(folder, mode)
    except OSError:
        pass  # some file systems keep no modes
