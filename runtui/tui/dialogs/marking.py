"""The list of statuses, to mark runs by one of them and say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runtui.catalog.columns import STATUS_SIGNS
from runtui.operations.operations import run_count
from runtui.store.status import RunStatus
from runtui.tui.dialogs.picker import Choice, ChooserScreen


class Marking(NamedTuple):
    """A status to set, and why, in the user's words."""

    status: RunStatus
    reason: str = ""


class MarkScreen(ChooserScreen[Marking]):
    """Lets the user choose a status.

    Args:
        count: How many runs get it.
    """

    PLACEHOLDER = "status and reason, e.g. failed disk full"
    HINT = "{key:choose} apply  {key:cancel} cancel"

    def __init__(self, count: int) -> None:
        super().__init__(f"Set status of {run_count(count)}")

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
