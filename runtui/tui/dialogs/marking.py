"""The status picker, with a reason to type."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from runtui.catalog.columns import STATUS_SIGNS
from runtui.store.record import RunRecord
from runtui.store.status import RunStatus
from runtui.tui.dialogs.picker import Choice, ChooserScreen
from runtui.tui.dialogs.titles import runs_in_title


class Marking(NamedTuple):
    """A status to set, and the user's reason."""

    status: RunStatus
    reason: str = ""


class MarkScreen(ChooserScreen[Marking]):
    """Lets the user choose a status.

    Args:
        runs: The runs to mark.
    """

    PLACEHOLDER = "status and reason, e.g. failed disk full"
    HINT = "{key:choose} apply  {key:cancel} cancel"

    def __init__(self, runs: Collection[RunRecord]) -> None:
        super().__init__(f"Set status of {runs_in_title(runs)}")

    def choices(self, typed: str) -> Sequence[Choice[Marking]]:
        word, _space, reason = typed.partition(" ")
        return [
            Choice(
                Marking(status, reason.strip()),
                f"{STATUS_SIGNS[status.value]} {status.value}",
                reason.strip(),
            )
            for status in RunStatus
            if status.value.startswith(word.casefold())
        ]
