"""Findings of the doctor, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """Severity of a finding."""

    PROBLEM = "problem"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Problem or note. Text is safe to show.

    Attributes:
        where: Run id, or file in the runs directory.
        what: Problem in one line, with what to do where `repair` is None.
        level: Severity.
        repair: Function that safely repairs it; None where a person has to decide.
    """

    where: str
    what: str
    level: Severity = Severity.PROBLEM
    repair: Callable[[], object] | None = None
