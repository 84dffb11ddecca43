"""What the machine and the file system allow, where that is so little that something may fail."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

from runtui.catalog.sync.filesystem import FileSystem

_LEAST_WATCHES = 8192
_LEAST_INSTANCES = 16
_LEAST_OPEN_FILES = 256
_LEAST_SPACE = 64 * 1024 * 1024
_LEAST_INODES = 1000

_WITHOUT_LINKS = frozenset({"exfat", "msdos", "vfat"})


@dataclass(frozen=True, slots=True)
class SystemLimits:
    """What is allowed, and what is left. None where it is not known or there is no limit.

    Attributes:
        watches, instances: How many inotify watches and instances each user may have.
        open_files: How many files a process may have open.
        space: Bytes that are left on the file system.
        inodes: Files that can still be made on it.
        is_read_only: Whether it is mounted so that nobody can write.
    """

    watches: int | None = None
    instances: int | None = None
    open_files: int | None = None
    space: int | None = None
    inodes: int | None = None
    is_read_only: bool = False


def limits_at(base: str) -> SystemLimits:
    """Return the limits of this machine and of the file system of the runs directory `base`."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    watches, instances = (_inotify_limit(name) for name in ("max_user_watches", "max_user_instances"))
    open_files = None if soft == resource.RLIM_INFINITY else soft
    try:
        found = os.statvfs(base)
    except OSError:
        return SystemLimits(watches, instances, open_files)
    return SystemLimits(
        watches,
        instances,
        open_files,
        found.f_bavail * found.f_frsize,
        found.f_favail if found.f_files else None,  # some file systems make inodes as they need them
        bool(found.f_flag & os.ST_RDONLY),
    )


def complaints(limits: SystemLimits, file_system: FileSystem) -> list[str]:
    """Return what may fail for these limits on this file system, each in one line."""
    found = []
    if file_system.type in _WITHOUT_LINKS:
        found.append(f"lies on a file system ({file_system.type}) without links: `current` cannot be set")
    if limits.is_read_only:
        found.append("lies on a file system that is mounted read-only: nothing here can be edited or cleaned")
    if limits.watches is not None and limits.watches < _LEAST_WATCHES:
        found.append(f"only {limits.watches} inotify watches for each user: watching may fail")
    if limits.instances is not None and limits.instances < _LEAST_INSTANCES:
        found.append(f"only {limits.instances} inotify instances for each user: watching may fail")
    if limits.open_files is not None and limits.open_files < _LEAST_OPEN_FILES:
        found.append(f"only {limits.open_files} open files for each process: raise it with ulimit -n")
    if limits.space is not None and limits.space < _LEAST_SPACE:
        found.append(f"only {limits.space // 1024} KiB are left on its file system: saving may fail")
    if limits.inodes is not None and limits.inodes < _LEAST_INODES:
        found.append(f"only {limits.inodes} more files fit on its file system: saving may fail")
    return found


def _inotify_limit(name: str) -> int | None:
    try:
        with open(f"/proc/sys/fs/inotify/{name}", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None
