"""The list of the runs that something could not be done to, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from runtui.operations.run_operations import Report
from runtui.render.styled import StyledLine, StyledText
from runtui.store.edits.run_edits import Outcome
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows

_ID_WIDTH = 38


class FailuresScreen(BoxedList[str]):
    """Shows what a job could not do; ends with the name of the run to go to.

    Args:
        report: What it did.
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
    width = min(_ID_WIDTH, max(len(safe_text(one.name)) for one in outcomes[:100]))
    return (
        StyledText(f"{safe_text(outcome.name, _ID_WIDTH):<{width}}  ", "label"),
        StyledText(outcome.text, "warning"),
    )
