"""Who may read and write what in a runs directory, and where that is not as it should be."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from functools import partial

from runtui.doctor.findings import Finding, Severity
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, TRASH_DIR
from runtui.store.record import RunRecord

_SHARED = stat.S_IWGRP | stat.S_IWOTH
_OWN_FOLDERS = (PRIVATE_DIR, *(f"{PRIVATE_DIR}/{part}" for part in ("edited", "doctor", "locks")), TRASH_DIR)


def of_directory(base: str, names: Collection[str]) -> Iterator[Finding]:
    """Yield what is wrong with the modes and owners of a runs directory and of runtui's folders in it.

    Args:
        base: The runs directory.
        names: Its runs.
    """
    found = os.stat(base)
    if not os.access(base, os.W_OK | os.X_OK):
        yield Finding(".", "cannot be written by you: nothing here can be edited or cleaned", Severity.NOTE)
    if _is_open_to_all(found.st_mode):
        yield Finding(".", "anybody may remove anybody's runs here: chmod +t it, or chmod o-w")
    if found.st_mode & stat.S_IWGRP and not found.st_mode & stat.S_ISGID and _has_several_owners(base, names):
        what = "several users share it, but new runs do not get its group: chmod g+s it"
        yield Finding(".", what, Severity.NOTE)
    for name in _OWN_FOLDERS:
        # Beyond a link everything is somebody else's.
        if not os.path.islink(os.path.join(base, os.path.dirname(name))):
            yield from _of_own_folder(os.path.join(base, name), name, found)


def of_run(base: str, run: RunRecord) -> Iterator[Finding]:
    """Yield what is wrong with the modes and owners of a run; of one that is a link, nothing."""
    run_dir = os.path.join(base, run.name)
    try:
        folder = os.lstat(run_dir)
    except OSError:
        return
    if not stat.S_ISDIR(folder.st_mode):
        return
    # Where anybody may do anything, or the file system keeps no modes, each run need not say it again.
    may_tell_of_all = not _is_open_to_all(os.stat(base).st_mode)
    yield from _of_modes(run_dir, "its directory", run.run_id, folder, 0o500, may_tell_of_all)
    path = os.path.join(run_dir, METADATA_FILE)
    try:
        metadata = os.lstat(path)
    except OSError:
        metadata = None
    if metadata is not None and stat.S_ISREG(metadata.st_mode):
        yield from _of_modes(path, METADATA_FILE, run.run_id, metadata, 0o400, may_tell_of_all)
        stays = "edits stay beside it"
        if metadata.st_uid != folder.st_uid:
            what = f"{METADATA_FILE} belongs to another user than its directory: {stays}"
            yield Finding(run.run_id, what, Severity.NOTE)
        if metadata.st_nlink > 1:
            yield Finding(
                run.run_id, f"{METADATA_FILE} has a second name (hard link): {stays}", Severity.NOTE
            )
    yield from _of_own_folder(os.path.join(run_dir, PRIVATE_DIR), run.run_id, folder, PRIVATE_DIR)


def _of_modes(
    path: str, shown: str, where: str, found: os.stat_result, needed: int, may_tell_of_all: bool
) -> Iterator[Finding]:
    mode = stat.S_IMODE(found.st_mode)
    is_mine = found.st_uid == os.geteuid()
    # A second name of a file may lie anywhere, and has the same mode.
    may_repair = is_mine and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1)
    if is_mine and mode & needed != needed:
        repair = partial(os.chmod, path, mode | needed) if may_repair else None
        yield Finding(where, f"{shown} cannot be read by its owner (mode {mode:o})", repair=repair)
    elif is_mine and not mode & stat.S_IWUSR:
        yield Finding(
            where, f"{shown} is read-only (mode {mode:o}): edits cannot be put there", Severity.NOTE
        )
    if may_tell_of_all and _is_open_to_all(found.st_mode):
        what = f"{shown} may be changed by anybody (mode {mode:o})"
        if may_repair:
            yield Finding(where, what, repair=partial(os.chmod, path, mode & ~stat.S_IWOTH))
        else:
            yield Finding(where, f"{what}: its owner should chmod o-w it")


def _of_own_folder(path: str, where: str, around: os.stat_result, shown: str = "") -> Iterator[Finding]:
    """Yield what is wrong with a folder of runtui's own in a directory whose status is `around`."""
    try:
        found = os.lstat(path)
    except OSError:
        return
    prefix = f"{shown} " if shown else ""
    if not stat.S_ISDIR(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no directory"
        yield Finding(where, f"{prefix}is {kind}, so that nothing is written there: move it away")
        return
    mode = stat.S_IMODE(found.st_mode)
    # That anybody may write around it is itself wrong, and nothing to go by.
    shared = stat.S_IWGRP if _is_open_to_all(around.st_mode) else _SHARED
    missing = around.st_mode & shared & ~mode
    if missing:
        what = f"{prefix}cannot be written by all who may write around it (mode {mode:o})"
        if found.st_uid == os.geteuid():
            yield Finding(
                where, what, repair=partial(os.chmod, path, mode | missing | missing << 1 | missing >> 1)
            )
        else:
            yield Finding(where, f"{what}: ask its owner for a chmod")
    elif found.st_uid != around.st_uid and not around.st_mode & _SHARED:
        yield Finding(
            where, f"{prefix}belongs to another user, so that its owner cannot write there: chown it"
        )


def _is_open_to_all(mode: int) -> bool:
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def _has_several_owners(base: str, names: Collection[str]) -> bool:
    owners = set()
    for name in names:
        try:
            owners.add(os.lstat(os.path.join(base, name)).st_uid)
        except OSError:
            continue
        if len(owners) > 1:
            return True
    return False
