"""JSON form of runs and of their failures, for ``--json``.

Its keys are the fields of `runtui.catalog.fields`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from runtui.catalog.field_types import FieldKind
from runtui.catalog.fields import FIELDS
from runtui.store.failure import FailureSummary
from runtui.store.plain_json import shown_json
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text


class _Export(NamedTuple):
    """Field of a run in JSON: its name, the function of its value, and its encoder if JSON needs one."""

    name: str
    value: Callable[[RunRecord, float], Any]
    encode: Callable[[Any], Any] | None


def run_as_json(base: str, run: RunRecord, now: float) -> dict[str, Any]:
    """Return a run for `show --json`, in the form of `runs_as_json`."""
    return runs_as_json(base, [run], now)[0]


def runs_as_json(
    base: str, runs: Iterable[RunRecord], now: float, keys: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return runs for `ls --json`; times are ISO 8601 in UTC, durations seconds.

    Args:
        base: The runs directory.
        runs: The runs.
        now: Current time, in seconds since the epoch.
        keys: Parameter and metadata keys to include as ``values``.
    """
    exports = _exports()
    folder = os.path.abspath(base)
    found = []
    for run in runs:
        shown: dict[str, Any] = {
            "run_id": run.run_id,
            "path": safe_text(os.path.join(folder, run.name)),
        }
        for name, value_of, encode in exports:
            value = value_of(run, now)
            shown[name] = value if encode is None or value is None else encode(value)
        if keys:
            shown["values"] = shown_json({key: run.values.get(key) for key in keys})
            shown["unread_values"] = {key: run.unread[key] for key in keys if key in run.unread}
        found.append(shown)
    return found


def _exports() -> list[_Export]:
    return [
        _Export(
            field.json.name, field.json.value, _ENCODERS.get(field.kind, shown_json if field.source else None)
        )
        for field in FIELDS.values()
        if field.json is not None
    ]


def digest_as_json(digest: FailureSummary) -> dict[str, Any]:
    """Return a failure for `--json`; the log's path is relative to the run, the offset in bytes."""
    return {
        "kind": str(digest.kind),
        "line": digest.line or None,
        "log": safe_text(digest.log) or None,
        "offset": digest.offset if digest.log else None,
        "partly_read": None if digest.read is None else digest.read._asdict(),
    }


def iso_text(moment: float | None) -> str | None:
    """Format a time, in seconds since the epoch, as ISO 8601 in UTC; None without a time."""
    if moment is None:
        return None

    try:
        return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None


_ENCODERS: Mapping[FieldKind, Callable[[Any], Any]] = {
    FieldKind.MOMENT: iso_text,
    FieldKind.REASON: digest_as_json,
}
