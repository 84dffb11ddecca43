"""Compressed logs, decompressed as they are read.

They are decompressed into a file without a name, a stretch with each look, so that offsets work as in any
other log, the beginning is there at once, and nothing is left behind.
"""

from __future__ import annotations

import bz2
import errno
import importlib
import lzma
import os
import zlib
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from runtui.logs.read.source import FileSource, LogChange, Snapshot, Source
from runtui.logs.read.temp_buffer import TempBuffer
from runtui.text.sanitize import safe_text

MOST_BYTES = 4 * 1024 * 1024 * 1024
"""Decompressed bytes of a log that are kept."""

_MOST_TIMES = 250  # its compressed size: logs take up to a hundred times that, others are made to fill disks
_ALWAYS = 256 * 1024 * 1024  # bytes

_STRETCH = 8 * 1024 * 1024  # bytes, decompressed
_INPUT = 256 * 1024  # bytes, compressed
_MOST_STREAMS = 256  # streams with each look: those that hold nothing cost time all the same
_MOST_MEMORY = 256 * 1024 * 1024  # bytes: an archive chooses how much it needs
_LEFT_FREE = 0.5  # fraction of the disk's free space, so that no log fills it
_NOT_WHOLE = "the file ends in the middle: this is what could be read of it"


class _Decompressor(Protocol):
    """Interface that the standard library's decompressors share."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """A gzip member, with the interface of the other decompressors."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Zstd:
    """A zstd frame, with the errors of the other decompressors."""

    def __init__(self, inner: _Decompressor, error: type[Exception]) -> None:
        self._inner = inner
        self._error = error

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        try:
            return self._inner.decompress(data, max_length)
        except self._error as error:
            raise ValueError(str(error)) from None


def _zstd() -> Callable[[], _Decompressor] | None:
    """Return a zstd decompressor, from this Python (3.14 has one) or a library: its backport, or pyzstd."""
    for name in ("compression.zstd", "backports.zstd", "pyzstd"):
        try:
            module = importlib.import_module(name)
            maker = cast(Callable[[], _Decompressor], module.ZstdDecompressor)
            error = cast(type[Exception], module.ZstdError)
        except (ImportError, AttributeError):
            continue
        return lambda: _Zstd(maker(), error)
    return None


_MAKERS: dict[str, Callable[[], Callable[[], _Decompressor] | None]] = {
    ".gz": lambda: _Gzip,
    ".xz": lambda: partial(lzma.LZMADecompressor, memlimit=_MOST_MEMORY),
    ".bz2": lambda: bz2.BZ2Decompressor,
    ".zst": _zstd,
}
_ERRORS = (zlib.error, lzma.LZMAError, EOFError, ValueError, OSError)
"""Errors of the decompressors; bz2 raises an OSError."""


def open_source(path: str) -> Source:
    """Return the log at `path`, which need not exist, as a source: decompressed if its name says so.

    Raises:
        OSError: Nothing here reads its compression.
    """
    ending = os.path.splitext(path)[1]
    if ending not in _MAKERS:
        return FileSource(path)
    maker = _MAKERS[ending]()
    if maker is None:
        from runtui.text.install_advice import install_command

        raise OSError(errno.ENOSYS, f"{ending} files need a library: {install_command('zstd')}", path)
    return CompressedSource(path, maker)


class CompressedSource:
    """A compressed log. Each look decompresses a stretch of it, until its `progress` is 1.

    Args:
        path: The file, which need not exist.
        decompressor: Makes what decompresses one of the streams the file may consist of.
        limit: Decompressed bytes to keep at most; less where the disk has not twice that free, or where a log
            of this compressed size is never so long.
    """

    def __init__(self, path: str, decompressor: Callable[[], _Decompressor], limit: int = MOST_BYTES) -> None:
        self._file = FileSource(path)
        self._new_decompressor = decompressor
        self._limit = limit
        self._plain: TempBuffer | None = None
        self._restart()

    @property
    def path(self) -> str:
        return self._file.path

    @property
    def size(self) -> int:
        return 0 if self._plain is None else self._plain.size

    @property
    def settled(self) -> int:
        return self.size

    @property
    def modified(self) -> float:
        return self._file.modified

    @property
    def generation(self) -> int:
        return self._file.generation

    def look(self) -> Snapshot:
        look = self._file.look()
        if look.generation != self._generation:
            self._restart()
        self._waiting_for_more &= look.change is not LogChange.GREW
        before = self.size
        notice = look.notice
        if not self._finished and not self._waiting_for_more:
            notice = self._decompress_stretch() or notice
        change = look.change
        if change in (LogChange.NOTHING, LogChange.GREW):
            change = LogChange.GREW if self.size > before else LogChange.NOTHING
        return Snapshot(change, self.size, look.modified, look.generation, notice, b"", self._progress())

    def read(self, offset: int, size: int) -> bytes:
        return b"" if self._plain is None else self._plain.read(offset, size)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        return 0 if self._plain is None else self._plain.read_into(offset, buffer)

    def _restart(self) -> None:
        self._generation = self._file.generation
        self._plain = None
        self._consumed = 0
        self._decompressor = self._new_decompressor()
        self._in_stream = False
        self._more_output = False  # the decompressor holds some that did not fit
        self._finished = False
        self._waiting_for_more = False

    def _progress(self) -> float:
        if self._finished or self._waiting_for_more or not self._file.size:
            return 1.0
        return min(self._consumed / self._file.size, 0.999)

    def _decompress_stretch(self) -> str:
        """Decompress some of the file, and return a notice about it."""
        if self._plain is None:
            self._plain = TempBuffer()
            likely = max(_ALWAYS, _MOST_TIMES * self._file.size)
            self._most = min(self._limit, likely, int(self._plain.free() * _LEFT_FREE))
        goal = self.size + _STRETCH
        streams = 0
        while self.size < goal and streams < _MOST_STREAMS:
            if self.size >= self._most:
                self._finished = True
                return f"only the first {self.size} bytes are shown: it is too large to decompress here"
            data = b""
            if not self._more_output:
                data = self._file.read(self._consumed, _INPUT)
                if not data:
                    self._waiting_for_more = True
                    return _NOT_WHOLE if self._in_stream else ""
                self._consumed += len(data)
            if not self._in_stream and not data.strip(b"\0"):
                continue  # padding behind the last stream
            try:
                output = self._output(data)
            except _ERRORS as error:
                self._finished = True
                why = safe_text(str(error), 80)
                return f"it cannot be decompressed further ({why}): this is what could be read of it"
            self._take(output)
            if self._decompressor.eof:
                self._consumed -= len(self._decompressor.unused_data)
                self._decompressor = self._new_decompressor()
                self._in_stream = self._more_output = False
                streams += 1
        return ""

    def _output(self, data: bytes) -> bytes:
        self._in_stream = True
        output = self._decompressor.decompress(data, _STRETCH)
        self._more_output = len(output) == _STRETCH
        return output

    def _take(self, output: bytes) -> None:
        assert self._plain is not None
        self._plain.append(output[: self._most - self._plain.size])
