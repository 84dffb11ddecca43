"""What can be wrong in a runs directory, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much a finding matters."""

    PROBLEM = "problem"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or worth knowing. Text is safe to show.

    Attributes:
        where: The run, or the file of the runs directory.
        what: What is wrong, and where it cannot be mended what to do, in one line.
        level: How much it matters.
        mend: Puts it right without a risk; None where that takes a person.
    """

    where: str
    what: str
    level: Severity = Severity.PROBLEM
    repair: Callable[[], object] | None = None
