"""The folders that runtui keeps for itself in a run and in a runs directory.

None of them is ever a symbolic link: through one, what is written here would land anywhere.
"""

from __future__ import annotations

import errno
import os
import stat

from runtui.store.paths import PRIVATE_DIR
from runtui.store.safe_directory import SafeDirectory


def private_folder(directory: str, part: str = "", *, follow: bool = False) -> str:
    """Return ``.runtui/`` of `directory`, or its folder `part`, created if missing.

    `directory` itself is never made: a run that was removed meanwhile must not come back as an empty one.

    Args:
        directory: A run, or a runs directory.
        part: The folder.
        follow: Whether `directory` may be a link, as a runs directory may.

    Raises:
        OSError: It cannot be made, or it is a link or no directory.
    """
    relative = os.path.join(PRIVATE_DIR, part) if part else PRIVATE_DIR
    SafeDirectory(directory, follow=follow).make_shared_folder(relative)
    return os.path.join(directory, relative)


def present_folder(directory: str, part: str = "") -> str:
    """Return the path of ``.runtui/`` of `directory`, or of its folder `part`, which may be missing.

    Args:
        directory: A run, or a runs directory.
        part: The folder's path below ``.runtui/``.

    Raises:
        NotADirectoryError: It is a link, or no directory.
        OSError: It cannot be looked at.
    """
    folder = os.path.join(directory, PRIVATE_DIR)
    is_there = _is_there(folder)
    for name in part.split("/") if part else ():
        folder = os.path.join(folder, name)
        is_there = is_there and _is_there(folder)
    return folder


def _is_there(folder: str) -> bool:
    try:
        found = os.lstat(folder)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        return True
    kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a directory"
    raise NotADirectoryError(errno.ENOTDIR, f"it is {kind}, move it away", folder)
