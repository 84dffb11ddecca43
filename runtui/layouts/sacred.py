"""Runs of Sacred's FileStorageObserver: a directory with ``run.json``, or what is left of one.

Source: sacred/observers/file_storage.py and sacred/run.py. Its times are UTC, without a zone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import Entries
from runtui.layouts.evidence import first_written, iso_time, read_json
from runtui.layouts.log_evidence import end_by_logs, exception_line
from runtui.store.status import RunStatus

_RECORD, _CONFIG, _OUTPUT = "run.json", "config.json", "cout.txt"
_OTHERS = frozenset((_CONFIG, _OUTPUT, "metrics.json", "info.json"))
_STATUSES = {
    "COMPLETED": RunStatus.COMPLETED.value,
    "RUNNING": RunStatus.RUNNING.value,
    "QUEUED": RunStatus.INITIALISING.value,
    "FAILED": RunStatus.FAILED.value,
    "INTERRUPTED": RunStatus.FAILED.value,
    "TIMEOUT": RunStatus.FAILED.value,
}
_LARGEST_RECORD = 16 * 1024 * 1024  # bytes: a record may hold the whole configuration, and results
_TIMES = (("completed_at", "stop_time"), ("heartbeat", "heartbeat"))
_REASONS = {"INTERRUPTED": "interrupted", "TIMEOUT": "timeout"}


class Sacred:
    """The layout of Sacred's runs."""

    name = "sacred"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a run's, of which one of its files may be missing."""
        files = entries.files
        if _RECORD in files:
            return not _OTHERS.isdisjoint(files)
        return _OUTPUT in files and len(_OTHERS & files) > 1

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the run's record says; without one, how its output ends."""
        record = read_json(run_dir, _RECORD, _LARGEST_RECORD) if _RECORD in entries.files else {}
        status = record.get("status")
        if not isinstance(status, str):
            found = end_by_logs(run_dir, entries.files & {_OUTPUT})
        else:
            found = {"status": _STATUSES.get(status, status)}
            reason = _exception(record.get("fail_trace")) or _REASONS.get(status)
            if reason and found["status"] == RunStatus.FAILED:
                found["reason"] = reason
        started = _utc(record.get("start_time"))
        if started is None and (written := first_written(run_dir, entries.files & _OTHERS)) is not None:
            started = iso_time(written)
        if started is not None:
            found["created_at"] = found["started_at"] = started
        for key, name in _TIMES:
            moment = _utc(record.get(name))
            if moment is not None:
                found[key] = moment
        experiment, host, meta = record.get("experiment"), record.get("host"), record.get("meta")
        if isinstance(experiment, dict):
            found["description"] = experiment.get("name")
        if isinstance(meta, dict) and (comment := _comment(meta)):
            found["description"] = f"{found.get('description') or ''}: {comment}".removeprefix(": ")
        if isinstance(host, dict):
            found["hostname"] = host.get("hostname")
        if record.get("result") is not None:
            found["result"] = record["result"]
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's configuration."""
        return read_json(run_dir, _CONFIG, _LARGEST_RECORD)

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the record, or else the output, and the configuration."""
        return (_RECORD if _RECORD in entries.files else _OUTPUT, _CONFIG)

    def is_part(self, folder: str) -> bool:
        """Return False: folders are artifacts, whose names are the user's own."""
        return False


def _utc(value: object) -> str | None:
    """Return a time of Sacred's with its zone, which is faster to read than one without."""
    if not isinstance(value, str):
        return None
    return value if value.endswith("Z") or "+" in value else f"{value}Z"


def _comment(meta: dict[str, Any]) -> str:
    """Return what the user typed of a run, where its release of Sacred keeps it."""
    options = meta.get("options")
    comment = meta.get("comment") or (options.get("--comment") if isinstance(options, dict) else None)
    return comment if isinstance(comment, str) else ""


def _exception(trace: object) -> str:
    """Return the exception of a traceback, which is a list of texts with line breaks."""
    return (
        exception_line("".join(text for text in trace if isinstance(text, str)))
        if isinstance(trace, list)
        else ""
    )
