"""The confirmation before live runs are stopped."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from runtui.store.record import RunRecord
from runtui.tui.dialogs.picker import Choice, ChooserScreen
from runtui.tui.dialogs.titles import runs_in_title

_MOST_NAMED = 2  # jobs


class CancelScreen(ChooserScreen[bool]):
    """Asks whether to stop runs.

    Args:
        runs: The runs.
    """

    HINT = "{key:choose} choose  {key:cancel} cancel"

    def __init__(self, runs: Collection[RunRecord]) -> None:
        super().__init__(f"Stop {runs_in_title(runs, is_described=True)}?")
        self._count = len(runs)
        self._jobs = sorted({f"{run.job.system} {run.job.job_id}" for run in runs if run.job is not None})

    def choices(self, typed: str) -> Sequence[Choice[bool]]:
        consequence = "output written so far stays"
        if self._jobs:
            more = f" and {len(self._jobs) - _MOST_NAMED} more" if len(self._jobs) > _MOST_NAMED else ""
            plural = "s" if len(self._jobs) > 1 else ""
            consequence += f"; job{plural}: {', '.join(self._jobs[:_MOST_NAMED])}{more}"
        # Stopping cannot be undone: Enter alone does not.
        offered = [
            Choice(False, "keep running", ""),
            Choice(True, f"stop {'it' if self._count == 1 else 'them'}", consequence),
        ]
        return [choice for choice in offered if choice.label.startswith(typed.casefold())]
