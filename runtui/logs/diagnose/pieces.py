"""The parts of a run's logs that tell why it failed: beginnings and ends, within a budget.

What was not read is said, so that nobody takes it for logs that say nothing.
"""

from __future__ import annotations

import codecs
import os
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from runtui.logs.diagnose.attempts import OPENING
from runtui.logs.diagnose.choice import TAIL, Siblings, groups_of, siblings_of, worth_a_look
from runtui.logs.diagnose.looking_back import look_back
from runtui.logs.read.log_files import COMPRESSED, LogFile, find_logs, is_error_log, log_path
from runtui.logs.read.rotated_logs import newer_parts
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

MOST_DECOMPRESSED = 64 * 1024 * 1024
"""Bytes of a compressed log that are decompressed to come to its end."""

TOGETHER = 600.0
"""Seconds: logs written so long before the newest one tell of an earlier attempt."""

_MOST_DIFFERING = 4  # logs of the ranks of one program
_MOST_COMPRESSED = 2  # logs
_MOST_SMALL_COMPRESSED = 16  # logs
_SMALL_COMPRESSED = 64 * 1024  # bytes, compressed
_SHORT = 16 * 1024  # bytes of a log that was rotated lately, so that the part before it is read, too
_BEGINNING = 8  # one part in so many of what is read of a log is its beginning
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 512  # bytes by which an encoding is recognised
_FEWEST_ZEROS = 0.3  # of the bytes that are the upper half of a unit, in Latin text
_USUAL = "\t\n\r\f\b\a\x1b\u3000"  # characters of texts that are not printable
_MOST_STRANGE = 0.05  # of the characters of a text
_LINE_BREAK = re.compile(rb"\r?\n|\r")
_UNIT = 2  # bytes of a unit of UTF-16


class Piece(NamedTuple):
    """A part of a log.

    Attributes:
        log: The log's path below the run, as the file system spells it.
        offset: Where the part begins, in bytes; it begins with a line.
        data: Its bytes.
        size: Bytes of the whole log.
        modified: When the log was last written, in seconds since the epoch.
        encoding: ``utf-16-le`` or ``utf-16-be``, or ``""`` for what is read as UTF-8.
        differs: Whether the log is that of a rank, and tells of other things than those of most others.
        parts: Where the parts begin in the data that stand in one piece in the log, and where in the log:
            of the end of a log without most of what repeats, of which `offset` and `size` are those of what
            is left.
        read: Bytes of the log that were read, where these are more than the data.
        opening: What the log begins with, where the piece is not its beginning.
        goes_on_in: The log that this one goes on in, for one that was rotated; else ``""``.
    """

    log: str
    offset: int
    data: bytes
    size: int
    modified: float
    encoding: str = ""
    differs: bool = False
    parts: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    read: int = 0
    opening: bytes = b""
    goes_on_in: str = ""

    @property
    def is_end(self) -> bool:
        """Whether the log ends with it."""
        return self.offset + len(self.data) >= self.size

    def place_of(self, offset: int) -> int:
        """Return where in the log something lies, given its offset as of the piece."""
        if self.parts is None:
            return offset
        begins, places = self.parts
        part = bisect_right(begins, offset) - 1
        return places[part] + offset - begins[part] if part >= 0 else offset


class ReadPieces(NamedTuple):
    """The parts of a run's logs that were read.

    Attributes:
        pieces: The parts.
        problems: What could not be read, in lines that are safe to show.
        unread: How many of the logs were read where there are too many for all of them, or ``""``.
        size: Bytes of all logs.
        logs: How many there are.
    """

    pieces: list[Piece]
    problems: tuple[str, ...]
    unread: str = ""
    size: int = 0
    logs: int = 0


def read_pieces(run_dir: str, *, may_have_job: bool = True) -> ReadPieces:
    """Return the beginnings and ends of a run's logs, at most `MOST_BYTES` of all together.

    The logs of ranks that differ from those of the others come first, then those written last, and of those
    written together the ones for errors. Compressed ones are read where there are no others.

    Args:
        run_dir: The run.
        may_have_job: As for `find_logs`.
    """
    found = find_logs(run_dir, may_have_job=may_have_job)
    problems = list(found.problems)
    # To come to the end of a compressed one takes as long as whoever made it wants.
    newer = newer_parts(found.logs)
    all_logs = [log for log in found.logs if log.size and log.name not in newer]
    logs = [log for log in all_logs if not log.name.endswith(COMPRESSED)]
    if not logs:
        logs = _few_compressed(all_logs)
        problems += found.hidden
    groups = groups_of(logs)
    moments = _moments(logs, groups)
    newest = max((log.modified for log in logs), default=0.0)
    logs.sort(key=lambda log: (moments[log.name] < newest - TOGETHER, not is_error_log(log.name)))
    siblings = [
        siblings_of(group, {log.name: _tail_of(run_dir, log) for log in worth_a_look(group)})
        for group in groups
    ]
    differing, chosen = _chosen(logs, siblings)
    pieces: list[Piece] = []
    for log, share in _shares(differing, chosen):
        read, problem = read_end(run_dir, log.name, share)
        pieces += [
            piece._replace(modified=moments[log.name], differs=log.name in differing) for piece in read
        ]
        problems += [problem] if problem else []
    for older, name in newer.items():
        if name not in newer and any(log.name == name and log.size < _SHORT for log in chosen):
            read, _problem = read_end(run_dir, older, _SHORT)
            pieces += [piece._replace(goes_on_in=name) for piece in read if piece.is_end]
    unread = f"{len(chosen):,} of {len(logs):,} logs read" if len(chosen) < len(logs) else ""
    known = {piece.log for piece in pieces}
    size = size_of(pieces) + sum(log.size for log in logs if log.name not in known)
    return ReadPieces(pieces, tuple(problems), unread, size, len(logs))


