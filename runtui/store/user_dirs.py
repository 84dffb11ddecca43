"""The user's directories: where the program keeps its files, and how paths are shown."""

from __future__ import annotations

import os

from runtui.store.atomic import write_atomic
from runtui.text.sanitize import safe_text

_PRIVATE = 0o600  # a file mode: read and write for the owner alone


def user_folder(variable: str, usual: str) -> str | None:
    """Return the program's folder for one kind of files, or None where the user has no home.

    Args:
        variable: The variable of the XDG base directory specification that names the place; a relative value
            is to be ignored, it says.
        usual: The place below the home without it.
    """
    place = os.environ.get(variable, "")
    if not os.path.isabs(place):
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        place = os.path.join(home, usual)
    return os.path.join(place, "runtui")


def state_path(kind: str, base: str) -> str | None:
    """Return the path of what a user's state directory keeps about a runs directory, None without a home.

    Reads the disk to resolve links, so that a directory has the same file by any path.

    Args:
        kind: What is kept: the name of a folder.
        base: The runs directory.
    """
    import hashlib  # only for those who keep something about a directory

    folder = user_folder("XDG_STATE_HOME", ".local/state")
    if folder is None:
        return None
    name = hashlib.sha256(os.fsencode(os.path.realpath(base))).hexdigest()[:24]
    return os.path.join(folder, kind, f"{name}.json")


def write_private(path: str, data: bytes) -> None:
    """Write a file for the user alone, atomically: it tells of runs that others may not see.

    Raises:
        OSError: It cannot be written; what was there before is as it was.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    write_atomic(path, data, mode=_PRIVATE)


def shown_path(path: str) -> str:
    """Return a path as a user would write it, safe to show."""
    home = os.path.expanduser("~")
    if home != "/" and (path == home or path.startswith(home + "/")):
        path = f"~{path[len(home) :]}"
    return safe_text(path)
