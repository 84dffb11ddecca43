"""Regular files, opened for reading without blocking.

Whoever may write in a runs directory can put a link, a pipe or a device in the place of any file. This is the
one way in which a file of a run, or one that others may replace, is opened for reading.
"""

from __future__ import annotations

import errno
import os
import stat
from functools import partial
from types import TracebackType

from runtui.store.errors import IrregularFileError, MetadataError
from runtui.store.estale import opened_again
from runtui.store.record import FileStamp, stamp_of
from runtui.text.sanitize import safe_text

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FLAGS_OF_NO_LINK = _FLAGS | os.O_NOFOLLOW
_CHUNK = 1 << 20  # bytes
_IRREGULAR = (errno.ELOOP, errno.ENXIO)  # of a link, and of a FIFO or a socket


class RegularFile:
    """A regular file that is open for reading, closed at the end of a ``with`` block.

    Args:
        descriptor: The open file's.
        path: The file, for errors.

    Attributes:
        descriptor, path: As above.
        status: The file's status when it was opened.

    Raises:
        IrregularFileError: It is not a regular file; the descriptor is closed.
    """

    __slots__ = ("descriptor", "path", "status")

    def __init__(self, descriptor: int, path: str | os.PathLike[str]) -> None:
        self.descriptor = descriptor
        self.path = path
        self.status = os.fstat(descriptor)
        if not stat.S_ISREG(self.status.st_mode):
            self.close()
            raise _irregular(path)

    def __enter__(self) -> RegularFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)

    @property
    def stamp(self) -> FileStamp:
        """The state of the file when it was opened."""
        return stamp_of(self.status)

    def read(self, limit: int | None = None) -> bytes:
        """Return all bytes of the file, whatever was read of it before.

        Args:
            limit: The most bytes that it may have; None for any number.

        Raises:
            MetadataError: It is larger.
            OSError: It cannot be read.
        """
        size = self.status.st_size
        if limit is not None and size > limit:
            most = f"more than is read ({limit // (1024 * 1024)} MiB)"
            raise MetadataError(f"{_name(self.path)} has {size / 1e6:.0f} MB, {most}", stamp=self.stamp)
        data = os.pread(self.descriptor, size + 1, 0)
        if len(data) != size:  # it changes while it is read
            chunks = [data]
            total = len(data)
            while chunks[-1] and (limit is None or total <= limit):
                chunks.append(os.pread(self.descriptor, _CHUNK, total))
                total += len(chunks[-1])
            data = b"".join(chunks)
        return data


def open_regular(
    path: str | os.PathLike[str], *, folder: int | None = None, follow_link: bool = False
) -> RegularFile:
    """Open a regular file for reading. Never waits for the other end of a FIFO, and wakes no device.

    Args:
        path: The file.
        folder: The descriptor of the directory that a relative path is relative to.
        follow_link: Whether it may be a symbolic link to such a file.

    Raises:
        IrregularFileError: It is not a regular file.
        OSError: It cannot be opened.
    """
    try:
        return RegularFile(os.open(path, _FLAGS_OF_NO_LINK, dir_fd=folder), path)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise _irregular(path) from None
        if error.errno != errno.ELOOP:
            raise
    if not follow_link:
        raise _irregular(path, "a symbolic link")
    # It may lead to a device, and there are devices that do something when they are opened.
    if not stat.S_ISREG(os.stat(path, dir_fd=folder).st_mode):
        raise _irregular(path)
    return RegularFile(os.open(path, _FLAGS, dir_fd=folder), path)


def read_file(path: str, limit: int, *, follow_link: bool = True) -> tuple[bytes, FileStamp]:
    """Return the bytes of the regular file at `path` and the state they were read from.

    The state is taken before the bytes, so that a change in between makes it look out of date, never the
    other way round.

    Args:
        path: The file.
        limit: The most bytes that are read.
        follow_link: Whether it may be a symbolic link to such a file.

    Raises:
        MetadataError: It is not a regular file or is larger than `limit` bytes.
        OSError: It cannot be opened or read.
    """
    return opened_again(partial(_read_once, path, limit, follow_link))


def _read_once(path: str, limit: int, follow_link: bool) -> tuple[bytes, FileStamp]:
    found = _read_at_once(path, limit)
    if found is not None:
        return found
    try:
        with open_regular(path, follow_link=follow_link) as file:
            return file.read(limit), file.stamp
    except IrregularFileError as error:
        raise MetadataError(str(error)) from None


def _read_at_once(path: str, limit: int) -> tuple[bytes, FileStamp] | None:
    """Return as `read_file` does for a regular file of which all is read at once; None for others.

    Nearly all files are such ones, and without a `RegularFile` a run is read in a tenth less time.
    """
    try:
        descriptor = os.open(path, _FLAGS_OF_NO_LINK)
    except OSError as error:
        if error.errno in _IRREGULAR:
            return None
        raise
    try:
        status = os.fstat(descriptor)
        size = status.st_size
        if not stat.S_ISREG(status.st_mode) or size > limit:
            return None
        data = os.pread(descriptor, size + 1, 0)
        return (data, stamp_of(status)) if len(data) == size else None
    finally:
        os.close(descriptor)


def _irregular(path: str | os.PathLike[str], kind: str = "not a regular file") -> IrregularFileError:
    return IrregularFileError(f"{_name(path)} is {kind}")


def _name(path: str | os.PathLike[str]) -> str:
    return safe_text(os.path.basename(path))
