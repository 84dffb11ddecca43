"""Communication between ranks: MPI, its transports, NCCL."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, SIGNAL, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.MPI,
        CAUSE,
        "nccl",
        r"watchdog caught collective operation timeout|nccl (?:error|warn .*(?:fail|timeout))|(?:unhandled"
        r"|internal|remote) (?:system|cuda|process|)\s*error.*nccl|nccl operations have failed",
    ),
    rule(FailureKind.MPI, CAUSE, "mpi_err_", r"\*\*\* MPI_ERR_\w+: "),
    rule(FailureKind.MPI, CAUSE, "fatal error in ", r"fatal error in (?:p?mpi\w*|internal_\w+): "),
    rule(
        FailureKind.MPI,
        CAUSE,
        "there are not enough slots available|pmix error: |transport retry count exceeded",
    ),
    rule(FailureKind.NODE, CAUSE, "was unable to complete a tcp connection|was unable to reliably start"),
    rule(
        FailureKind.MPI,
        SIGNAL,
        "connection reset by peer|connection timed out",
        r"btl_tcp.{1,120}failed: connection (?:reset by peer|timed out)",
    ),
    rule(FailureKind.MPI, ENDED, "is aborting with error code", r"MPT ERROR: Rank \S+ is aborting with"),
    rule(
        FailureKind.MPI,
        ENDED,
        "mpi_abort|primary job  terminated|bad termination of one|exited with non-zero status",
        r"mpi_abort was invoked|called mpi_abort\("
        r"|detected that one or more processes exited with non-zero status|bad termination of one",
    ),
)
