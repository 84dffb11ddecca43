"""Asking once more before runs that are at work are ended."""

from __future__ import annotations

from collections.abc import Sequence

from runtui.operations.operations import run_count
from runtui.tui.dialogs.picker import Choice, ChooserScreen


class CancelScreen(ChooserScreen[bool]):
    """Asks whether to end runs.

    Args:
        count: How many.
    """

    HINT = "{key:choose} choose  {key:cancel} cancel"

    def __init__(self, count: int) -> None:
        super().__init__(f"Stop {run_count(count)}?")
        self._count = count

    def choices(self, typed: str) -> Sequence[Choice[bool]]:
        offered = [
            Choice(True, f"stop {'it' if self._count == 1 else 'them'}", "output written so far stays"),
            Choice(False, "keep running", ""),
        ]
        return [choice for choice in offered if choice.label.startswith(typed.casefold())]
