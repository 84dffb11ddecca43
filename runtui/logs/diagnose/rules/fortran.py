"""Run-time libraries of Fortran compilers."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, NO_FLAGS, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
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
        r"^(?:PG)?FIO-F-\d+/|^(?:DE)?ALLOCATE: |^Null pointer for \S|^Subscript out of range for array"
        r"|^lib-\d+ : UNRECOVERABLE|^Runtime Error: \S{1,200}, line \d+: ",
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "forrtl: severe", r"^forrtl: severe \((?!174|29\))\d+\)"),
    rule(FailureKind.ERROR, CAUSE, "error stop", r"^ERROR STOP\b", flags=NO_FLAGS),
)
