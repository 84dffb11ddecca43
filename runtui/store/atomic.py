"""Replacing a file so that a reader sees the old or the new one, whole, whatever happens."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

TEMP_SUFFIX = ".runtui-tmp"


def write_atomic(
    path: str | os.PathLike[str],
    data: bytes,
    before_replacing: Callable[[], None] | None = None,
    mode: int = 0o666,
    shared_in: str = "",
) -> int:
    """Replace the file at `path` by one that holds `data`, and return its time of modification in ns.

    The data is written aside in the same directory, flushed to the disk, and renamed into place, so that a
    crash or a full disk leaves the old file untouched. A replaced file's permission bits are kept, and its
    owner where that is possible; a new file gets those bits that the process's umask leaves, as a plain
    ``open`` would give. A symbolic link is replaced, not followed.

    Args:
        path: The file.
        data: What it is to hold.
        before_replacing: Called at the last moment; an exception of it leaves the old file.
        mode: The permission bits of a new file, of which the umask takes some.
        shared_in: A directory. Where its group may write, the group may read and write a new file, too,
            whatever the umask: what one user adds is for those that he shares the directory with.

    Raises:
        OSError: The directory cannot be written, or the disk is full; the old file is as it was. It names
            `path`, whatever step failed.
    """
    path = os.fspath(path)
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, f".{name[:48]}.{os.urandom(6).hex()}{TEMP_SUFFIX}")
    try:
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            replaced = None
        else:
            # A link is itself replaced: what it leads to is of no concern here.
            replaced = found if stat.S_ISREG(found.st_mode) else None
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if replaced is not None:
                keep_owner(descriptor, replaced)
                os.fchmod(descriptor, stat.S_IMODE(replaced.st_mode))
            elif shared_in:
                _share(descriptor, os.stat(shared_in))
            os.fsync(descriptor)
            written_ns = os.fstat(descriptor).st_mtime_ns
        finally:
            os.close(descriptor)
        if before_replacing is not None:
            before_replacing()
        os.rename(temporary, path)
    except OSError as error:
        discard(temporary)
        raise naming(path, error) from error
    except BaseException:
        discard(temporary)
        raise
    sync_directory(directory or ".")
    return written_ns


def _share(descriptor: int, directory: os.stat_result) -> None:
    """Let the group of a directory that it may write in read and write a new file of ours."""
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
    """Flush a directory's entries to the disk, where the file system can do so."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def discard(path: str) -> None:
    """Remove a file if that is possible."""
    try:
        os.unlink(path)
    except OSError:
        pass
