"""The parts of a run's logs that tell why it failed: beginnings and ends, within a budget.

What was not read is said, so that nobody takes it for logs that say nothing.
"""

from __future__ import annotations

import codecs
import errno
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from runtui.logs.diagnose.dumps import end_without_dump
from runtui.logs.read.log_files import COMPRESSED, LogFile, find_logs, is_error_log, log_path
from runtui.logs.read.text import is_binary
from runtui.store.errors import explain
from runtui.store.estale import opened_again
from runtui.store.regular_file import open_regular
from runtui.text.sanitize import safe_text

MOST_BYTES = 64 * 1024
"""Bytes of a run's logs that are read, of all of them together."""

MOST_LOGS = 6
"""Logs of a run that are read, of whatever size."""

MOST_SMALL_LOGS = 256
"""Logs of a run that are read where all of them together are small, such as those of its ranks."""

TOGETHER = 600.0
"""Seconds: logs written so long before the newest one tell of an earlier attempt."""

_MOST_COMPRESSED = 2  # logs
_MOST_DECOMPRESSED = 64 * 1024 * 1024  # bytes
_BEGINNING = 8  # one part in so many of what is read of a log is its beginning
_MOST_OF_DUMP = 1024 * 1024  # bytes of a dump at the end of a log that are skipped
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 512  # bytes by which an encoding is recognised
_FEWEST_ZEROS = 0.3  # of the bytes that are the upper half of a unit
_MOST_ZEROS = 0.05  # of those that are the lower half
_UNIT = 2  # bytes of a unit of UTF-16


class Piece(NamedTuple):
    """A part of a log.

    Attributes:
        log: The log's path below the run, as the file system spells it.
        offset: Where the part begins, in bytes; it begins with a line.
        data: Its bytes.
        size: Bytes of the whole log, without a dump at its end that was skipped.
        modified: When the log was last written, in seconds since the epoch.
        encoding: ``utf-16-le`` or ``utf-16-be``, or ``""`` for what is read as UTF-8.
    """

    log: str
    offset: int
    data: bytes
    size: int
    modified: float
    encoding: str = ""

    @property
    def is_end(self) -> bool:
        """Whether the log ends with it."""
        return self.offset + len(self.data) >= self.size


class ReadPieces(NamedTuple):
    """The parts of a run's logs that were read.

    Attributes:
        pieces: The parts.
        problems: What could not be read, in lines that are safe to show.
        unread: How many of the logs were read where there are too many for all of them, or ``""``.
    """

    pieces: list[Piece]
    problems: tuple[str, ...]
    unread: str = ""


def read_pieces(run_dir: str, *, may_have_job: bool = True) -> ReadPieces:
    """Return the beginnings and ends of a run's logs, at most `MOST_BYTES` of all together.

    The logs written last come first, and of those written together the ones for errors. Compressed ones are
    read where there are no others.

    Args:
        run_dir: The run.
        may_have_job: As for `find_logs`.
    """
    found = find_logs(run_dir, may_have_job=may_have_job)
    problems = list(found.problems)
    # To come to the end of a compressed one takes as long as whoever made it wants.
    logs = [log for log in found.logs if log.size and not log.name.endswith(COMPRESSED)]
    if not logs:
        logs = [log for log in found.logs if log.size][:_MOST_COMPRESSED]
        problems += found.hidden
    newest = max((log.modified for log in logs), default=0.0)
    logs.sort(key=lambda log: (log.modified < newest - TOGETHER, not is_error_log(log.name)))
    chosen = _chosen(logs)
    pieces: list[Piece] = []
    for log, share in _shares(chosen):
        read, problem = read_end(run_dir, log.name, share)
        pieces += read
        problems += [problem] if problem else []
    unread = f"{len(chosen):,} of {len(logs):,} logs read" if len(chosen) < len(logs) else ""
    return ReadPieces(pieces, tuple(problems), unread)


def _chosen(logs: Sequence[LogFile]) -> Sequence[LogFile]:
    """Return the first logs, and of those after them as many as can be read whole."""
    left = MOST_BYTES - sum(log.size for log in logs[:MOST_LOGS])
    count = min(MOST_LOGS, len(logs))
    while count < min(MOST_SMALL_LOGS, len(logs)) and (left := left - logs[count].size) >= 0:
        count += 1
    return logs[:count]


def _shares(logs: Sequence[LogFile]) -> list[tuple[LogFile, int]]:
    """Return how many bytes of each log to read: small ones whole, large ones what they leave, evenly."""
    left = MOST_BYTES
    shares = {}
    for count, log in enumerate(sorted(logs, key=lambda log: log.size)):
        share = left // (len(logs) - count)
        shares[log.name] = share if log.name.endswith(COMPRESSED) else min(log.size, share)
        left -= shares[log.name]
    return [(log, shares[log.name]) for log in logs]


