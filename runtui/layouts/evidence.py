"""Evidence in the files of another program's run, where no record tells how it ended and when it ran."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.closing_words import has_closed
from runtui.layouts.last_words import SETTLED_AFTER, last_words
from runtui.layouts.packed_log import is_packed, packed_ends
from runtui.logs.read.timestamps import time_of
from runtui.store.errors import MetadataError
from runtui.store.failure import FailureKind
from runtui.store.json_object import parse_object
from runtui.store.regular_file import open_regular, read_file
from runtui.store.status import UNKNOWN_STATUS, RunStatus
from runtui.text.lazy_pattern import LazyPattern

LARGEST_FILE = 1024 * 1024
"""Bytes of a record or a configuration that are read."""

TAIL = 16 * 1024
"""Bytes at the end of a log that are looked at for how the run ended."""

QUIET_AFTER = 600.0
"""Seconds without output after which a log is no sign of life; as for runs with a record."""

CUT_OFF_AFTER = 86400.0
"""Seconds after which a log without the last line of all logs of its program is one that was cut off."""

AT_ONCE = 2.0
"""Seconds: files written so close to each other are of one moment."""

_ASKED_AGAIN_AFTER = 2.0  # seconds
_LAST_LINES = 4096  # bytes at the end of a log that are searched for a time
_ANY_ZONE = 30 * 3600.0  # seconds: a clock of another zone, and the silence of a run that is live
_MOST_STATS = 64  # files of a run whose times are looked at


class LogEnd(NamedTuple):
    """A run's end, as the end of its log tells it.

    Attributes:
        status: The status.
        ended: When the log was last written, in seconds since the epoch; None while the run may be live.
        reason: Why it failed, if the log is only cut off; or ``""``.
    """

    status: str
    ended: float | None = None
    reason: str = ""


def log_end(
    path: str,
    done: re.Pattern[bytes] | LazyPattern[bytes] | None = None,
    failed: re.Pattern[bytes] | LazyPattern[bytes] | None = None,
    *,
    end_mark: str = "",
    if_quiet: str = UNKNOWN_STATUS,
) -> LogEnd:
    """Return how a run ended, by the end of its log. Reads at most `TAIL` bytes.

    Args:
        path: The log.
        done: What the program writes at the end of a run that went well.
        failed: What it writes when it fails, besides what is a failure in any log.
        end_mark: What every log of the program ends with, for the reason of one that is cut off; ``""`` for a
            program of which that cannot be said.
        if_quiet: The status of a run whose log has ended and says nothing.

    Raises:
        OSError: The log cannot be read.
    """
    tail, begin, size, modified = tail_of(path)
    is_free = done is None and failed is None
    if is_free:
        said = last_words(os.path.basename(path), tail, modified, TAIL)
        if said.has_failed or said.is_done:
            status = RunStatus.FAILED if said.has_failed else RunStatus.COMPLETED
            reason = reason_if_compressed(path, tail, modified) if said.has_failed else ""
            return LogEnd(status.value, modified, reason)
    well = max((match.end() for match in done.finditer(tail)), default=0) if done else 0
    badly = max((match.end() for match in failed.finditer(tail)), default=0) if failed else 0
    if well > badly:
        return LogEnd(RunStatus.COMPLETED.value, modified)
    if badly or (not well and not is_free and _tells_of_failure(path, begin, tail, size, modified)):
        return LogEnd(RunStatus.FAILED.value, modified)
    silence = time.time() - modified
    if not (is_free or failed or end_mark) and silence > SETTLED_AFTER and has_closed(tail):
        return LogEnd(RunStatus.COMPLETED.value, modified)
    is_old = silence >= QUIET_AFTER or is_copied(tail, modified) or is_silent_since_made(path, modified)
    if not is_old:
        return LogEnd(RunStatus.RUNNING.value)
    if not end_mark:
        return LogEnd(if_quiet, modified)
    if silence < CUT_OFF_AFTER:
        return LogEnd(RunStatus.RUNNING.value)
    return LogEnd(RunStatus.FAILED.value, modified, f"the log ends without “{end_mark}”")


def is_silent_since_made(path: str, modified: float) -> bool:
    """Return whether a log was written only in the one moment in which all files beside it were.

    Git and cp make a directory so, long after the run. Of a program that did the same nothing is known since.

    Args:
        path: The log.
        modified: When it was written, in seconds since the epoch.
    """
    now = time.time()
    return now - modified > SETTLED_AFTER and _was_made_at_once(
        os.path.dirname(path), now // _ASKED_AGAIN_AFTER
    )


@lru_cache(maxsize=16)  # of a directory of logs each asks
def _was_made_at_once(folder: str, _period: float) -> bool:
    """Return whether a directory has several files, the first of which were last written in one moment."""
    times = []
    try:
        with os.scandir(folder or ".") as listing:
            for entry in islice(listing, _MOST_STATS):
                if entry.is_file():
                    times.append(entry.stat().st_mtime)
    except OSError:
        return False
    return len(times) > 1 and max(times) - min(times) <= AT_ONCE


def is_copied(tail: bytes, modified: float) -> bool:
    """Return whether a log is a copy, whose own time is that of the copying: its last line is days older.

    Args:
        tail: Its last bytes.
        modified: When the file was written, in seconds since the epoch.
    """
    lines = tail[-_LAST_LINES:].decode("utf-8", "replace").splitlines()
    stamps = (time_of(line, modified) for line in reversed(lines))
    stamp = next((stamp for stamp in stamps if stamp is not None), modified)
    return modified - stamp > _ANY_ZONE


def _tells_of_failure(path: str, begin: int, tail: bytes, size: int, modified: float) -> bool:
    # The rules are many, and few runs need them.
    from runtui.logs.diagnose.findings import MAY_BE_SURVIVED, findings
    from runtui.logs.diagnose.harmless import tells_nothing
    from runtui.logs.diagnose.pieces import Piece

    piece = Piece(os.path.basename(path), begin, tail, size, modified)
    return not tells_nothing(tail) and any(
        finding.nearness not in MAY_BE_SURVIVED and not finding.is_survived for finding in findings(piece)
    )


def reason_in(run_dir: str, log: str) -> str:
    """Return why a run failed, by one of its logs; ``""`` where that does not say it."""
    from runtui.logs.diagnose.digest import read_log_digest  # its rules are many, and few runs need them

    found = read_log_digest(run_dir, log, "")
    return "" if found.kind is FailureKind.UNKNOWN else found.line


def derived(end: LogEnd, source: str) -> dict[str, Any]:
    """Return the metadata of a run whose end was derived from a file.

    Args:
        end: How the run ended.
        source: The file, for the user.
    """
    found: dict[str, Any] = {"status": end.status, DERIVED_KEY: source}
    if end.ended is not None and end.status != UNKNOWN_STATUS:
        found["completed_at"] = iso_time(end.ended)
    if end.reason:
        found["reason"] = end.reason
    return found


def first_written(run_dir: str, names: Iterable[str]) -> float | None:
    """Return when the first of some files of a run was last written, in seconds since the epoch."""
    return min(_times_written(run_dir, names), default=None)


def last_written(run_dir: str, names: Iterable[str]) -> float | None:
    """Return when the last of some files of a run was written, in seconds since the epoch."""
    return max(_times_written(run_dir, names), default=None)


def _times_written(run_dir: str, names: Iterable[str]) -> list[float]:
    times = []
    for name in sorted(names)[:_MOST_STATS]:
        try:
            found = os.stat(os.path.join(run_dir, name))
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            times.append(found.st_mtime)
    return times


def times_written(entries: Entries, names: Iterable[str]) -> list[float]:
    """Return when some files of a run were last written, in seconds since the epoch, of many the first ones.

    The files are looked at once, whoever asks.

    Args:
        entries: The names in the run's directory.
        names: The files.
    """
    found = map(entries.status_of, sorted(names)[:_MOST_STATS])
    return [status.st_mtime for status in found if status is not None and stat.S_ISREG(status.st_mode)]


def begun_with(entries: Entries, names: Iterable[str]) -> dict[str, Any]:
    """Return the metadata of a run that began when the first of some of its files was last written.

    Args:
        entries: The names in the run's directory.
        names: The files; without any of them nothing is known.
    """
    times = times_written(entries, names)
    return dict.fromkeys(("created_at", "started_at"), iso_time(min(times))) if times else {}


def iso_time(seconds: float) -> str | None:
    """Return a time as metadata has it; None for one that no clock shows."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


