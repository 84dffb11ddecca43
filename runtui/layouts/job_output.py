"""The end of a scheduler's job, by what its script and its programs wrote.

A script goes on after a program of it has failed, and its last words say nothing of that; and jobs that end
well write lines that look like errors: of modules, of libraries, of an epilogue.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from runtui.layouts.evidence import (
    QUIET_AFTER,
    LogEnd,
    is_copied,
    is_silent_since_made,
    reason_if_compressed,
    tail_of,
)
from runtui.layouts.last_words import LastWords, last_words
from runtui.logs.read.log_files import COMPRESSED
from runtui.store.status import UNKNOWN_STATUS, RunStatus


class _Output(NamedTuple):
    """The end of an output file.

    Attributes:
        is_error: Whether it holds what was written to the standard error alone.
        says: What its end tells.
        size: Bytes of the file.
        modified: When it was last written, in seconds since the epoch.
        reason: Why the job failed, of a compressed file; else ``""``.
        tail: Its last bytes.
    """

    is_error: bool
    says: LastWords
    size: int
    modified: float
    reason: str
    tail: bytes

    @property
    def is_copy(self) -> bool:
        """Whether it was written long before its own time."""
        return is_copied(self.tail, self.modified)


def job_end(run_dir: str, names: Sequence[str], errors: Sequence[str] = (), last_sign: float = 0.0) -> LogEnd:
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
    if not found and any(name.endswith(COMPRESSED) for name in (*names, *errors)):
        return LogEnd(UNKNOWN_STATUS)
    if not found:
        raise problem or FileNotFoundError(run_dir)
    # An empty file for errors has the time at which the job began.
    written = [output.modified for output in found if output.size] or [output.modified for output in found]
    ended = max(written)
    failed = [output for output in found if output.says.has_failed]
    if failed:
        return LogEnd(RunStatus.FAILED.value, ended, failed[0].reason)
    if any(output.says.is_done for output in found):
        return LogEnd(RunStatus.COMPLETED.value, ended)
    newest = max(ended, last_sign)
    if time.time() - newest < QUIET_AFTER and not any(output.is_copy for output in found):
        # No errors so far are no good end, either.
        is_old = is_silent_since_made(os.path.join(run_dir, (*names, *errors)[0]), newest)
        return LogEnd(UNKNOWN_STATUS if is_old else RunStatus.RUNNING.value)
    for_errors = [output for output in found if output.is_error]
    if for_errors and not any(output.says.has_said for output in for_errors):
        return LogEnd(RunStatus.COMPLETED.value, newest)
    return LogEnd(UNKNOWN_STATUS, ended)


def _read(path: str, *, is_error: bool) -> _Output:
    tail, begin, size, modified = tail_of(path)
    if begin:
        tail = tail[tail.find(b"\n") + 1 :]
    says = last_words(os.path.basename(path), tail, modified)
    reason = reason_if_compressed(path, tail, modified) if says.has_failed else ""
    return _Output(is_error, says, size, modified, reason, tail)
