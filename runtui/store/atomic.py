"""Atomic replacement of files: a reader sees the old file or the new one, each complete."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

TEMP_SUFFIX = ".runtui-tmp"

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
"""Flags for opening a file that nobody else may have made."""


def write_atomic(
    path: str | os.PathLike[str],
    data: bytes,
    before_replacing: Callable[[], None] | None = None,
    mode: int = 0o666,
) -> int:
    """Replace the file at `path` with one that holds `data`, and return its modification time in nanoseconds.

    For files of the calling user's own directories; what lies in a run or a runs directory is written through
    `SafeDirectory`, which follows no link on the way.

    Args:
        path: The file.
        data, before_replacing, mode: As of `replace_in`.

    Raises:
        OSError: As of `replace_in`.
    """
    path = os.fspath(path)
    directory, name = os.path.split(path)
    try:
        folder = os.open(directory or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise naming(path, error) from error
    try:
        return replace_in(folder, name, data, before_replacing, mode, shown=path)
    finally:
        os.close(folder)


def replace_in(
    folder: int,
    name: str,
    data: bytes,
    before_replacing: Callable[[], None] | None = None,
    mode: int = 0o666,
    *,
    shared_like: os.stat_result | None = None,
    shown: str = "",
) -> int:
    """Replace a file in an open directory with one that holds `data`, and return its modification time in ns.

    The data is written aside in the same directory, flushed to the disk, and renamed into place, so that a
    crash or a full disk leaves the old file untouched. A replaced file's permission bits are kept, and its
    owner where that is possible; a new file gets those bits that the process's umask leaves, as a plain
    ``open`` would give. A symbolic link is replaced, not followed.

    Args:
        folder: The directory's descriptor.
        name: The file's name in it.
        data: What it is to hold.
        before_replacing: Called at the last moment; an exception of it leaves the old file.
        mode: The permission bits of a new file, of which the umask takes some.
        shared_like: A directory's status. Where its group may write, the group may read and write a new file,
            too, whatever the umask: what one user adds is for those that he shares the directory with.
        shown: The path that errors name.

    Raises:
        OSError: The directory cannot be written, or the disk is full; the old file is as it was.
    """
    temporary = f".{name[:48]}.{os.urandom(6).hex()}{TEMP_SUFFIX}"
    try:
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            replaced = None
        else:
            # A link is itself replaced: what it leads to is of no concern here.
            replaced = found if stat.S_ISREG(found.st_mode) else None
        descriptor = os.open(temporary, NEW_FILE, mode, dir_fd=folder)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if replaced is not None:
                keep_owner(descriptor, replaced)
                os.fchmod(descriptor, stat.S_IMODE(replaced.st_mode))
            elif shared_like is not None:
                _share(descriptor, shared_like)
            os.fsync(descriptor)
            written_ns = os.fstat(descriptor).st_mtime_ns
        finally:
            os.close(descriptor)
        if before_replacing is not None:
            before_replacing()
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        discard(temporary, folder)
        raise naming(shown or name, error) from error
    except BaseException:
        discard(temporary, folder)
        raise
    _sync(folder)
    return written_ns


def create_in(
    folder: int,
    name: str,
    data: bytes,
    mode: int = 0o666,
    *,
    shared_like: os.stat_result | None = None,
    shown: str = "",
) -> None:
    """Create a file in an open directory that holds `data`; never in the place of another one.

    It gets its name once it is complete and on the disk, so that a crash or a full disk leaves nothing.

    Args:
        folder, name, data, mode, shared_like, shown: As of `replace_in`.

    Raises:
        FileExistsError: There is a file of that name.
        OSError: The directory cannot be written, or the disk is full; nothing was changed.
    """
    temporary = f".{name[:48]}.{os.urandom(6).hex()}{TEMP_SUFFIX}"
    try:
        descriptor = _open_nameless(folder, mode)
        is_nameless = descriptor is not None
        if descriptor is None:
            descriptor = os.open(temporary, NEW_FILE, mode, dir_fd=folder)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if shared_like is not None:
                _share(descriptor, shared_like)
            os.fsync(descriptor)
            if is_nameless:
                os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=folder)
            else:
                os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        finally:
            os.close(descriptor)
            if not is_nameless:
                discard(temporary, folder)
    except OSError as error:
        raise naming(shown or name, error) from error
    _sync(folder)


def _open_nameless(folder: int, mode: int) -> int | None:
    """Return a new file without a name in an open directory; None where the file system has no such files."""
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        return os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, mode, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
            return None
        raise


def _share(descriptor: int, directory: os.stat_result) -> None:
    """Give the group of a directory that it may write in access to a new file of ours."""
    if directory.st_mode & stat.S_IWGRP:
        keep_owner(descriptor, directory)
        made = os.fstat(descriptor)
        if made.st_gid == directory.st_gid:
            os.fchmod(descriptor, stat.S_IMODE(made.st_mode) | stat.S_IRGRP | stat.S_IWGRP)


def keep_owner(descriptor: int, wanted: os.stat_result) -> None:
    """Give a new file or folder of ours the owner and group of `wanted`, where that is possible.

    What root makes in a user's directory would else stop the user from writing there.
    """
    made = os.fstat(descriptor)
    owner = wanted.st_uid if os.geteuid() == 0 else made.st_uid
    if (made.st_uid, made.st_gid) != (owner, wanted.st_gid):
        try:
            os.fchown(descriptor, owner, wanted.st_gid)
        except OSError:
            pass


def naming(path: str, error: OSError) -> OSError:
    """Return `error` as one that names `path`: what was meant, not what served to make it."""
    return OSError(error.errno, error.strerror, path) if error.errno else error


def sync_directory(directory: str) -> None:
    """Flush a directory's entries to disk, where the file system supports that."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError:
        pass


def discard(path: str, folder: int | None = None) -> None:
    """Remove a file if possible; its path is relative to the open directory `folder`, if given."""
    try:
        os.unlink(path, dir_fd=folder)
    except OSError:
        pass
