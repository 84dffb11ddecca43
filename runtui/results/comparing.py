"""Two or more runs side by side: plain data in, plain data out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from runtui.results.values import METADATA, METRICS, PARAMETERS, RunValues, Value
from runtui.store.bookkeeping import is_bookkeeping

MISSING = "–"
"""Text in place of a missing value."""


class ComparedValue(Enum):
    """Display of the numbers of runs other than the reference; the value is what a user reads."""

    NONE = "values"
    DIFFERENCE = "differences"
    RATIO = "ratios"


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One key's values in all runs.

    Attributes:
        section: Where it comes from.
        key: The key.
        values: One for each run, in their order; None where a run has no value.
    """

    section: str
    key: str
    values: tuple[Value | None, ...]

    @property
    def is_bookkeeping(self) -> bool:
        """Whether its values are of no use to people."""
        return self.section == METADATA and is_bookkeeping(self.key, "-")

    @property
    def differs(self) -> bool:
        """Whether not all runs have the same."""
        return any(self.differs_from(place, 0) for place in range(1, len(self.values)))

    def differs_from(self, place: int, reference: int) -> bool:
        """Return whether two runs have different values."""
        value, other = self.values[place], self.values[reference]
        return not value.equals(other) if value is not None else other is not None

    def text(self, place: int, reference: int = 0, change: ComparedValue = ComparedValue.NONE) -> str:
        """Return the text that is shown for a run.

        Args:
            place: Which run.
            reference: The run that others are compared with.
            change: How numbers are shown; others than the reference's, where both are numbers.
        """
        value, other = self.values[place], self.values[reference]
        if value is None:
            return MISSING
        if (
            change is ComparedValue.NONE
            or place == reference
            or other is None
            or not self.differs_from(place, reference)
        ):
            return value.text
        return _changed(value, other, change) or value.text


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs side by side.

    Attributes:
        runs: The runs, safe to show.
        rows: All keys that any of them has, by section.
        problems: Unreadable files and their faults, in one line each.
    """

    runs: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]
    problems: tuple[str, ...] = ()

    def shown(self, *, all_rows: bool) -> list[ComparisonRow]:
        """Return the rows that differ and are of use to people, or all of them."""
        return [row for row in self.rows if all_rows or (row.differs and not row.is_bookkeeping)]


def compare(runs: Sequence[RunValues]) -> Comparison:
    """Put runs side by side.

    Args:
        runs: The runs, two at least.
    """
    rows = []
    for section in _sections(runs):
        keys = dict.fromkeys(key for run in runs for key in run.sections.get(section, ()))
        rows += [
            ComparisonRow(section, key, tuple(run.sections.get(section, {}).get(key) for run in runs))
            for key in keys
        ]
    problems = tuple(f"{run.shown}: {problem}" for run in runs for problem in run.problems)
    return Comparison(tuple(run.shown for run in runs), tuple(rows), problems)


def _sections(runs: Sequence[RunValues]) -> Iterator[str]:
    found = dict.fromkeys(title for run in runs for title in run.sections)
    usual = (PARAMETERS, METRICS, METADATA)
    if PARAMETERS in found:
        yield PARAMETERS
    yield from (title for title in found if title not in usual)
    yield from (title for title in usual[1:] if title in found)


def _changed(value: Value, other: Value, change: ComparedValue) -> str:
    """Return the relation of a number to another; ``""`` where there is none to state."""
    if value.number is None or other.number is None:
        return ""
    try:
        if change is ComparedValue.DIFFERENCE:
            return f"{value.number - other.number:+.6g}"
        ratio = value.number / other.number
    except (OverflowError, ZeroDivisionError):
        return ""
    return f"×{ratio:.6g}" if math.isfinite(ratio) else ""
