"""Graphics cards and the nodes that they are in."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.NODE, CAUSE, "uncorrectable ecc error|gpu has fallen off the bus"),
    rule(
        FailureKind.SEGFAULT,
        CAUSE,
        "nil pointer dereference|illegal memory access|invalid device ordinal|misaligned address",
        r"nil pointer dereference|illegal memory access|misaligned address",
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "cuda error|cuda driver error|cuda runtime error|cudaerror|hip error|hiperror",
        r"cuda (?:driver |runtime )?error\b|\bcudaError\w+|hip error\b|\bhipError\w+",
    ),
)
