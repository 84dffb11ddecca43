"""Failure of a program by a log of it: a file, a stream or a directory of logs, without a run."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO, NamedTuple

from runtui.logs.diagnose.digest import Facts, WholeLogs, digest_of
from runtui.logs.diagnose.own_rules import OwnRule
from runtui.logs.diagnose.pieces import (
    MOST_BYTES,
    MOST_DECOMPRESSED,
    Piece,
    encoding_of,
    ends_of,
    looked_back,
    looked_back_by,
    read_end,
    read_pieces,
    size_of,
)
from runtui.logs.read.compressed import compression_of, decompressed, read_to_end
from runtui.logs.read.log_files import COMPRESSED
from runtui.logs.read.text import is_binary
from runtui.logs.search.line_numbers import LineNumbers
from runtui.store.errors import StoreError, explain
from runtui.store.failure import FailureKind, FailureSummary, ReadShare
from runtui.text.sanitize import safe_text

_KEPT = 4 * 1024 * 1024  # bytes of the end of a stream
_CHUNK = 256 * 1024  # bytes
_STREAM = "standard input"
_MOST_COUNTED = 4 * 1024 * 1024 * 1024  # bytes before a line whose number is counted, in some 20 s
_MARK = 16  # bytes by which a compression is recognised


class LogFailure(NamedTuple):
    """Reason of a failure, as a log tells it. All text is safe to show.

    Attributes:
        kind: The kind of failure; `FailureKind.UNKNOWN` where the log does not tell.
        line: The line that says it, without times and ranks; else the last line of the log, or ``""``.
        log: The log, as it was named; of a directory the log in it that tells.
        line_number: The number of that line, counted from 1; None where there is none, or where it is too far
            from the beginning to be counted.
        offset: Where in the log the line begins, in bytes; of a compressed log, decompressed.
        read: How much was read, where that is less than half; None otherwise.
    """

    kind: FailureKind
    line: str
    log: str
    line_number: int | None
    offset: int
    read: ReadShare | None = None

    @property
    def is_known(self) -> bool:
        """Whether the log tells why, so that `line` is more than its last words."""
        return self.kind is not FailureKind.UNKNOWN


def why_failed(log: str | os.PathLike[str] | BinaryIO, rules: Sequence[OwnRule] = ()) -> LogFailure:
    """Return why a program failed, by its log, as `runtui why` does.

    Reads the beginning and the end of a file, 64 KiB together; a stream is read to its end.

    Args:
        log: The path of a log, which may be compressed, or of a directory with logs, such as that of a run;
            or a stream of bytes.
        rules: Rules that win over the built-in ones; `runtui why` has those of the settings here.

    Raises:
        StoreError: It cannot be read, or is no text; the message is one line.
    """
    path = os.fspath(log) if isinstance(log, (str, os.PathLike)) else _STREAM
    try:
        if not isinstance(log, (str, os.PathLike)):
            return _by_stream(log, path, rules)
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            return _by_directory(path, rules)
        if not stat.S_ISREG(mode) or _is_misnamed(path):
            with open(path, "rb") as stream:
                return _by_stream(stream, path, rules)
        return _by_file(path, rules)
    except FileNotFoundError:
        raise StoreError(f"{safe_text(path) or repr(path)}: no such file or directory") from None
    except OSError as error:
        raise StoreError(f"{safe_text(path)} cannot be read: {explain(error, with_path=False)}") from None


def _is_misnamed(path: str) -> bool:
    """Return whether a file is compressed otherwise than its name says."""
    named = os.path.splitext(path)[1] if path.endswith(COMPRESSED) else ""
    with open(path, "rb") as file:
        return compression_of(file.read(_MARK)) != named


def _by_file(path: str, rules: Sequence[OwnRule]) -> LogFailure:
    folder = os.path.dirname(path) or os.curdir
    pieces, problem = read_end(folder, os.path.basename(path), MOST_BYTES)
    if problem:
        raise StoreError(problem)
    found = digest_of(Facts(), pieces, rules, WholeLogs(partial(looked_back, folder), size_of(pieces)))
    return _answer(found, path, _line_number(path, found.offset) if found.line else None)


def _by_directory(path: str, rules: Sequence[OwnRule]) -> LogFailure:
    read = read_pieces(path)
    if not read.pieces:
        raise StoreError("; ".join(read.problems) or f"no logs found in {safe_text(path)}")
    whole = WholeLogs(partial(looked_back, path), read.size, read.logs)
    found = digest_of(Facts(), read.pieces, rules, whole)
    log = os.path.join(path, found.log) if found.log else path
    return _answer(found, log, _line_number(log, found.offset) if found.log else None)


def _by_stream(stream: BinaryIO, name: str, rules: Sequence[OwnRule]) -> LogFailure:
    kept = _KeptStream(stream, name)
    pieces: list[Piece] = ends_of(name, kept.size, 0.0, MOST_BYTES, kept.read)
    if any(not piece.encoding and is_binary(piece.data) for piece in pieces):
        raise StoreError(_binary(name))
    whole = WholeLogs(lambda piece: looked_back_by(piece, kept.read), kept.size)
    found = digest_of(Facts(), pieces, rules, whole)
    return _answer(found, name, kept.line_of(found.offset) if found.line else None)


def _binary(name: str) -> str:
    return f"{safe_text(name)} is binary, so no reason is read from it"


def _answer(found: FailureSummary, log: str, line_number: int | None) -> LogFailure:
    return LogFailure(found.kind, found.line, safe_text(log), line_number, found.offset, found.read)


def _line_number(path: str, offset: int) -> int | None:
    if offset > _MOST_COUNTED:
        return None
    source, _notice = read_to_end(path, MOST_DECOMPRESSED)
    return LineNumbers(source).counted_to(offset)


class _KeptStream:
    """The beginning and the end of a stream, which is read to its end, decompressed if need be.

    Args:
        stream: The stream.
        name: What it is called.

    Raises:
        StoreError: It begins with no text: it may never end, as that of a device.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._beginning = b""
        self._end = bytearray()
        self._end_begins = 0
        self._lines_before = 0
        first = stream.read(_CHUNK)
        read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        more = partial(read, _CHUNK)
        is_packed = compression_of(first) != ""
        for part in decompressed(first, more) if is_packed else chain([first], iter(more, b"")):
            if not self._beginning and not encoding_of(part) and is_binary(part):
                raise StoreError(_binary(name))
            self._keep(part)

    def _keep(self, chunk: bytes) -> None:
        if len(self._beginning) < MOST_BYTES:
            self._beginning += chunk[: MOST_BYTES - len(self._beginning)]
        self._end += chunk
        if len(self._end) > 2 * _KEPT:
            dropped = len(self._end) - _KEPT
            self._lines_before += self._end.count(b"\n", 0, dropped)
            self._end_begins += dropped
            del self._end[:dropped]

    @property
    def size(self) -> int:
        """Bytes of the stream."""
        return self._end_begins + len(self._end)

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes from an offset; what was not kept in between is missing."""
        if offset < self._end_begins:
            return self._beginning[offset : offset + count]
        return bytes(self._end[offset - self._end_begins : offset - self._end_begins + count])

    def line_of(self, offset: int) -> int:
        """Return the number of the line at an offset, counted from 1."""
        if offset < self._end_begins:
            return self._beginning.count(b"\n", 0, offset) + 1
        return self._lines_before + self._end.count(b"\n", 0, offset - self._end_begins) + 1
