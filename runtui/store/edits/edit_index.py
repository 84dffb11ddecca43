"""Index of the runs that have edits, so that a listing need not look into every run.

``.runtui/edited/`` of the runs directory holds an empty file for each run that has some.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from runtui.store.atomic import NEW_FILE, naming
from runtui.store.dot_dir import private_folder
from runtui.store.paths import EDITED_DIR, PRIVATE_DIR, check_run_id
from runtui.store.safe_directory import SafeDirectory, share_like


def mark_edited(base: str, name: str) -> None:
    """Note in the runs directory that the run `name` has edits.

    Raises:
        OSError: It cannot be noted.
    """
    check_run_id(name)
    private_folder(base, EDITED_DIR, follow=True)
    try:
        with SafeDirectory(base, follow=True).folder(f"{PRIVATE_DIR}/{EDITED_DIR}") as folder:
            _mark(name, folder, os.stat(base))
    except OSError as error:
        raise naming(os.path.join(base, PRIVATE_DIR, EDITED_DIR, name), error) from error


def _mark(name: str, folder: int, base: os.stat_result) -> None:
    if not _remove_impostor(name, folder):
        return
    try:
        descriptor = os.open(name, NEW_FILE, 0o666, dir_fd=folder)
    except FileExistsError:
        try:
            os.utime(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            pass  # another user's: it says that there are edits, only not when the last one was made
        return
    try:
        # Other users who may edit runs here note it on the same file.
        share_like(descriptor, base, base.st_mode & 0o666)
    finally:
        os.close(descriptor)


def _remove_impostor(name: str, folder: int) -> bool:
    """Remove a hard link to a file elsewhere: setting its date would change that file's.

    Returns:
        Whether there is none; where another user's stays it marks the run all the same.
    """
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass
    except PermissionError:
        return False
    return True


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


def edited_below(base: str, folders: Iterable[str]) -> dict[str, int]:
    """Return what `edited_runs` does, of folders below a runs directory, by the paths of the runs."""
    return {
        f"{folder}/{name}": moment
        for folder in folders
        for name, moment in edited_runs(os.path.join(base, folder)).items()
    }
