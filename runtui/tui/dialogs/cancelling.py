"""The confirmation before live runs are stopped."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from runtui.store.record import RunRecord
from runtui.tui.dialogs.picker import Choice, ChooserScreen
from runtui.tui.dialogs.titles import runs_in_title


class CancelScreen(ChooserScreen[bool]):
    """Asks whether to stop runs.

    Args:
        runs: The runs.
    """

    HINT = "{key:choose} choose  {key:cancel} cancel"

    def __init__(self, runs: Collection[RunRecord]) -> None:
        super().__init__(f"Stop {runs_in_title(runs, is_described=True)}?")
        self._count = len(runs)

    def choices(self, typed: str) -> Sequence[Choice[bool]]:
        offered = [
            Choice(True, f"stop {'it' if self._count == 1 else 'them'}", "output written so far stays"),
            Choice(False, "keep running", ""),
        ]
        return [choice for choice in offered if choice.label.startswith(typed.casefold())]
