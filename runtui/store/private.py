"""The folders that runtui keeps for itself in a run and in a runs directory.

None of them is ever a symbolic link: through one, what is written here would land anywhere.
"""

from __future__ import annotations

import errno
import os
import stat
import time

from runtui.store.atomic import keep_owner
from runtui.store.paths import PRIVATE_DIR

_MOMENT = 5.0
_ATTEMPTS = 50
_PAUSE = 0.02


def private_folder(directory: str, part: str = "") -> str:
    """Return ``.runtui/`` of `directory`, or the folder `part` of it, made where it is missing.

    `directory` itself is never made: a run that was removed meanwhile must not come back as an empty one.

    Raises:
        OSError: It cannot be made, or it is a link or no directory.
    """
    folder = os.path.join(directory, PRIVATE_DIR)
    make_like(folder, directory)
    if part:
        folder = os.path.join(folder, part)
        make_like(folder, directory)
    return folder


def present_folder(directory: str, part: str = "") -> str:
    """Return the path of ``.runtui/`` of `directory`, or of the folder `part` of it, which may be missing.

    Raises:
        NotADirectoryError: It is a link, or no directory.
        OSError: It cannot be looked at.
    """
    folder = os.path.join(directory, PRIVATE_DIR)
    if _is_there(folder) and part:
        _is_there(os.path.join(folder, part))
    return os.path.join(folder, part) if part else folder


def make_like(folder: str, directory: str) -> None:
    """Make `folder` where it is missing, for whoever may write in `directory`.

    Raises:
        OSError: It cannot be made, or it is a link or no directory.
    """
    if _is_there(folder):
        _wait_until_shared(folder, directory)
        return
    try:
        os.mkdir(folder)
    except FileExistsError:
        if _is_there(folder):
            _wait_until_shared(folder, directory)
        return
    wanted = os.stat(directory)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        share_like(descriptor, wanted, stat.S_IMODE(wanted.st_mode))
    finally:
        os.close(descriptor)


def _wait_until_shared(folder: str, directory: str) -> None:
    """Wait while whoever has just made `folder` has not yet let those in who may write in `directory`."""
    for _attempt in range(_ATTEMPTS):
        if os.access(folder, os.W_OK | os.X_OK) or not os.access(directory, os.W_OK | os.X_OK):
            return
        found = os.lstat(folder)
        if abs(time.time() - found.st_ctime) > _MOMENT:
            return  # its owner wants it so, or died: what is tried there will fail and say why
        time.sleep(_PAUSE)


def share_like(descriptor: int, wanted: os.stat_result, mode: int) -> None:
    """Give a new file or folder of ours the owner and group of `wanted`, where possible, and `mode`."""
    keep_owner(descriptor, wanted)
    try:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
            os.fchmod(descriptor, mode)
    except OSError:
        pass  # some file systems keep no modes


def _is_there(folder: str) -> bool:
    try:
        found = os.lstat(folder)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        return True
    kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a directory"
    raise NotADirectoryError(errno.ENOTDIR, f"it is {kind}, move it away", folder)
