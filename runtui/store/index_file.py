"""Writing ``.run_index.json``: as a new file, or over the old one where rights or space do not allow that."""

from __future__ import annotations

import os
import stat

from runtui.store.atomic import naming
from runtui.store.errors import is_full
from runtui.store.paths import INDEX_FILE
from runtui.store.safe_directory import SafeDirectory


def replace_index(base: str, data: bytes, *, must_be: bool) -> None:
    """Replace the index.

    Args:
        base: The runs directory.
        data: The new index.
        must_be: Whether it is an error that there is no right, or no room, for one.

    Raises:
        OSError: It cannot be written; it is as it was.
    """
    path = os.path.join(base, INDEX_FILE)
    try:
        SafeDirectory(base, follow=True).replace(INDEX_FILE, data, is_shared=True)
    except PermissionError:
        if not is_replacement_denied(base, path):
            raise
        # In a sticky directory only its owner can replace it. It is a cache, and theirs is as good: that it
        # lacks runs of ours harms nobody who reads the directories.
        if not _rewrite(base, data) and must_be:
            raise
    except OSError as error:
        if not is_full(error):
            raise
        # Where there is none, none is out of date.
        if (must_be or os.path.lexists(path)) and not _rewrite(base, data):
            raise
    else:
        _share_with_group(base)


def _rewrite(base: str, data: bytes) -> bool:
    """Write a new index over the old one, where that is allowed; return whether it was.

    For another user's index, and for a disk without room for a second file. A reader may see it half written,
    as it may those of classic writers. It never becomes shorter, so that nobody reads the end of the old one
    behind the new one: what is too much is blank, and is room for a run that returns on a full disk.

    Raises:
        OSError: The disk has no room for what it would grow by; it is as it was.
    """
    try:
        # Nothing but a file that can only be an index in this directory: no link, no second name elsewhere.
        descriptor = SafeDirectory(base, follow=True).open(INDEX_FILE, os.O_WRONLY)
    except OSError:
        return False
    try:
        _write_over(descriptor, data)
    except OSError as error:
        raise naming(os.path.join(base, INDEX_FILE), error) from error
    finally:
        os.close(descriptor)
    return True


def _write_over(descriptor: int, data: bytes) -> None:
    size = os.fstat(descriptor).st_size
    try:
        _write_at(descriptor, data[size:], size)  # first, because only this part needs room
    except OSError:
        os.ftruncate(descriptor, size)
        raise
    _write_at(descriptor, data[:size].ljust(size), 0)
    os.fsync(descriptor)


def _write_at(descriptor: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, place)
        view, place = view[written:], place + written


def _share_with_group(base: str) -> None:
    """Let the group of a sticky directory write our index: its members cannot replace it."""
    around = os.stat(base)
    if not around.st_mode & stat.S_ISVTX:
        return
    try:
        descriptor = SafeDirectory(base, follow=True).open(INDEX_FILE, os.O_WRONLY)
    except OSError:
        return
    try:
        found = os.fstat(descriptor)
        missing = (stat.S_IRGRP | stat.S_IWGRP) & around.st_mode & ~found.st_mode
        if missing and (found.st_uid, found.st_gid) == (os.geteuid(), around.st_gid):
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode) | missing)
    except OSError:
        pass  # they do without
    finally:
        os.close(descriptor)


def is_replacement_denied(base: str, path: str) -> bool:
    """Return whether the sticky bit of a directory keeps us from replacing another user's file in it."""
    try:
        around, found = os.stat(base), os.lstat(path)
    except OSError:
        return False
    return bool(around.st_mode & stat.S_ISVTX) and os.geteuid() not in (0, around.st_uid, found.st_uid)
