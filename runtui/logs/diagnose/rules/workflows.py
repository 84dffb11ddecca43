"""Workflow managers."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import ENDED, REMARK, Rule, Says, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.ERROR, REMARK, "command error:", r"^command error:$", Says.NEXT),
    rule(FailureKind.ERROR, ENDED, "error executing process"),
)
