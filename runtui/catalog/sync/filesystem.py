"""The file system of a directory, and whether its changes raise events.

On a network file system, a watcher notices writes of its own host but not of others, so that it seems to
work. So events are trusted only on file systems known to be local. The type is read from the mount table,
which never touches the file system itself and cannot hang.
"""

from __future__ import annotations

import os
from typing import NamedTuple

# ``overlay`` is a container's own disk, and writes through it raise events.
_LOCAL_TYPES = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "tmpfs", "xfs", "zfs")
)


class FileSystem(NamedTuple):
    """A mounted file system: its type in the mount table (``""`` if unknown), and its mount point."""

    type: str
    mount_point: str

    @property
    def has_events(self) -> bool:
        """Whether every change on it, from any host, raises an event here."""
        return self.type in _LOCAL_TYPES


def filesystem_of(path: str, mount_table: str | None = None) -> FileSystem:
    """Return the file system of `path`.

    Args:
        path: An absolute path, with links resolved.
        mount_table: The text of ``/proc/self/mountinfo``; by default it is read.
    """
    if mount_table is None:
        try:
            with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
                mount_table = file.read()
        except OSError:
            return FileSystem("", "")
    best = FileSystem("", "")
    for line in mount_table.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        mount_point = _unescape(fields[4])
        inside = mount_point == "/" or path == mount_point or path.startswith(mount_point + "/")
        # Of two on the same mount point, the later one is mounted on top.
        if inside and len(mount_point) >= len(best.mount_point):
            best = FileSystem(after.split(" ")[0], mount_point)
    return best


def tells_of_changes(path: str) -> bool:
    """Return whether changes raise events at `path`, with links resolved."""
    return filesystem_of(os.path.realpath(path)).has_events


def _unescape(text: str) -> str:
    r"""Return a mount point with its octal escapes (``\040`` is a space) resolved."""
    if "\\" not in text:
        return text
    raw = os.fsencode(text)
    for code in (0o40, 0o11, 0o12, 0o134):
        raw = raw.replace(b"\\%03o" % code, bytes([code]))
    return os.fsdecode(raw)
