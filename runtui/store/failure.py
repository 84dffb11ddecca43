"""Failures as plain data: found by the logs package, carried by rows, kept by caches."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

USER_REASON = "user_reason"
"""Key of the metadata for the reason that a user typed for the status that they set."""


class FailureKind(StrEnum):
    """Kinds of failure."""

    OOM = "oom"  # no memory left: of the host, of a limit, of a graphics card
    TIMEOUT = "timeout"  # the scheduler's limit of time
    PREEMPTED = "preempted"
    REQUEUED = "requeued"  # the job was begun anew, in another run
    NODE = "node"  # the node, or the way to it, failed
    CANCELLED = "cancelled"  # by a person
    DISK = "disk"  # full, or over the quota
    LICENCE = "licence"
    MISSING = "missing"  # a file, module, library, program or permission
    NUMERICS = "numerics"  # nan, divergence, a solver that did not converge
    ASSERT = "assert"
    EXCEPTION = "exception"  # one that nothing caught, of whatever language
    SEGFAULT = "segfault"  # bad memory: SIGSEGV, SIGBUS, a damaged heap or stack
    CRASH = "crash"  # SIGABRT, SIGILL and the like, without a word why
    KILLED = "killed"  # from outside, and nobody says by whom
    MPI = "mpi"  # the ranks' communication, or a rank that ended all others
    ERROR = "error"  # the program's own message
    LOST = "lost"  # the run claims to run, and is known to be dead
    STALE = "stale"  # the run claims to run, and only looks dead
    UNKNOWN = "unknown"


class FailureSummary(NamedTuple):
    """Summary of a run's failure.

    Attributes:
        kind: What made it fail.
        line: The line that tells most, safe to show; of an unknown failure the last thing a log says.
        log: The log that it stands in, as a path below the run, or ``""``.
        offset: Where in the log that line begins, in bytes.
        told: What the log says there, where `line` was typed or recorded, or ``""``.
    """

    kind: FailureKind
    line: str
    log: str = ""
    offset: int = 0
    told: str = ""

    @property
    def text(self) -> str:
        """The kind and the line, as a table shows them; of an unknown failure the last line of the log."""
        if not self.line:
            return str(self.kind)
        return self.line if self.line.startswith(f"{self.kind}: ") else f"{self.kind}: {self.line}"


class LogWarning(NamedTuple):
    """A sign in the logs of a completed run that it is not what it claims.

    Attributes:
        line: The line, safe to show; ``""`` where the logs have no such sign.
        log: The log that it stands in, as a path below the run, or ``""``.
        offset: Where in the log that line begins, in bytes.
    """

    line: str
    log: str = ""
    offset: int = 0


NO_WARNING = LogWarning("")
"""The warning of runs whose logs have no sign."""
