"""Styled text, and the styles of statuses."""

from __future__ import annotations

from typing import NamedTuple

from runtui.store.record import RecordState, RunRecord
from runtui.store.status import UNKNOWN_STATUS, RunStatus


class StyledText(NamedTuple):
    """Piece of a line.

    Attributes:
        text: The text, safe to show.
        style: Name of its style, or ``""`` for plain text.
    """

    text: str
    style: str = ""


StyledLine = tuple[StyledText, ...]

STATUS_STYLES = {
    RunStatus.INITIALISING.value: "live",
    RunStatus.RUNNING.value: "live",
    RunStatus.COMPLETED.value: "good",
    RunStatus.FAILED.value: "error",
    RunStatus.CHECKPOINTED.value: "warning",
    RunStatus.RESUMED.value: "dim",
    UNKNOWN_STATUS: "warning",
}


def status_style(run: RunRecord) -> str:
    """Return the name of the style of a run's status."""
    if run.is_lost:
        return "error"
    if run.stale_reason or run.state is RecordState.DANGLING:
        return "warning"
    if run.state is RecordState.BROKEN:
        return "error"
    if run.has_warning:
        return "warning"
    return STATUS_STYLES.get(run.status, "")
