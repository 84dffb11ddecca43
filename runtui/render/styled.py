"""Lines of styled text, and the styles of statuses."""

from __future__ import annotations

from typing import NamedTuple

from runtui.store.record import RecordState, RunRecord
from runtui.store.status import RunStatus


class StyledText(NamedTuple):
    """A piece of a line: its text, safe to show, and the name of its style (``""`` for the plain one)."""

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
}


def status_style(run: RunRecord) -> str:
    """Return the name of the style in which a run's status is shown."""
    if run.is_lost:
        return "error"
    if run.stale_reason or (run.state is RecordState.READ and not run.status):
        return "warning"
    if run.state is RecordState.BROKEN:
        return "error"
    return STATUS_STYLES.get(run.status, "")