def size_of(pieces: Sequence[Piece]) -> int:
    """Return how many bytes the logs have that parts were read of."""
    return sum({piece.log: piece.size for piece in pieces}.values())


def _few_compressed(logs: Sequence[LogFile]) -> list[LogFile]:
    """Return the compressed logs to read: of those of ranks first the ones of an unusual size."""
    unusual = [log for group in groups_of(logs) for log in siblings_of(group, {}).logs]
    ordered = [*unusual, *(log for log in logs if log not in unusual)]
    small = [log for log in ordered if log.size <= _SMALL_COMPRESSED]
    return small[:_MOST_SMALL_COMPRESSED] if len(small) == len(ordered) else ordered[:_MOST_COMPRESSED]


def _moments(logs: Sequence[LogFile], groups: Sequence[Sequence[LogFile]]) -> dict[str, float]:
    """Return when each log was last written; of ranks that mostly ended together the last one counts for all.

    The rank that failed first may have ended long before the others, which waited for it.
    """
    moments = {log.name: log.modified for log in logs}
    for group in groups:
        newest = max(log.modified for log in group)
        if 2 * sum(log.modified >= newest - TOGETHER for log in group) >= len(group):
            moments.update((log.name, newest) for log in group)
    return moments


def _tail_of(run_dir: str, log: LogFile) -> bytes:
    if log.name.endswith(COMPRESSED):
        return b""
    try:
        with open_regular(log_path(run_dir, log.name), follow_link=True) as file:
            return os.pread(file.descriptor, TAIL, max(0, file.status.st_size - TAIL))
    except OSError:
        return b""  # reading it says why


def _chosen(
    logs: Sequence[LogFile], siblings: Sequence[Siblings]
) -> tuple[dict[str, LogFile], Sequence[LogFile]]:
    """Return the logs that differ from their siblings, and all that are read: those, and the first others.

    After these come as many as can be read whole.
    """
    found = [log for group in siblings for log in group.logs[: min(group.differing, _MOST_DIFFERING)]]
    differing = {log.name: log for log in found}
    # Of ranks that say the same, two tell as much as all.
    last = {log.name for group in siblings for log in group.logs[group.differing + 2 :]}
    others = sorted((log for log in logs if log.name not in differing), key=lambda log: log.name in last)
    ordered = [*differing.values(), *others]
    left = MOST_BYTES - sum(log.size for log in ordered[:MOST_LOGS])
    count = min(MOST_LOGS, len(ordered))
    while count < min(MOST_SMALL_LOGS, len(ordered)) and (left := left - ordered[count].size) >= 0:
        count += 1
    return differing, ordered[:count]


