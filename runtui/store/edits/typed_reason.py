"""The reason that a user typed: whether it is still about the run as it is."""

from __future__ import annotations

from runtui.store.edits.edit_files import read_edits
from runtui.store.edits.model import Edit, ValueChange
from runtui.store.failure import USER_REASON
from runtui.store.record import RunRecord
from runtui.store.timestamps import parse_timestamp


def is_outdated(run_dir: str, run: RunRecord, reason: object) -> bool:
    """Return whether the program has set a status since a user typed the reason of the one before.

    That is so where the run has another status than the user set with the reason, or lives again, or where it
    started or ended later by its own account.

    Args:
        run_dir: The run's directory.
        run: The run as it is now.
        reason: The reason, as it stands in the metadata.
    """
    edit = _edit_that_set(run_dir, reason)
    if edit is None:
        return False
    values = [change for change in edit.changes if isinstance(change, ValueChange)]
    status = next((change.new for change in values if change.key == "status"), None)
    if run.is_live if status is None else run.status != status:
        return True
    typed = parse_timestamp(edit.at)
    later = max(run.started or 0.0, run.completed or 0.0)
    return typed is not None and later > typed


def _edit_that_set(run_dir: str, reason: object) -> Edit | None:
    """Return the last edit by which a user typed a reason; None where there is none any more."""
    found = [edit for edit in read_edits(run_dir) if not edit.undoes and _types_reason(edit, reason)]
    return found[-1] if found else None


def _types_reason(edit: Edit, reason: object) -> bool:
    return any(
        change.key == USER_REASON and bool(change.new == reason)
        for change in edit.changes
        if isinstance(change, ValueChange)
    )
