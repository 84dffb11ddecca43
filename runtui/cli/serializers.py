"""Runs, and why they failed, as ``--json`` gives them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runtui.store.edits.merge import shown_json
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.store.failure import FailureSummary


def run_as_json(base: str, run: RunRecord, now: float, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return a run as `ls --json` and `show --json` give it; times are ISO 8601 in UTC, durations seconds.

    Args:
        base: The runs directory.
        run: The run.
        now: The present moment.
        keys: The simulation's own keys that were asked for; where there are some, ``values`` has them.
    """
    duration = run.duration(now)
    shown: dict[str, Any] = {
        "run_id": run.run_id,
        "path": safe_text(os.path.join(os.path.abspath(base), run.name)),
        "status": run.status or None,
        "stale_reason": run.stale_reason or None,
        "lost": run.is_lost,
        "job": None if run.job is None else run.job._asdict(),
        "reason": None if run.digest is None else digest_as_json(run.digest),
        "problem": run.problem or None,
        "description": run.description,
        "tags": list(run.tags),
        "created_at": None if run.created_is_guess else iso_text(run.created),
        "started_at": iso_text(run.started),
        "completed_at": iso_text(run.completed),
        "duration": None if duration is None else round(duration, 3),
        "hostname": run.host or None,
        "user": run.user or None,
        "parent_run_id": None if run.parent is None else safe_text(run.parent),
    }
    if keys:
        shown["values"] = shown_json({key: run.values.get(key) for key in keys})
    return shown


def digest_as_json(digest: FailureSummary) -> dict[str, Any]:
    """Return why a run failed as `--json` gives it; the log's path begins at the run, the offset is bytes."""
    return {
        "kind": str(digest.kind),
        "line": digest.line or None,
        "log": safe_text(digest.log) or None,
        "offset": digest.offset if digest.log else None,
    }


def iso_text(moment: float | None) -> str | None:
    """Return a moment, in seconds since the epoch, as ISO 8601 in UTC; None where there is none."""
    if moment is None:
        return None
    from datetime import UTC, datetime  # not for those who ask for a table

    try:
        return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None