def _shares(differing: Mapping[str, LogFile], logs: Sequence[LogFile]) -> list[tuple[LogFile, int]]:
    """Return how many bytes of each log to read: small ones whole, large ones what they leave, evenly.

    Those that differ from their siblings may take most of it.
    """
    shares = _even_shares([log for log in logs if log.name in differing], MOST_BYTES * 3 // 4)
    left = MOST_BYTES - sum(shares.values())
    shares |= _even_shares([log for log in logs if log.name not in differing], left)
    return [(log, shares[log.name]) for log in logs]


def _even_shares(logs: Sequence[LogFile], left: int) -> dict[str, int]:
    shares = {}
    for count, log in enumerate(sorted(logs, key=lambda log: log.size)):
        share = left // (len(logs) - count)
        shares[log.name] = share if log.name.endswith(COMPRESSED) else min(log.size, share)
        left -= shares[log.name]
    return shares


def read_end(run_dir: str, name: str, share: int) -> tuple[list[Piece], str]:
    """Return the end of a log and its beginning, and why it tells nothing, or ``""``.

    Args:
        run_dir: The run.
        name: The log's path below the run.
        share: Bytes that are read at most.
    """
    try:
        pieces = opened_again(partial(_read_ends, run_dir, name, share))
    except OSError as error:
        return [], f"{safe_text(name)} cannot be read: {explain(error, with_path=False)}"
    if any(not piece.encoding and is_binary(piece.data) for piece in pieces):
        return [], f"{safe_text(name)} is binary, so no reason is read from it"
    return pieces, ""


def _read_ends(run_dir: str, name: str, share: int) -> list[Piece]:
    with _opened(run_dir, name) as log:
        return ends_of(name, log.size, log.modified, share, log.read)


def looked_back(run_dir: str, piece: Piece) -> Piece:
    """Return the end of a log with what stood before it, where most of it only repeats.

    Args:
        run_dir: The run.
        piece: The end, as it was read; any other part of a log is returned as it is.
    """
    if not is_end_alone(piece):
        return piece
    try:
        with _opened(run_dir, piece.log) as log:
            return looked_back_by(piece, log.read)
    except OSError:
        return piece  # it could be read a moment ago


def looked_back_by(piece: Piece, read: Callable[[int, int], bytes]) -> Piece:
    """Return the end of a log with what stood before it; `read` reads from an offset a number of bytes."""
    if not is_end_alone(piece):
        return piece
    found = look_back(piece.offset + len(piece.data), piece.offset, read)
    return piece._replace(
        offset=0,
        data=found.data,
        size=len(found.data),
        parts=(tuple(found.begins), tuple(found.places)),
        read=found.read,
    )


def is_end_alone(piece: Piece) -> bool:
    """Return whether a piece is the end of a log, and more of the log stands before it."""
    return piece.is_end and piece.offset > 0 and not piece.encoding


class _OpenLog(NamedTuple):
    size: int  # bytes
    modified: float  # seconds since the epoch
    read: Callable[[int, int], bytes]


@contextmanager
def _opened(run_dir: str, name: str) -> Iterator[_OpenLog]:
    path = log_path(run_dir, name)
    if name.endswith(COMPRESSED):
        yield _decompressed(path)
        return
    with open_regular(path, follow_link=True) as file:
        size, modified = file.status.st_size, file.status.st_mtime
        yield _OpenLog(size, modified, lambda offset, count: os.pread(file.descriptor, count, offset))


def _decompressed(path: str) -> _OpenLog:
    from runtui.logs.read.compressed import read_to_end

    source, _notice = read_to_end(path, MOST_DECOMPRESSED)
    return _OpenLog(source.size, source.modified, source.read)


def ends_of(
    name: str, size: int, modified: float, share: int, read: Callable[[int, int], bytes]
) -> list[Piece]:
    """Return the end of a log and its beginning; the whole log where it is short.

    Args:
        name: The log's path below the run.
        size: Bytes of the log.
        modified: When it was last written, in seconds since the epoch.
        share: Bytes that are read at most.
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
    # The first line is most likely not whole.
    cut = _line_break(tail, encoding) if begin else 0
    end = Piece(name, begin + cut, tail[cut:], size, modified, encoding, opening=head[:OPENING])
    if end.offset <= len(head):
        return [end]
    return [end, Piece(name, 0, head[: len(head) - len(head) % _UNIT], size, modified, encoding)]


def encoding_of(beginning: bytes) -> str:
    """Return the encoding that a log's beginning shows, by its mark or, without one, by its words.

    Text in UTF-16 holds zero bytes, and reads as text in one byte order only: in the other one blanks and
    line breaks are no characters. Zeros are few where most letters are not Latin, but then it is no UTF-8.
    """
    marked = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if beginning.startswith(mark)), "")
    sample = beginning[:_SAMPLE]
    if marked or b"\0" not in sample:
        return marked
    if 2 * sample.count(0) < _FEWEST_ZEROS * len(sample) and _text_of(sample.replace(b"\0", b""), "utf-8"):
        return ""
    blanks = {
        encoding: len(text.split())
        for _mark, encoding in _BYTE_ORDER_MARKS
        if (text := _text_of(sample, encoding))
    }
    return max(blanks, key=lambda encoding: blanks[encoding], default="")


def _text_of(data: bytes, encoding: str) -> str:
    """Return the beginning of a text, of which the last character may be cut off; nothing if it is none."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return ""
    strange = sum(not char.isprintable() and char not in _USUAL for char in text)
    return text if strange <= _MOST_STRANGE * len(text) else ""


def _line_break(data: bytes, encoding: str) -> int:
    """Return where the second line begins; 0 where there is none. A carriage return ends one, too."""
    if not encoding:
        found = _LINE_BREAK.search(data)
        return found.end() if found is not None else 0
    newline = "\n".encode(encoding)
    place = data.find(newline)
    while place >= 0 and place % len(newline):
        place = data.find(newline, place + 1)
    return place + len(newline) if place >= 0 else 0
