"""Saving a part of a log, or another text, to a file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence

from runtui.logs.read.source import Source
from runtui.logs.viewport import Kept
from runtui.store.atomic import TEMP_SUFFIX, discard, naming, sync_directory

_CHUNK = 1024 * 1024  # bytes


def save_range(source: Source, begin: int, end: int, path: str, *, replace: bool = False) -> int:
    """Write the bytes of a log from `begin` to `end`, as they are, to a file, and return their number.

    The file is there whole or not at all. A link in its place is neither followed nor replaced.

    Args:
        source: The log, as it was at its last look.
        begin: The first byte.
        end: The byte behind the last one.
        path: The file to write.
        replace: Whether a file that is there already may be replaced.

    Raises:
        FileExistsError: There is a file already.
        OSError: It cannot be written, or is no regular file, or the log cannot be read, or not so much of it.
    """
    return save_pieces(_pieces(source, begin, end), path, replace=replace)


def save_lines(source: Source, lines: Sequence[Kept], path: str, *, replace: bool = False) -> int:
    """Write lines, as they were read, to a file, and return the number of bytes; otherwise as `save_range`.

    They need not follow each other, nor be in the log any more: what took their place is never written.

    Raises:
        FileExistsError: There is a file already.
        OSError: It cannot be written, or is no regular file, or a very long line is no longer in the log.
    """
    return save_pieces((_line(source, kept) for kept in lines), path, replace=replace)


def save_pieces(pieces: Iterable[bytes], path: str, *, replace: bool = False) -> int:
    """Write bytes to a file, and return their number; otherwise as `save_range`.

    Raises:
        FileExistsError: There is a file already.
        OSError: It cannot be written, or is no regular file, or the pieces cannot be read.
    """
    _check(path, replace)
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, f".{name[:48]}.{os.urandom(6).hex()}{TEMP_SUFFIX}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            written = sum(_write(piece, descriptor) for piece in pieces)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _put_in_place(temporary, path, replace)
    except OSError as error:
        discard(temporary)
        raise naming(path, error) from error
    except BaseException:
        discard(temporary)
        raise
    sync_directory(directory or ".")
    return written


def _check(path: str, replace: bool) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "there is something that is no regular file", path)
    if not replace:
        raise FileExistsError(errno.EEXIST, "there is a file of that name already", path)


def _pieces(source: Source, begin: int, end: int) -> Iterator[bytes]:
    place = begin
    while place < end:
        data = source.read(place, min(_CHUNK, end - place))
        if not data:
            raise OSError(errno.EINVAL, "the log was cut short meanwhile")
        yield data
        place += len(data)


def _line(source: Source, kept: Kept) -> bytes:
    line = kept.line
    size = line.end - line.begin
    data = (line.raw + b"\n")[:size]
    if len(data) == size:
        return data
    data = source.read(line.begin, size) if kept.generation == source.generation else b""
    if len(data) < size:
        raise OSError(errno.EINVAL, "one of the lines was too long to be kept, and its log is gone")
    return data


def _write(data: bytes, descriptor: int) -> int:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return len(data)


def _put_in_place(temporary: str, path: str, replace: bool) -> None:
    if not replace:
        # Unlike a rename, a link refuses to take the place of a file that came meanwhile.
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:
            pass  # a file system without hard links
        else:
            os.unlink(temporary)
            return
    _check(path, replace)
    os.rename(temporary, path)
