"""Attempts of a job in one log: a scheduler that begins it anew, or a script, appends to what is there."""

from __future__ import annotations

import re
from itertools import islice

from runtui.logs.diagnose.levels import LogLevel, level_of

OPENING = 1024
"""Bytes of the beginning of a log by which another attempt is recognised."""

_FEWEST_OPENING_LINES = 2  # lines in a row that are like those that a log begins with; of a banner one
_MOST_OPENING_LINES = 6  # lines
_MOST_REPEATED = 10  # times that the first lines of a log recur; more often they are regular output
_MOST_LOOKS = 200  # lines with a word of the first one
_FEWEST_LINES_AFTER = 8  # lines after the end of a job which tell that it was begun anew
_SHARE_OF_ERRORS = 0.3  # of those lines at most

_MARK = re.compile(
    rb"[^\n]{0,60}(?:\b(?:restarting|resuming|restarted|resumed|continuing) (?:(?:the )?(?:run|job|simulation"
    rb"|training) )?(?:from|at|with) [^\n]{0,60}"
    rb"(?:checkpoint|restart|step|epoch|iteration|state|time\b|\.\w{2,4}\b)"
    rb"|\breading (?:the )?(?:restart|checkpoint)\b|\bcontinuation run\b"
    rb"|\bjob \S{1,40} (?:was |has been )?(?:requeued|restarted)\b|\brequeued? (?:job|attempt)\b"
    rb"|\b(?:attempt|try|retry|restart)(?: (?:no\.?|number|count))?[ :=#]{1,3}(?:[2-9]|[1-9]\d)\b"
    rb"|\bSLURM_RESTART_COUNT ?[=:] ?[1-9]|\btrying to restart job\b)[^\n]*",
    re.IGNORECASE,
)
"""What scripts and programs say at the beginning of another attempt."""

_MARK_WORDS = (b"restart", b"resum", b"continu", b"requeue", b"attempt ", b"try ", b"reading checkpoint")
_MOST_MARKS = 200  # lines with such a word that are looked at
_FAILED = re.compile(
    rb"fail|error|exit|abort|giv(?:e|ing) up|exceeded|\b(?:in|can|could|should) be\b", re.IGNORECASE
)
"""What a line says that only tells of an attempt that failed."""

_WORD = re.compile(rb"[A-Za-z_]{3,}")
_CHANGING = re.compile(
    rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b|[\d.:+-]+"
)
"""What the same line of another attempt has otherwise: numbers and dates."""

_BANNER = re.compile(
    rb"(?:[=#*_]{2,} ?\S[^\n]* ?[=#*_]{2,}|[^\n]{0,40}\b(?:jobs?|slurm\w*)\b[^\n]*)$", re.IGNORECASE
)
"""A line that a script only writes at its beginning."""

_ENDED = re.compile(
    rb"^[^\n]*CANCELLED AT [^\n]*DUE TO (?:NODE FAILURE|PREEMPTION|JOB REQUEUE)[^\n]*", re.MULTILINE
)
_ENDED_WORD = b"DUE TO "
_OF_SCHEDULER = (b"slurmstepd", b"srun:", b"sbatch:")


def last_attempt(data: bytes, opening: bytes = b"", start: int = 0) -> int:
    """Return where the last attempt begins in a part of a log; 0 where it tells of one.

    Args:
        data: The part, without marks.
        opening: What the log begins with, or nothing for a part that is the log's beginning itself.
        start: Where to look from; no attempt begins before it.
    """
    opening = opening or data[:OPENING]
    rest = data[start:]
    found = max(_after_end(rest), _after_mark(rest), _at_opening(rest, opening, is_whole=start == 0))
    return start + found if found else 0


def _after_end(data: bytes) -> int:
    """Return where a job goes on after its scheduler ended it, to begin it anew."""
    if _ENDED_WORD not in data:
        return 0
    for ended in reversed(list(_ENDED.finditer(data))):
        lines = [line for line in data[ended.end() :].split(b"\n") if line.strip()]
        lines = [line for line in lines if not line.startswith(_OF_SCHEDULER)]
        errors = sum(level_of(line.decode("utf-8", "replace")) is LogLevel.ERROR for line in lines[:100])
        if len(lines) >= _FEWEST_LINES_AFTER and errors <= _SHARE_OF_ERRORS * min(len(lines), 100):
            return ended.end()
    return 0


def _after_mark(data: bytes) -> int:
    lowered = data.lower()
    return max((_last_mark(data, lowered, word) for word in _MARK_WORDS), default=0)


def _last_mark(data: bytes, lowered: bytes, word: bytes) -> int:
    end = len(data)
    for _line in range(_MOST_MARKS):
        place = lowered.rfind(word, 0, end)
        if place < 0:
            break
        end = data.rfind(b"\n", 0, place) + 1
        mark = _MARK.match(data, end)
        if mark is not None and not _FAILED.search(mark[0]) and data[mark.end() :].strip():
            return end
    return 0


def _at_opening(data: bytes, opening: bytes, *, is_whole: bool) -> int:
    """Return where lines recur that are like those that the log begins with."""
    first = _lines_from(opening, 0, _MOST_OPENING_LINES)
    while first and not _WORD.search(first[0]):
        del first[0]  # a rule
    if not first or first[0] in first[1:]:
        return 0  # regular output
    fewest = 1 if _BANNER.match(first[0]) else _FEWEST_OPENING_LINES
    if len(first) < fewest:
        return 0
    word = max(_WORD.findall(first[0]), key=len, default=b"")
    found: list[int] = []
    end = len(data)
    for _look in range(_MOST_LOOKS):
        place = data.rfind(word, 0, end)
        if place < 0:
            break
        end = data.rfind(b"\n", 0, place) + 1
        if (end > 0 or not is_whole) and _lines_from(data, end, fewest) == first[:fewest]:
            found.append(end)
    return found[0] if 0 < len(found) <= _MOST_REPEATED else 0


def _lines_from(data: bytes, begin: int, count: int) -> list[bytes]:
    """Return lines without numbers and dates, from a place on, but no empty ones."""
    lines = data[begin : begin + OPENING].split(b"\n")[:-1]
    shapes = (shape for line in lines if (shape := _CHANGING.sub(b"", line).strip()))
    return list(islice(shapes, count))