def read_end(run_dir: str, name: str, share: int) -> tuple[list[Piece], str]:
    """Return the end of a log and its beginning, and why it tells nothing, or ``""``.

    Args:
        run_dir: The run.
        name: The log's path below the run.
        share: Bytes that are read at most.
    """
    read = _read_decompressed_ends if name.endswith(COMPRESSED) else _read_ends
    try:
        pieces = opened_again(partial(read, run_dir, name, share))
    except OSError as error:
        return [], f"{safe_text(name)} cannot be read: {explain(error, with_path=False)}"
    if any(not piece.encoding and is_binary(piece.data) for piece in pieces):
        return [], f"{safe_text(name)} is binary, so no reason is read from it"
    return pieces, ""


def _read_ends(run_dir: str, name: str, share: int) -> list[Piece]:
    with open_regular(log_path(run_dir, name), follow_link=True) as file:
        size, modified = file.status.st_size, file.status.st_mtime
        return ends_of(
            name, size, modified, share, lambda offset, count: os.pread(file.descriptor, count, offset)
        )


def _read_decompressed_ends(run_dir: str, name: str, share: int) -> list[Piece]:
    from runtui.logs.read.compressed import open_source

    source = open_source(log_path(run_dir, name))
    look = source.look()
    while look.progress < 1 and source.size < _MOST_DECOMPRESSED:
        look = source.look()
    if look.progress < 1:
        raise OSError(errno.EFBIG, "it is compressed, and too long to be read to its end", name)
    return ends_of(name, source.size, look.modified, share, source.read)


def ends_of(
    name: str, size: int, modified: float, share: int, read: Callable[[int, int], bytes]
) -> list[Piece]:
    """Return the end of a log and its beginning; the whole log where it is short.

    Args:
        name: The log's path below the run.
        size: Bytes of the log.
        modified: When it was last written, in seconds since the epoch.
        share: Bytes that are read at most, besides a dump at its end.
        read: Reads from an offset a number of bytes.
    """
    if size <= share:
        data = read(0, share)
        return [Piece(name, 0, data, size, modified, encoding_of(data))]
    head = read(0, share // _BEGINNING)
    encoding = encoding_of(head)
    begin = size - (share - len(head))
    begin -= begin % _UNIT if encoding else 0
    tail = read(begin, size - begin)
    if not encoding:
        begin, tail = _further_back(read, begin, tail)
    # The first line is most likely not whole.
    cut = _line_break(tail, encoding) if begin else 0
    end = Piece(name, begin + cut, tail[cut:], begin + len(tail), modified, encoding)
    if end.offset <= len(head):
        return [end]
    return [end, Piece(name, 0, head[: len(head) - len(head) % _UNIT], size, modified, encoding)]


def _further_back(read: Callable[[int, int], bytes], begin: int, tail: bytes) -> tuple[int, bytes]:
    """Return a part of a log that ends before a dump of stacks or the memory, with the dump's beginning.

    Args:
        read: Reads from an offset of the log a number of bytes.
        begin: Where its last part begins, in bytes.
        tail: That part.
    """
    share = len(tail)
    for _look in range(_MOST_OF_DUMP // max(share, 1)):
        words = end_without_dump(tail)
        if words == share or begin == 0:
            break
        begin = max(0, begin + words - share)
        tail = read(begin, share)
        if words:
            break
    return begin, tail


def encoding_of(beginning: bytes) -> str:
    """Return the encoding that a log's beginning shows, by its mark or, without one, by its zero bytes.

    In UTF-16, many bytes at even or odd places are zero, and in nothing else that is text.
    """
    marked = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if beginning.startswith(mark)), "")
    if marked or b"\0" not in beginning[:_SAMPLE]:
        return marked
    halves = (beginning[1:_SAMPLE:_UNIT], beginning[:_SAMPLE:_UNIT])
    shares = [half.count(0) / max(len(half), 1) for half in halves]
    if max(shares) < _FEWEST_ZEROS or min(shares) > _MOST_ZEROS:
        return ""
    return "utf-16-le" if shares[0] > shares[1] else "utf-16-be"


def _line_break(data: bytes, encoding: str) -> int:
    """Return where the second line begins; 0 where there is none."""
    newline = "\n".encode(encoding or "utf-8")
    place = data.find(newline)
    while place >= 0 and place % len(newline):
        place = data.find(newline, place + 1)
    return place + len(newline) if place >= 0 else 0
