"""The last words of a program, of which nothing is known but what it wrote.

A script goes on after a program of it has failed, and its last words say nothing of that: "jobs done" is no
sign that a job went well, "training finished" is one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from typing import NamedTuple

from runtui.layouts.closing_words import has_closed
from runtui.logs.diagnose.ended_well import DONE
from runtui.logs.diagnose.noise import NOISE_WORDS, without_survived
from runtui.logs.diagnose.words import LineIndex
from runtui.store.failure import FailureKind

SETTLED_AFTER = 60.0
"""Seconds of silence after which words that may close a part of the work close all of it."""

LAST_WORDS = 4 * 1024
"""Bytes at the end, in which a program's own remark is the last thing that it said."""

_SCRIPT_ENDED = re.compile(
    rb"^\+ exit 0\s*\Z"  # of a shell that shows its commands
    rb"|^real\s+\d+m[\d.,]+s\s+user\s+\d+m[\d.,]+s\s+sys\s+\d+m[\d.,]+s\s*\Z"  # that measured its program
    rb"|^[\d.]+user [\d.]+system [\d:.]+elapsed [^\n]*\n[^\n]* \d+swaps\s*\Z"  # GNU time does the same
    rb"|^state: completed\b"  # what seff and sacct tell of a job
    rb"|^\d+(?:[._]\w+)?[ |][^\n]{0,200}[ |]completed[ |]*$",
    re.MULTILINE | re.IGNORECASE,
)
"""What shells and schedulers write behind a program that ran to its end; what it complained of counts."""

_WORK = (
    rb"training|simulations?|calculations?|computations?|runs?|optimi[sz]ations?|minimi[sz]ations?|evaluations?"
    rb"|analys[ie]s|experiments?|programs?|integrations?|iterations?|inference|fitting|sampling|processing"
    rb"|execution|solver|benchmarks?|sweeps?"
)
_FINISHED = re.compile(
    rb"^(?!.*\b(?:not|never|un\w+|error|fail\w*|after)\b)"
    rb"(?:[=*#>]{0,40}[\w \t.,:/()|\[\]-]{0,120}\b(?:" + _WORK + rb")(?: \d{1,9}| \w{1,20})? {1,4}"
    rb"(?:is |are |was |has |have )?(?:now )?(?:finished|completed?|done|ended)\b"
    rb"(?!\s{0,3}:?\s{0,3}\d{1,3}\s?%)"
    rb"|\W{0,8}(?:finished|completed|done(?: with)?|end of)(?: the| all)? (?:" + _WORK + rb")\b).{0,200}$",
    re.IGNORECASE | re.MULTILINE,
)
"""How they say the same of their work in a line of their own; only the last line with words counts."""

_DONE_WORDS = frozenset(
    (
        b"termination",
        b"successfully",
        b"normally",
        b"job done",
        b"wall time",
        b"mdrun",
        b"exit",
        b"landing",
        b"thank you",
        b"end of tests",
        b"run terminated",
    )
)
"""Words of which each line of the first kind has one."""

_FINISHED_WORDS = frozenset((b"finished", b"complete", b"done", b"ended", b"end of"))
"""Words of which each line of the second kind has one."""

_NOISE = frozenset(NOISE_WORDS)
_SIGNS = LineIndex(_DONE_WORDS | _FINISHED_WORDS | _NOISE)

_LAST_LINES = 512  # bytes at the end in which a program says that its work is finished
_BEGUN_ANEW = 1024  # bytes that a log goes on for after the end of a job that was begun anew
_REMARKS = frozenset({FailureKind.ERROR, FailureKind.MISSING})
_ENDS_OF_JOBS = frozenset({FailureKind.TIMEOUT, FailureKind.PREEMPTED, FailureKind.NODE})


class LastWords(NamedTuple):
    """A verdict on a program, by the end of its log.

    Attributes:
        has_failed: Whether it tells of a failure.
        is_done: Whether it tells that a program ended well.
        has_said: Whether it tells anything but noise.
    """

    has_failed: bool
    is_done: bool
    has_said: bool


def last_words(log: str, tail: bytes, modified: float, remarks_within: int = LAST_WORDS) -> LastWords:
    """Return what the end of a log tells.

    Args:
        log: Its name.
        tail: Its last bytes, from the beginning of a line.
        modified: When it was last written, in seconds since the epoch.
        remarks_within: Bytes at the end in which a line that only calls itself an error is a failure.
    """
    # The rules are many, and few runs need them.
    from runtui.logs.diagnose.findings import MAY_BE_SURVIVED, findings
    from runtui.logs.diagnose.harmless import tells_nothing
    from runtui.logs.diagnose.pieces import Piece

    signs = {text for texts in _SIGNS.lines_in(tail).values() for text in texts}
    text = tail if _NOISE.isdisjoint(signs) else without_survived(tail)
    done = _last_done(text, signs)
    failed = complained = False
    piece = Piece(log, 0, text, len(text), modified)
    for line in () if tells_nothing(text) else findings(piece):
        if line.nearness in MAY_BE_SURVIVED or line.is_survived:
            continue
        complained = True
        after = len(text) - line.offset
        if line.kind in _REMARKS or line.is_by_place:
            failed |= line.offset > done and after <= remarks_within
        else:
            failed |= line.kind not in _ENDS_OF_JOBS or after <= _BEGUN_ANEW
    has_ended = (
        done >= 0
        or _SCRIPT_ENDED.search(text, max(0, len(text) - _LAST_LINES)) is not None
        or (not complained and time.time() - modified > SETTLED_AFTER and has_closed(text))
    )
    return LastWords(failed, has_ended, text.strip() != b"")


def _last_done(text: bytes, signs: Collection[bytes]) -> int:
    """Return where the last remark of a program ends that it ended well; -1 where there is none.

    Args:
        text: The end of its log.
        signs: Those of `_SIGNS` that it may hold.
    """
    done = -1
    lowered = text.lower() if signs else b""
    for word in _DONE_WORDS.intersection(signs):
        place = lowered.find(word)
        while place >= 0:  # in lines with the word alone: that takes a tenth of the time
            line_begin, line_end = lowered.rfind(b"\n", 0, place) + 1, lowered.find(b"\n", place)
            line_end = len(lowered) if line_end < 0 else line_end
            done = max((done, *(match.end() for match in DONE.finditer(lowered, line_begin, line_end))))
            place = lowered.find(word, line_end)
    if _FINISHED_WORDS.isdisjoint(signs):
        return done
    end = len(text.rstrip())
    begin = text.rfind(b"\n", 0, max(0, end - _LAST_LINES)) + 1
    last = lowered[begin:end]
    if not any(word in last for word in _FINISHED_WORDS):
        return done
    return max(done, *(match.end() for match in _FINISHED.finditer(text, begin, end)), -1)
