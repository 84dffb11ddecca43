"""Compressed logs, decompressed as they are read.

They are decompressed into a file without a name, a stretch with each look, so that offsets work as in any
other log, the beginning is there at once, and nothing is left behind. Whatever else reads compressed logs
does so by what stands here.
"""

from __future__ import annotations

import bz2
import errno
import importlib
import lzma
import os
import re
import zlib
from collections.abc import Callable, Iterator
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
DECOMPRESSION_ERRORS = (zlib.error, lzma.LZMAError, EOFError, ValueError, OSError)
"""Errors of the decompressors; bz2 raises an OSError."""

_MARKS = {
    ".gz": re.compile(rb"\x1f\x8b\x08"),
    ".xz": re.compile(rb"\xfd7zXZ\0"),
    ".bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    ".zst": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
}
"""What compressed streams begin with, by the ending of the names of such files."""


def compression_of(beginning: bytes) -> str:
    """Return how the names of files end that are compressed as one with a beginning is; ``""`` for none."""
    return next((ending for ending, mark in _MARKS.items() if mark.match(beginning)), "")


def read_to_end(path: str, most: int) -> tuple[Source, str]:
    """Return the log at `path`, compressed or not, after reading to its end, and a notice if that is torn.

    Raises:
        OSError: It cannot be read, or is compressed and longer than `most` bytes.
    """
    source = open_source(path)
    look = source.look()
    while look.progress < 1:
        if source.size >= most:
            raise OSError(errno.EFBIG, "it is compressed, and too long to be read to its end", path)
        look = source.look()
    return source, look.notice


def decompressed(beginning: bytes, read: Callable[[], bytes]) -> Iterator[bytes]:
    """Yield the parts of a compressed stream, decompressed, up to where it cannot be read further.

    Args:
        beginning: Its first bytes, which `compression_of` knows.
        read: Returns the next bytes, or none at its end.

    Raises:
        OSError: Nothing here reads its compression.
    """
    streams = Streams(_maker_of(compression_of(beginning), ""))
    data = beginning
    while data or not streams.needs_input:
        try:
            output = streams.output_of(data)
        except DECOMPRESSION_ERRORS:
            return
        if output:
            yield output
        data = read() if streams.needs_input else b""


def open_source(path: str) -> Source:
    """Return the log at `path`, which need not exist, as a source: decompressed if its name says so.

    Raises:
        OSError: Nothing here reads its compression.
    """
    ending = os.path.splitext(path)[1]
    return CompressedSource(path, _maker_of(ending, path)) if ending in _MAKERS else FileSource(path)


def _maker_of(ending: str, path: str) -> Callable[[], _Decompressor]:
    maker = _MAKERS[ending]()
    if maker is None:
        from runtui.text.install_advice import install_command

        raise OSError(errno.ENOSYS, f"{ending} files need a library: {install_command('zstd')}", path)
    return maker


class Streams:
    """Compressed streams that stand one after another, decompressed part by part.

    Args:
        new_decompressor: Makes what decompresses one of them.

    Attributes:
        ended: How many have ended.
        is_within: Whether one has begun and not ended.
    """

    def __init__(self, new_decompressor: Callable[[], _Decompressor]) -> None:
        self._new_decompressor = new_decompressor
        self._decompressor = new_decompressor()
        self._rest = b""
        self._has_more = False  # the decompressor holds some that did not fit
        self.ended = 0
        self.is_within = False

    @property
    def needs_input(self) -> bool:
        """Whether there is no output without more input."""
        return not self._has_more and not self._rest

    def output_of(self, data: bytes = b"") -> bytes:
        """Return the next output, of more input or of what is left: none where that ends or begins a stream.

        Raises:
            DECOMPRESSION_ERRORS: The input is not as it was compressed.
        """
        data, self._rest = self._rest + data, b""
        if not self.is_within:
            data = data.lstrip(b"\0")  # padding behind the last stream
            if not data:
                return b""
        self.is_within = True
        output = self._decompressor.decompress(data, _STRETCH)
        self._has_more = len(output) == _STRETCH
        if self._decompressor.eof:
            self._rest = self._decompressor.unused_data
            self._decompressor = self._new_decompressor()
            self._has_more = self.is_within = False
            self.ended += 1
        return output


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
        self._streams = Streams(self._new_decompressor)
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
        most_streams = self._streams.ended + _MOST_STREAMS
        while self.size < goal and self._streams.ended < most_streams:
            if self.size >= self._most:
                self._finished = True
                return f"only the first {self.size} bytes are shown: it is too large to decompress here"
            data = b""
            if self._streams.needs_input:
                data = self._file.read(self._consumed, _INPUT)
                if not data:
                    self._waiting_for_more = True
                    return _NOT_WHOLE if self._streams.is_within else ""
                self._consumed += len(data)
            try:
                output = self._streams.output_of(data)
            except DECOMPRESSION_ERRORS as error:
                self._finished = True
                why = safe_text(str(error), 80)
                return f"it cannot be decompressed further ({why}): this is what could be read of it"
            self._plain.append(output[: self._most - self._plain.size])
        return ""
