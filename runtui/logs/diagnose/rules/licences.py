"""Licence servers that refuse."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    # RLM, Gurobi, MOSEK, Fluent
    rule(
        FailureKind.LICENCE,
        CAUSE,
        "licens",
        r"^(?:all licenses in use|no license for product"
        r"|license server does not support this product) \(-\d+\)"
        r"|\bsize-limited license\b|\blicense cannot be located\b|^unexpected license problem"
        r"|does not exist in the licensing pool",
    ),
    rule(
        FailureKind.LICENCE,
        CAUSE,
        "licens|licenc",
        r"licen[sc]ed number of users already reached"
        r"|licen[sc]e (?:checkout|check-out) (?:failed|denied|error)"
        r"|licen[sc]e (?:manager|server) (?:error|.{0,20}\b(?:not responding|down|unavailable))"
        r"|licen[sc]e error\b"
        r"|licen[sc]e (?:has )?expired|error.{0,20}\blicen[sc]e\b",
    ),
    rule(
        FailureKind.LICENCE,
        CAUSE,
        "licens|licenc",
        r"(?:cannot|could not|unable to|failed to|failure to) (?:check ?out|obtain|acquire|get|connect|find)"
        r".{0,40}\blicen[sc]e"
        r"|^\W*(?:no|insufficient) (?:valid |free |more )?licen[sc]es? .{0,20}(?:available|found)",
    ),
    rule(
        FailureKind.LICENCE,
        CAUSE,
        "flexnet licensing error|flexlm error|all licenses are reserved|no socket connection to license",
    ),
)
