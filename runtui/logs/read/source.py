"""A log as bytes at offsets, with its changes since the last look.

The file is opened anew at each look: on network file systems a kept handle shows a growing file seconds
late, and a file that was replaced not at all. Reading between two looks goes through the handle of the last
one, so that what is on screen stays readable when the file is renamed away or removed. Never a memory map:
touching a page behind the end of a file that another program truncated ends the process.
"""

from __future__ import annotations

import enum
import errno
import os
import time
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from runtui.store.closing import close_aside
from runtui.store.errors import IrregularFileError
from runtui.store.estale import opened_again
from runtui.store.regular_file import open_regular

_HEAD = 1024  # bytes
_TAIL = 4096  # bytes
_LONGEST_REST = 256 * 1024  # bytes
_INDISTINCT_NS = 2_000_000_000


class LogChange(enum.Enum):
    """Changes of a log between two looks."""

    NOTHING = enum.auto()
    OPENED = enum.auto()
    GREW = enum.auto()
    TRUNCATED = enum.auto()
    REWRITTEN = enum.auto()
    """Truncated or overwritten, and by now at least as long as before."""
    REPLACED = enum.auto()
    REMOVED = enum.auto()
    RETURNED = enum.auto()


_NOTICES = {
    LogChange.TRUNCATED: "the log was truncated",
    LogChange.REWRITTEN: "the log was written anew",
    LogChange.REPLACED: "the log was replaced by a new file",
    LogChange.REMOVED: "the log was removed",
    LogChange.RETURNED: "the log is back",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The result of a look at a log.

    Attributes:
        change: The change since the last look; each event is reported once.
        size: Bytes that can be read.
        modified: When it was last written, in seconds since the epoch; 0 when it never was there.
        generation: Rises when offsets into the log as it was no longer hold.
        notice: The change, in one line; ``""`` when it only grew.
        rest: After `REPLACED` and `RETURNED`, what was written to the old file since the last look, its last
            256 KiB at most: nobody else can show it any more.
        progress: Of a compressed log, the fraction that was decompressed; the rest comes with the next
            looks. 1 when all is there.
    """

    change: LogChange
    size: int
    modified: float
    generation: int
    notice: str = ""
    rest: bytes = b""
    progress: float = 1.0


class Source(Protocol):
    """A log that can be read at any offset.

    `look` belongs to one thread; `read` and `read_into` may be called from others meanwhile.
    """

    @property
    def path(self) -> str:
        """The log's path."""

    @property
    def size(self) -> int:
        """Bytes that can be read, as of the last look."""

    @property
    def settled(self) -> int:
        """Bytes of these that stay as they are; those after them are an end that may change."""

    @property
    def modified(self) -> float:
        """Time of the last write, as of the last look, in seconds since the epoch."""

    @property
    def generation(self) -> int:
        """A number that rises when offsets into the log's previous contents no longer hold."""

    def look(self) -> Snapshot:
        """Check for changes since the last look. The first one opens the log.

        Raises:
            OSError: The log is there and cannot be read.
        """

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset` on; fewer only at the end.

        Raises:
            OSError: The disk or its server refuses.
        """

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill `buffer` from `offset` on, and return how many bytes there were.

        Raises:
            OSError: The disk or its server refuses.
        """


class Handle:
    """An open file, closed when its last reader is gone, in whichever thread that is."""

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        close_aside(self.descriptor)


def open_log(path: str) -> Handle:
    """Open a regular file for reading; never waits for a writer, as a named pipe would make it.

    Raises:
        OSError: It cannot be opened, or is not a regular file.
    """
    try:
        return Handle(opened_again(partial(open_regular, path, follow_link=True)).descriptor)
    except IrregularFileError:
        raise OSError(errno.EINVAL, "it is not a regular file", path) from None


def read_at(handle: Handle, offset: int, size: int) -> bytes:
    """Return `size` bytes of an open file from `offset` on; fewer only at its end."""
    data = os.pread(handle.descriptor, size, offset)
    if len(data) == size or not data:
        return data
    chunks = [data]
    missing = size - len(data)
    while missing:
        chunk = os.pread(handle.descriptor, missing, offset + size - missing)
        if not chunk:
            break
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def read_into_at(handle: Handle, offset: int, buffer: memoryview) -> int:
    """Fill `buffer` from an open file at `offset`, and return how many bytes there were."""
    done = 0
    while done < len(buffer):
        count = os.preadv(handle.descriptor, [buffer[done:]], offset + done)
        if not count:
            break
        done += count
    return done


@dataclass(frozen=True, slots=True)
class _State:
    """A log as of one look; replaced as a whole, so that readers in other threads see one or the other."""

    handle: Handle | None = None
    identity: tuple[int, int] = (0, 0)
    size: int = 0
    modified_ns: int = 0
    head: bytes = b""
    tail: bytes = b""
    generation: int = 0
    present: bool = False


class FileSource:
    """A log that is a plain file.

    Args:
        path: The file, which need not exist.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._state = _State()

    @property
    def path(self) -> str:
        return self._path

    @property
    def size(self) -> int:
        return self._state.size

    @property
    def settled(self) -> int:
        return self._state.size

    @property
    def modified(self) -> float:
        return self._state.modified_ns / 1e9

    @property
    def generation(self) -> int:
        return self._state.generation

    @property
    def handle(self) -> Handle | None:
        """The file as it was opened at the last look; None before the first."""
        return self._state.handle

    def look(self) -> Snapshot:
        try:
            handle = open_log(self._path)
        except FileNotFoundError:
            return self._vanished()
        try:
            return self._compare(handle, os.fstat(handle.descriptor))
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
        handle = open_log(self._path)
        return self._compare(handle, os.fstat(handle.descriptor))

    def read(self, offset: int, size: int) -> bytes:
        state = self._state
        size = min(size, state.size - offset)
        if state.handle is None or size <= 0:
            return b""
        try:
            return read_at(state.handle, offset, size)
        except OSError as error:
            return read_at(self._fresh(state, error), offset, size)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        state = self._state
        size = min(len(buffer), state.size - offset)
        if state.handle is None or size <= 0:
            return 0
        try:
            return read_into_at(state.handle, offset, buffer[:size])
        except OSError as error:
            return read_into_at(self._fresh(state, error), offset, buffer[:size])

    def _fresh(self, state: _State, error: OSError) -> Handle:
        """Return another handle of the same file when the old one went stale; raise `error` otherwise."""
        if error.errno != errno.ESTALE:
            raise error
        handle = open_log(self._path)
        status = os.fstat(handle.descriptor)
        if (status.st_dev, status.st_ino) != state.identity:
            raise error
        return handle

    def _vanished(self) -> Snapshot:
        old = self._state
        if not old.present:
            return self._told(LogChange.NOTHING)
        # Its writer may still have it open, and what it wrote last is read through our handle.
        self._state = _State(
            old.handle, old.identity, _size_of(old), old.modified_ns, old.head, old.tail, old.generation
        )
        return self._told(LogChange.REMOVED)

    def _compare(self, handle: Handle, status: os.stat_result) -> Snapshot:
        old = self._state
        identity = (status.st_dev, status.st_ino)
        change = LogChange.GREW
        if old.handle is None:
            change = LogChange.OPENED
        elif identity != old.identity:
            change = LogChange.REPLACED if old.present else LogChange.RETURNED
        elif status.st_size < old.size:
            change = LogChange.TRUNCATED
        elif old.present and _is_untouched(status, old):
            self._state = _with_handle(old, handle)
            return self._told(LogChange.NOTHING)
        elif not _begins_with(handle, old):
            change = LogChange.REWRITTEN
        elif not old.present:
            change = LogChange.RETURNED
        elif status.st_size == old.size:
            change = LogChange.NOTHING
        other = old.handle is not None and identity != old.identity
        same = not other and change in (LogChange.GREW, LogChange.NOTHING, LogChange.RETURNED)
        rest = _rest(old) if other else b""
        self._state = _State(
            handle,
            identity,
            status.st_size,
            status.st_mtime_ns,
            old.head if same and len(old.head) == _HEAD else read_at(handle, 0, min(_HEAD, status.st_size)),
            read_at(handle, max(0, status.st_size - _TAIL), min(_TAIL, status.st_size)),
            old.generation if same else old.generation + 1,
            True,
        )
        return self._told(change, rest)

    def _told(self, change: LogChange, rest: bytes = b"") -> Snapshot:
        state = self._state
        return Snapshot(
            change, state.size, state.modified_ns / 1e9, state.generation, _NOTICES.get(change, ""), rest
        )


def _is_untouched(status: os.stat_result, old: _State) -> bool:
    """Return whether certainly nothing was written since the last look.

    File systems distinguish the times of two writes only when some milliseconds, on some whole seconds, lie
    between them.
    """
    same = status.st_size == old.size and status.st_mtime_ns == old.modified_ns
    return same and abs(time.time_ns() - status.st_mtime_ns) > _INDISTINCT_NS


def _with_handle(state: _State, handle: Handle) -> _State:
    return _State(
        handle,
        state.identity,
        state.size,
        state.modified_ns,
        state.head,
        state.tail,
        state.generation,
        True,
    )


def _begins_with(handle: Handle, old: _State) -> bool:
    """Return whether a file still begins with what it held at the last look, as far as samples tell.

    A file that was truncated and then grew beyond its old size looks like one that only grew.
    """
    if not old.size:
        return True
    tail = read_at(handle, old.size - len(old.tail), len(old.tail))
    return tail == old.tail and (len(old.tail) == old.size or read_at(handle, 0, len(old.head)) == old.head)


def _size_of(state: _State) -> int:
    """Return the size of a file that is no longer at its path, through the handle that was kept."""
    if state.handle is None:
        return state.size
    try:
        return max(state.size, os.fstat(state.handle.descriptor).st_size)
    except OSError:
        return state.size


def _rest(state: _State) -> bytes:
    """Return the end of a file that was written after the last look, before another took its place."""
    size = _size_of(state)
    begin = max(state.size, size - _LONGEST_REST)
    if state.handle is None or begin >= size:
        return b""
    try:
        return read_at(state.handle, begin, size - begin)
    except OSError:
        return b""
