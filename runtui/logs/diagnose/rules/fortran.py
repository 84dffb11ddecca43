"""Run-time libraries of Fortran compilers."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, NO_FLAGS, SIGNAL, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.CANCELLED, ENDED, "forrtl: error (69)"),
    rule(FailureKind.KILLED, ENDED, "forrtl: error (78)"),
    rule(FailureKind.CRASH, SIGNAL, "forrtl: error (76)|forrtl: severe (168)"),
    rule(FailureKind.SEGFAULT, SIGNAL, "forrtl: severe (157)|forrtl: severe (170)"),
    rule(
        FailureKind.EXCEPTION,
        ENDED,
        "program terminated by fatal error",
        r"^program terminated by fatal error$",
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "fortran runtime error",
        r"^(?:fatal )?Fortran runtime error(?:\(\S{1,200}\))?: ",
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "fio-f-|allocate: |null pointer for |subscript out of range|unrecoverable library error"
        "|runtime error: ",
        r"^(?:PG)?FIO-F-\d+/|^(?:\d+: )*(?:(?:DE)?ALLOCATE: |Null pointer for \S"
        r"|Subscript out of range for array)"
        r"|^lib-\d+ : UNRECOVERABLE|^(?-i:Runtime Error: \S)",
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "forrtl: severe", r"^forrtl: severe \((?!174|29\))\d+\)"),
    rule(FailureKind.ERROR, ENDED, "error stop", r"^ERROR STOP\b(?:\s+\d+)?\W*$", flags=NO_FLAGS),
    rule(FailureKind.ERROR, CAUSE, "error stop", r"^ERROR STOP\b", flags=NO_FLAGS),
)
