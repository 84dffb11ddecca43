"""Which runs have edits: noted in the runs directory, so that a listing need not look into every run.

``.runtui/edited/`` of the runs directory holds an empty file for each run that has some.
"""

from __future__ import annotations

import os
import stat

from runtui.store.paths import PRIVATE_DIR, check_run_id
from runtui.store.private import private_folder, share_like

EDITED_DIR = "edited"


def mark_edited(base: str, name: str) -> None:
    """Note in the runs directory that the run `name` has edits.

    Raises:
        OSError: It cannot be noted.
    """
    path = os.path.join(private_folder(base, EDITED_DIR), check_run_id(name))
    _remove_impostor(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        try:
            os.utime(path, follow_symlinks=False)
        except OSError:
            pass  # another user's: it says that there are edits, only not when the last one was made
        return
    try:
        # Other users who may edit runs here note it on the same file.
        wanted = os.stat(base)
        share_like(descriptor, wanted, wanted.st_mode & 0o666)
    finally:
        os.close(descriptor)


def _remove_impostor(path: str) -> None:
    """Remove a second name of a file that lies elsewhere: dating it would date that one."""
    try:
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            os.unlink(path)
    except FileNotFoundError:
        pass


def edited_runs(base: str) -> dict[str, int]:
    """Return the names of the runs that have edits, each with the time of the last one in nanoseconds."""
    found = {}
    try:
        with os.scandir(os.path.join(base, PRIVATE_DIR, EDITED_DIR)) as listing:
            for entry in listing:
                found[entry.name] = entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        pass
    return found
