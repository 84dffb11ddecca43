"""The end of a scheduler's job, by what its script and its programs wrote.

A script goes on after a program of it has failed, and its last words say nothing of that; and jobs that end
well write lines that look like errors: of modules, of libraries, of an epilogue.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runtui.layouts.evidence import QUIET_AFTER, LogEnd, tail_of
from runtui.store.failure import FailureKind
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_NOISE = re.compile(
    rb"^[^\n]*(?:failed to load (?:library|module)|syntax error near unexpected token"
    rb"|\bmodules?\b[^\n]{0,200}\b(?:conflict|cannot be loaded)|\bconflict[^\n]{0,200}\bmodules?\b"
    rb"|unable to locate a modulefile|floating.point exceptions are signalling)[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Lines of jobs that ended well, and yet look like errors."""

_NOISE_WORDS = (b"failed to load", b"syntax error", b"module", b"signalling")
"""Words of which each such line has one: most logs have none, which is quickly seen."""

_DONE = re.compile(
    rb"\b(?:normal termination|(?:finished|completed|ended|terminated|exited) (?:successfully|normally)"
    rb"|successfully (?:finished|completed|ended)|job done\.|total wall time:|finished mdrun"
    rb"|exit(?:ed)?(?: with)?(?: code| status)\s{0,2}[:=]?\s{0,2}0(?![.\d]))"
)
"""What programs write when they have ended well, in lower case."""

_DONE_WORDS = (b"termination", b"successfully", b"normally", b"job done", b"wall time", b"mdrun", b"exit")
"""Words of which each such line has one."""

_LAST_WORDS = 4 * 1024  # bytes at the end, in which a program's own remark is the last thing that it said
_BEGUN_ANEW = 1024  # bytes that a log goes on for after the end of a job that was begun anew
_REMARKS = frozenset({FailureKind.ERROR, FailureKind.MISSING})
_ENDS_OF_JOBS = frozenset({FailureKind.TIMEOUT, FailureKind.PREEMPTED, FailureKind.NODE})


class _Output(NamedTuple):
    """The end of an output file.

    Attributes:
        is_error: Whether it holds what was written to the standard error alone.
        text: Its last bytes, without lines that are only noise.
        size: Bytes of the file.
        modified: When it was last written, in seconds since the epoch.
        has_failed: Whether it tells of a failure.
        is_done: Whether it tells that a program ended well.
    """

    is_error: bool
    text: bytes
    size: int
    modified: float
    has_failed: bool
    is_done: bool


def job_end(run_dir: str, names: Iterable[str], errors: Sequence[str] = (), last_sign: float = 0.0) -> LogEnd:
    """Return how a job ended. Reads at most `TAIL` bytes of each file.

    Args:
        run_dir: The directory.
        names: The files with the job's output.
        errors: Those with its errors alone: a job that ends well leaves them empty.
        last_sign: When the job last wrote any other file, in seconds since the epoch.

    Raises:
        OSError: None of the files can be read.
    """
    found: list[_Output] = []
    problem: OSError | None = None
    for name in (*names, *errors):
        try:
            found.append(_read(os.path.join(run_dir, name), is_error=name in errors))
        except OSError as error:
            problem = error
    if not found:
        raise problem or FileNotFoundError(run_dir)
    # An empty file for errors has the time at which the job began.
    written = [output.modified for output in found if output.size] or [output.modified for output in found]
    ended = max(written)
    if any(output.has_failed for output in found):
        return LogEnd(RunStatus.FAILED.value, ended)
    if any(output.is_done for output in found):
        return LogEnd(RunStatus.COMPLETED.value, ended)
    if time.time() - max(ended, last_sign) < QUIET_AFTER:
        return LogEnd(RunStatus.RUNNING.value)
    for_errors = [output for output in found if output.is_error]
    if for_errors and not any(output.text for output in for_errors):
        return LogEnd(RunStatus.COMPLETED.value, max(ended, last_sign))
    return LogEnd(UNKNOWN_STATUS, ended)


def _last_success(lower: bytes) -> int:
    """Return where the last words of an end that went well end in a text in lower case; -1 where none do."""
    last = -1
    for word in _DONE_WORDS:
        place = lower.find(word)
        while place >= 0:
            begin, end = lower.rfind(b"\n", 0, place) + 1, lower.find(b"\n", place)
            end = len(lower) if end < 0 else end
            for match in _DONE.finditer(lower, begin, end):
                last = max(last, match.end())
            place = lower.find(word, end)
    return last


def _read(path: str, *, is_error: bool) -> _Output:
    # The rules are many, and few runs need them.
    from runtui.logs.diagnose.findings import MAY_BE_SURVIVED, findings
    from runtui.logs.diagnose.pieces import Piece

    tail, begin, size, modified = tail_of(path)
    if begin:
        tail = tail[tail.find(b"\n") + 1 :]
    lower, text = tail.lower(), tail
    if any(word in lower for word in _NOISE_WORDS):
        text = _NOISE.sub(lambda found: b" " * len(found[0]), tail)
        lower = text.lower()
    done = _last_success(lower)
    failed = False
    for line in findings(Piece(os.path.basename(path), 0, text, len(text), modified)):
        if line.nearness in MAY_BE_SURVIVED:
            continue
        after = len(text) - line.offset
        if line.kind in _REMARKS:
            failed |= line.offset > done and after <= _LAST_WORDS
        else:
            failed |= line.kind not in _ENDS_OF_JOBS or after <= _BEGUN_ANEW
    return _Output(is_error, text.strip(), size, modified, failed, done >= 0)
