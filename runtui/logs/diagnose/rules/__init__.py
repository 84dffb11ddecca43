"""Rules for the output of failing programs: the knowledge of the failure digest, in tables by subject.

To teach the digest another failure, add a row to the table of its subject and the output of a program that
failed that way to ``tests/logs/diagnose/corpus``. Rows are data: nothing else needs a change.
"""

from __future__ import annotations

from runtui.logs.diagnose.rules import (
    builds,
    checks,
    codes,
    devices,
    disk,
    files,
    fortran,
    languages,
    licences,
    memory,
    numerics,
    parallel,
    processes,
    python,
    remarks,
    schedulers,
    shells,
    translations,
    workflows,
)
from runtui.logs.diagnose.rules.schedulers import RECORDED
from runtui.logs.diagnose.rules.table import Nearness, Rule, Says

__all__ = ["RECORDED", "RULES", "Nearness", "Rule", "Says"]

_TABLES = (
    schedulers,
    memory,
    disk,
    licences,
    files,
    numerics,
    checks,
    devices,
    parallel,
    codes,
    workflows,
    python,
    fortran,
    languages,
    processes,
    builds,
    remarks,
    translations,
    shells,
)

RULES: tuple[Rule, ...] = tuple(row for table in _TABLES for row in table.RULES)
"""All rules. Of two that tell something of the same line the one that stands first counts.

Patterns begin with a word or an anchor and repeat no group that can be empty: they see lines that anybody may
have written.
"""
