"""Following the end of a log.

The file is opened anew at each look: on network file systems a kept handle shows a growing file seconds
late, and a file that was replaced not at all. Only its end is read, whatever its size.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from runtui.logs.text import shown_line

WINDOW = 256 * 1024
"""Bytes from the end that are read at first, and at most at one look."""

_LONGEST_PARTIAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class LogUpdate:
    """What a look at a log brought.

    Attributes:
        restart: Whether the lines so far no longer hold: `lines` begins anew.
        lines: Lines that are new and complete, fit to be shown.
        partial: The unfinished line at the end, which the next update replaces; ``""`` when there is none.
        skipped: Bytes before `lines` that are not shown; only with `restart`.
        size: Bytes of the file.
        modified: When it was last written, in seconds since the epoch.
        notice: What happened to the file, in one line; ``""`` when it only grew.
    """

    restart: bool
    lines: tuple[str, ...]
    partial: str
    skipped: int
    size: int
    modified: float
    notice: str = ""


class LogFollower:
    """Follows one log.

    Args:
        path: The file, which need not exist.
        window: Bytes from the end to read at first, and at most at one look.
    """

    def __init__(self, path: str, window: int = WINDOW) -> None:
        self.path = path
        self._window = window
        self._identity: tuple[int, int] | None = None
        self._offset = 0
        self._modified_ns = 0
        self._pending = b""
        self._was_there = False

    @property
    def modified(self) -> float:
        """When the log was last written as far as is known, in seconds since the epoch."""
        return self._modified_ns / 1e9

    def look(self) -> LogUpdate | None:
        """Return what is new, or None when nothing is.

        Raises:
            OSError: The file is there and cannot be read.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except FileNotFoundError:
            return self._vanished()
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(f"{os.path.basename(self.path)} is not a regular file")
            return self._read(descriptor, status)
        finally:
            os.close(descriptor)

    def _vanished(self) -> LogUpdate | None:
        if not self._was_there:
            return None
        self._was_there = False
        self._identity = None
        return LogUpdate(False, (), self._partial(), 0, 0, 0.0, "the log was removed")

    def _read(self, descriptor: int, status: os.stat_result) -> LogUpdate | None:
        identity = (status.st_dev, status.st_ino)
        notice = ""
        restart = self._identity is None
        if self._identity is not None and identity != self._identity:
            restart, notice = True, "the log was replaced by a new file"
        elif status.st_size < self._offset:
            restart, notice = True, "the log was truncated"
        elif not restart and status.st_size == self._offset and status.st_mtime_ns == self._modified_ns:
            return None
        self._identity = identity
        self._modified_ns = status.st_mtime_ns
        self._was_there = True
        begin = 0 if restart else self._offset
        if status.st_size - begin > self._window:
            begin = status.st_size - self._window
            if not restart:
                restart, notice = True, "the log grew faster than it can be shown"
        if restart:
            self._pending = b""
        os.lseek(descriptor, begin, os.SEEK_SET)
        data = _read_all(descriptor, status.st_size - begin)
        self._offset = begin + len(data)
        if restart and begin:
            # The first line was most likely cut.
            cut = data.find(b"\n") + 1
            data, begin = data[cut:], begin + cut
        lines = self._complete_lines(data)
        if not (restart or lines or data):
            return None
        return LogUpdate(
            restart,
            lines,
            self._partial(),
            begin if restart else 0,
            status.st_size,
            status.st_mtime,
            notice,
        )

    def _complete_lines(self, data: bytes) -> tuple[str, ...]:
        head, newline, tail = (self._pending + data).rpartition(b"\n")
        # Of a line that is overwritten again and again only the last states can matter.
        self._pending = tail[-_LONGEST_PARTIAL:]
        if not newline:
            return ()
        return tuple([shown_line(line.decode("utf-8", "replace")) for line in head.split(b"\n")])

    def _partial(self) -> str:
        return shown_line(self._pending.decode("utf-8", "replace"))


def _read_all(descriptor: int, size: int) -> bytes:
    chunks = []
    while size > 0:
        chunk = os.read(descriptor, size)
        if not chunk:
            break
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