class Tail(NamedTuple):
    """The end of a file.

    Attributes:
        data: Its bytes.
        begin: Where it begins, in bytes.
        size: Bytes of the whole file.
        modified: When the file was last written, in seconds since the epoch.
    """

    data: bytes
    begin: int
    size: int
    modified: float


def tail_of(path: str, most: int = TAIL) -> Tail:
    """Return the end of a file; of a compressed one as it was before.

    Raises:
        OSError: It cannot be read.
    """
    if is_packed(path):
        ends = packed_ends(path)
        tail = ends.tail[-most:]
        return Tail(tail, ends.size - len(tail), ends.size, ends.modified)
    with open_regular(path, follow_link=True) as file:
        size, modified = file.status.st_size, file.status.st_mtime
        begin = max(0, size - most)
        return Tail(os.pread(file.descriptor, most, begin), begin, size, modified)


def reason_if_compressed(path: str, tail: bytes, modified: float) -> str:
    """Return why a run failed by the end of a compressed log, which nobody else reads; ``""`` for others."""
    if not is_packed(path):
        return ""
    from runtui.logs.diagnose.digest import Facts, digest_of
    from runtui.logs.diagnose.pieces import Piece

    found = digest_of(Facts(), [Piece(os.path.basename(path), 0, tail, len(tail), modified)])
    return "" if found.kind is FailureKind.UNKNOWN else found.line


def head_of(path: str, most: int) -> tuple[bytes, float]:
    """Return the beginning of a file, and when it was last written, in seconds since the epoch.

    Raises:
        OSError: It cannot be read.
    """
    if is_packed(path):
        ends = packed_ends(path)
        return ends.head[:most], ends.modified
    with open_regular(path, follow_link=True) as file:
        return os.pread(file.descriptor, most, 0), file.status.st_mtime


def read_tail(path: str, most: int = TAIL) -> bytes:
    """Return the last bytes of a file; none where it cannot be read."""
    try:
        return tail_of(path, most).data
    except (OSError, ValueError):
        return b""


def read_text(run_dir: str, name: str, most: int = LARGEST_FILE) -> str | None:
    """Return the text of a file of a run; None where there is none that can be read."""
    try:
        data, _stamp = read_file(os.path.join(run_dir, name), most)
    except (OSError, MetadataError):
        return None
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def read_json(run_dir: str, name: str, most: int = LARGEST_FILE) -> dict[str, Any]:
    """Return the JSON object in a file of a run; an empty one where there is none that can be read."""
    try:
        data, stamp = read_file(os.path.join(run_dir, name), most)
        return parse_object(data, stamp, name, exact=False)
    except (OSError, MetadataError):
        return {}
