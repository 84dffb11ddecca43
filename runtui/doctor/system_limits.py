"""Limits of the machine and the file system that are low enough to make something fail."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

from runtui.catalog.sync.filesystem import FileSystem

_LEAST_WATCHES = 8192  # inotify watches per user
_LEAST_INSTANCES = 16  # inotify instances per user
_LEAST_OPEN_FILES = 256  # open files per process
_LEAST_SPACE = 64 * 1024 * 1024  # bytes
_LEAST_INODES = 1000  # files

_WITHOUT_LINKS = frozenset({"exfat", "msdos", "vfat"})


@dataclass(frozen=True, slots=True)
class SystemLimits:
    """Limits of a machine and a file system; None where unknown or unlimited.

    Attributes:
        watches, instances: Number of inotify watches and instances per user.
        open_files: Number of open files per process.
        space: Free space on the file system, in bytes.
        inodes: Number of files that can still be created on it.
        is_read_only: Whether it is mounted read-only.
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
        found.f_favail if found.f_files else None,  # some file systems create inodes as needed
        bool(found.f_flag & os.ST_RDONLY),
    )


def complaints(limits: SystemLimits, file_system: FileSystem) -> list[str]:
    """Return what may fail, each in one line.

    Args:
        limits: The limits.
        file_system: The file system of the runs directory.
    """
    found = []
    if file_system.type in _WITHOUT_LINKS:
        found.append(f"file system without symbolic links ({file_system.type}): `current` cannot be set")
    if limits.is_read_only:
        found.append("file system mounted read-only: runs can be neither edited nor cleaned")
    if limits.watches is not None and limits.watches < _LEAST_WATCHES:
        found.append(f"only {limits.watches} inotify watches per user: watching may fail")
    if limits.instances is not None and limits.instances < _LEAST_INSTANCES:
        found.append(f"only {limits.instances} inotify instances per user: watching may fail")
    if limits.open_files is not None and limits.open_files < _LEAST_OPEN_FILES:
        found.append(f"only {limits.open_files} open files per process: raise the limit with ulimit -n")
    if limits.space is not None and limits.space < _LEAST_SPACE:
        found.append(f"only {limits.space // 1024} KiB free on its file system: saving may fail")
    if limits.inodes is not None and limits.inodes < _LEAST_INODES:
        found.append(f"only {limits.inodes} more files fit on its file system: saving may fail")
    return found


def _inotify_limit(name: str) -> int | None:
    try:
        with open(f"/proc/sys/fs/inotify/{name}", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None
