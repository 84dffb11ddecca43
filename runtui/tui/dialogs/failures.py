"""The list of runs for which an operation failed, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from runtui.operations.run_operations import Report
from runtui.render.styled import StyledLine, StyledText
from runtui.store.edits.run_edits import Outcome
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows

_ID_CELLS = 38


class FailuresScreen(BoxedList[str]):
    """Shows the failures of an operation; returns the name of the run to go to.

    Args:
        report: The result of the operation.
    """

    HINT = "{key:accept} go to the run  {key:leave} close"

    def __init__(self, report: Report) -> None:
        super().__init__("Some runs failed")
        self._report = report

    def begin(self) -> None:
        self.say(self._report.text)
        failures = self._report.failures
        self.list.show(LazyRows(len(failures), lambda place: _row(failures[place], failures)))

    def action_accept(self) -> None:
        name = self._report.failures[self.list.cursor].name
        self.dismiss(name or None)


def _row(outcome: Outcome, outcomes: Sequence[Outcome]) -> StyledLine:
    width = min(_ID_CELLS, max(len(safe_text(outcome.name)) for outcome in outcomes[:100]))
    return (
        StyledText(f"{safe_text(outcome.name, _ID_CELLS):<{width}}  ", "label"),
        StyledText(outcome.text, "warning"),
    )
