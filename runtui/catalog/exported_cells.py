"""The cells of runs for other programs: whole ids and reasons, no signs, and exact numbers."""

from __future__ import annotations

from runtui.catalog.columns import NOTE_SIGN, Column, is_metric
from runtui.catalog.reasons import reason_text
from runtui.store.record import RunRecord
from runtui.text.format import value_text
from runtui.text.sanitize import safe_text


def exported_cell(column: Column, run: RunRecord, now: float) -> str:
    """Return the text of a run's cell, safe to show.

    Args:
        column: The column; of a metric it is the value in `RunRecord.values`.
        run: The run.
        now: The time, in seconds since the epoch.
    """
    if column.key == "id":
        return safe_text(run.name)
    if column.key == "status":
        return run.effective_status
    if column.key == "reason":
        return reason_text(run)
    if column.key == "description":
        return column.text(run, now).removeprefix(f"{NOTE_SIGN} ")
    key = column.key if is_metric(column.key) else column.value_key if column.value is not None else ""
    if key and key not in run.unread:
        return value_text(run.values.get(key), is_exact=True)
    return column.text(run, now)
