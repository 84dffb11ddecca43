"""The parts of a run's logs that tell why it failed: beginnings and ends, within a budget.

What was not read is said, so that nobody takes it for logs that say nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

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

_BEGINNING = 8  # one part in so many of what is read of a log is its beginning


class Piece(NamedTuple):
    """A part of a log.

    Attributes:
        log: The log's path below the run, as the file system spells it.
        offset: Where the part begins, in bytes; it begins with a line.
        data: Its bytes.
        size: Bytes of the whole log.
        modified: When the log was last written, in seconds since the epoch.
    """

    log: str
    offset: int
    data: bytes
    size: int
    modified: float


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
    left out.

    Args:
        run_dir: The run.
        may_have_job: As for `find_logs`.
    """
    found = find_logs(run_dir, may_have_job=may_have_job)
    problems = list(found.problems)
    # To come to the end of a compressed one takes as long as whoever made it wants.
    logs = [log for log in found.logs if log.size and not log.name.endswith(COMPRESSED)]
    if not logs:
        packed = [log for log in found.logs if log.size]
        problems += [f"{safe_text(log.name)} is compressed and was not read" for log in packed[:1]]
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
        shares[log.name] = min(log.size, left // (len(logs) - count))
        left -= shares[log.name]
    return [(log, shares[log.name]) for log in logs]


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
    if any(is_binary(piece.data) for piece in pieces):
        return [], f"{safe_text(name)} is binary, so no reason is read from it"
    return pieces, ""


def _read_ends(run_dir: str, name: str, share: int) -> list[Piece]:
    with open_regular(log_path(run_dir, name), follow_link=True) as file:
        size, modified = file.status.st_size, file.status.st_mtime
        if size <= share:
            return [Piece(name, 0, os.pread(file.descriptor, share, 0), size, modified)]
        head = os.pread(file.descriptor, share // _BEGINNING, 0)
        begin = size - (share - len(head))
        tail = os.pread(file.descriptor, share - len(head), begin)
    cut = tail.find(b"\n") + 1  # the first line is most likely not whole
    return [
        Piece(name, begin + cut, tail[cut:], size, modified),
        Piece(name, 0, head, size, modified),
    ]
