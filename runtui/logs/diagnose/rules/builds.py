"""Compilers, linkers and make."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import REMARK, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.ERROR, REMARK, "error: ", r"^[^\s:]+:\d+:(?:\d+:)? (?:fatal )?error: "),
    rule(FailureKind.ERROR, REMARK, "undefined reference to"),
    rule(FailureKind.ERROR, REMARK, "cmake error", r"^CMake Error(?: at |: )"),
    rule(FailureKind.ERROR, REMARK, ": *** ", r"^make(?:\[\d+\])?: \*\*\* "),
)
