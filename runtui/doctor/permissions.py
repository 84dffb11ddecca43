"""Checks of modes and owners in a runs directory."""

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
    """Yield findings on the modes and owners of a runs directory and of runtui's folders in it.

    Args:
        base: The runs directory.
        names: Names of its runs.
    """
    found = os.stat(base)
    if not os.access(base, os.W_OK | os.X_OK):
        yield Finding(".", "you cannot write here: runs can be neither edited nor cleaned", Severity.NOTE)
    if _is_open_to_all(found.st_mode):
        yield Finding(".", "every user can remove the runs of others here: chmod +t it, or chmod o-w")
    if found.st_mode & stat.S_IWGRP and not found.st_mode & stat.S_ISGID and _has_several_owners(base, names):
        what = "shared by several users, but new runs do not get its group: chmod g+s it"
        yield Finding(".", what, Severity.NOTE)
    for name in _OWN_FOLDERS:
        # Nothing behind a link belongs to this directory.
        if not os.path.islink(os.path.join(base, os.path.dirname(name))):
            yield from _of_own_folder(os.path.join(base, name), name, found)


def of_run(base: str, run: RunRecord) -> Iterator[Finding]:
    """Yield findings on the modes and owners of a run, unless it is a link."""
    run_dir = os.path.join(base, run.name)
    try:
        folder = os.lstat(run_dir)
    except OSError:
        return
    if not stat.S_ISDIR(folder.st_mode):
        return
    # Where everything is writable, or the file system keeps no modes, the directory's finding is enough.
    may_report_others = not _is_open_to_all(os.stat(base).st_mode)
    yield from _of_modes(run_dir, "its directory", run.run_id, folder, 0o500, may_report_others)
    path = os.path.join(run_dir, METADATA_FILE)
    try:
        metadata = os.lstat(path)
    except OSError:
        metadata = None
    if metadata is not None and stat.S_ISREG(metadata.st_mode):
        yield from _of_modes(path, METADATA_FILE, run.run_id, metadata, 0o400, may_report_others)
        stays = "edits are kept beside it"
        if metadata.st_uid != folder.st_uid:
            what = f"{METADATA_FILE} and its directory have different owners: {stays}"
            yield Finding(run.run_id, what, Severity.NOTE)
        if metadata.st_nlink > 1:
            yield Finding(
                run.run_id, f"{METADATA_FILE} has a second name (hard link): {stays}", Severity.NOTE
            )
    yield from _of_own_folder(os.path.join(run_dir, PRIVATE_DIR), run.run_id, folder, PRIVATE_DIR)


def _of_modes(
    path: str, shown: str, where: str, found: os.stat_result, needed: int, may_report_others: bool
) -> Iterator[Finding]:
    mode = stat.S_IMODE(found.st_mode)
    is_mine = found.st_uid == os.geteuid()
    # A hard link may lie anywhere, and has the same mode.
    may_repair = is_mine and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1)
    if is_mine and mode & needed != needed:
        repair = partial(os.chmod, path, mode | needed) if may_repair else None
        yield Finding(where, f"{shown} is not readable by its owner (mode {mode:o})", repair=repair)
    elif is_mine and not mode & stat.S_IWUSR:
        yield Finding(
            where, f"{shown} is read-only (mode {mode:o}): edits cannot be written to it", Severity.NOTE
        )
    if may_report_others and _is_open_to_all(found.st_mode):
        what = f"{shown} is writable by every user (mode {mode:o})"
        if may_repair:
            yield Finding(where, what, repair=partial(os.chmod, path, mode & ~stat.S_IWOTH))
        else:
            yield Finding(where, f"{what}: ask its owner for chmod o-w")


def _of_own_folder(path: str, where: str, around: os.stat_result, shown: str = "") -> Iterator[Finding]:
    """Yield findings on a folder of runtui's.

    Args:
        path: The folder.
        where: As of `Finding`.
        around: Status of the directory that it is in.
        shown: Name to begin the finding with, or ``""``.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return
    prefix = f"{shown} " if shown else ""
    if not stat.S_ISDIR(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a directory"
        yield Finding(where, f"{prefix}is {kind}, so runtui writes nothing there: move it away")
        return
    mode = stat.S_IMODE(found.st_mode)
    # A directory that every user can write to is a problem itself, not a model for this folder.
    shared = stat.S_IWGRP if _is_open_to_all(around.st_mode) else _SHARED
    missing = around.st_mode & shared & ~mode
    if missing:
        what = f"{prefix}is not writable by all users who can write around it (mode {mode:o})"
        if found.st_uid == os.geteuid():
            yield Finding(
                where, what, repair=partial(os.chmod, path, mode | missing | missing << 1 | missing >> 1)
            )
        else:
            yield Finding(where, f"{what}: ask its owner for chmod")
    elif found.st_uid != around.st_uid and not around.st_mode & _SHARED:
        yield Finding(
            where, f"{prefix}belongs to another user, so the owner of the run cannot write there: chown it"
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
