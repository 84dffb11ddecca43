"""Findings of the doctor, as plain data."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from runtui.text.sanitize import safe_text


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
        folder: The folder below the directory that was examined in which it is, or ``""``.
    """

    where: str
    what: str
    level: Severity = Severity.PROBLEM
    repair: Callable[[], object] | None = None
    folder: str = ""

    @property
    def path(self) -> str:
        """Path of `where` from the directory that was examined."""
        folder = safe_text(self.folder)
        return os.path.normpath(os.path.join(folder, self.where)) if folder else self.where
