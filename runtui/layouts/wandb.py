"""Runs of Weights & Biases: ``wandb/run-DATE_TIME-ID/`` and ``wandb/offline-run-…/``.

Source: wandb/sdk/wandb_run.py, its logs, and what releases before 0.10 wrote: those had no ``files/``, and
their state in ``wandb-metadata.json``. Since then an exit code is recorded only in logs.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from runtui.formats.config.base import DEEPEST
from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import QUIET_AFTER, is_copied, iso_time, read_json, read_text, reason_in, tail_of
from runtui.layouts.log_evidence import age_of, end_by_logs, last_match, local_time, newest_of
from runtui.store.json_object import is_deeper
from runtui.store.status import RunStatus

_NAME = re.compile(r"(?:(?:offline-)?run|dryrun)-(\d{8})_(\d{6})-[\w-]+")
_RECORD = re.compile(r"run-[\w-]+\.wandb")
_METADATA, _SUMMARY, _CONFIG = "wandb-metadata.json", "wandb-summary.json", "config.yaml"
_OUTPUT, _INTERNAL, _USER = "output.log", "logs/debug-internal.log", "logs/debug.log"
_INTERNAL_EXIT = re.compile(rb"handling exit code: (-?\d{1,10})\b")
_USER_EXIT = re.compile(rb"got exitcode: (-?\d{1,10})\b")
_USER_CONFIG = re.compile(r"^config: (\{.*\})$", re.MULTILINE)
_LOG_TAIL = 128 * 1024  # bytes
_LONGEST_CONFIG = 64 * 1024  # characters
_INTERRUPTED = 255  # exit code
_STATES = {
    "finished": RunStatus.COMPLETED,
    "running": RunStatus.RUNNING,
    "failed": RunStatus.FAILED,
    "crashed": RunStatus.FAILED,
    "killed": RunStatus.FAILED,
}


class WandB:
    """The layout of runs of Weights & Biases."""

    name = "wandb"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a run's, by its name or its record."""
        if _NAME.fullmatch(entries.directory):
            return bool(entries.names)
        return "files" in entries.folders and any(map(_RECORD.fullmatch, entries.files))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return where the run began, and how it ended by its state, its exit code, or its output."""
        files = "files/" if "files" in entries.folders else ""
        record = read_json(run_dir, files + _METADATA)
        # Some releases with a files/ wrote a state there, and never another one than at the start.
        found = {} if files else _recorded_end(record)
        records = [name for name in entries.files if _RECORD.fullmatch(name)]
        found = found or _logged_end(run_dir, files + _OUTPUT, records)
        started = record.get("startedAt")
        named = _NAME.fullmatch(entries.directory)
        if not isinstance(started, str):
            started = local_time(named[1] + named[2]) if named else None
        if started is not None:
            found |= {"created_at": started, "started_at": started}
        for key, name in (("hostname", "host"), ("user", "username")):
            if isinstance(record.get(name), str):
                found[key] = record[name]
        program, words = record.get("program"), record.get("args")
        if isinstance(program, str):
            words = [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
            found["description"] = " ".join((os.path.basename(program), *words))
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's configuration, without what W&B itself keeps there."""
        files = "files/" if "files" in entries.folders else ""
        written = yaml_file(run_dir, files + _CONFIG)
        if not written:
            return _logged_config(run_dir)
        return {
            key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
            for key, entry in written.items()
            if key not in ("_wandb", "wandb_version")
        }

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the record, the configuration, the output and the logs."""
        files = "files/" if "files" in entries.folders else ""
        named = (f"{files}{name}" for name in (_METADATA, _CONFIG, _OUTPUT))
        return (*named, _INTERNAL, _USER, *filter(_RECORD.fullmatch, entries.files))

    def is_part(self, folder: str) -> bool:
        """Return True: folders are the run's files and media."""
        return True


def _recorded_end(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run ended by its own state, which only old releases recorded."""
    state, code = record.get("state"), record.get("exitcode")
    if isinstance(code, int) and not isinstance(code, bool):
        return _end_by_code(code)
    if isinstance(state, str) and state in _STATES:
        found: dict[str, Any] = {"status": _STATES[state].value}
        if state in ("crashed", "killed"):
            found["reason"] = state
        return found
    return {}


def _end_by_code(code: int) -> dict[str, Any]:
    if code == 0:
        return {"status": RunStatus.COMPLETED.value}
    found: dict[str, Any] = {"status": RunStatus.FAILED.value, "exit_code": code}
    if code == _INTERRUPTED:
        found["reason"] = "interrupted"
    return found


def _logged_end(run_dir: str, output: str, records: Iterable[str]) -> dict[str, Any]:
    """Return how a run ended by its logs, and when.

    Args:
        run_dir: The run.
        output: Its captured output.
        records: Its records, which W&B writes while a program logs and its output is quiet.
    """
    for log, pattern in ((_INTERNAL, _INTERNAL_EXIT), (_USER, _USER_EXIT)):
        code = last_match(run_dir, log, pattern, _LOG_TAIL)
        if code is None:
            continue
        found = _end_by_code(int(code)) | _ended(run_dir, log)
        if found["status"] == RunStatus.FAILED and (reason := reason_in(run_dir, output)):
            found["reason"] = reason
        return found
    newest = newest_of(run_dir, (output, _INTERNAL, _USER))
    found = end_by_logs(run_dir, (output,))
    if newest is None or found["status"] == RunStatus.FAILED:
        return found | {"reason": reason_in(run_dir, output)} if newest else found
    age = min(age_of(run_dir, name) for name in (newest, *records))
    if age < QUIET_AFTER and not is_copied(*_tail(run_dir, newest)):
        return {"status": RunStatus.RUNNING.value, DERIVED_KEY: newest}
    if newest == output and newest_of(run_dir, (_INTERNAL, _USER)) is None:
        return found  # nobody kept the logs in which an exit code would be
    reason = "killed (no exit code was logged)"
    return {"status": RunStatus.FAILED.value, DERIVED_KEY: newest, "reason": reason} | _ended(run_dir, newest)


def _tail(run_dir: str, log: str) -> tuple[bytes, float]:
    """Return the end of a log, and when it was written; nothing of what cannot be read."""
    try:
        tail = tail_of(os.path.join(run_dir, log))
    except OSError:
        return b"", 0.0
    return tail.data, tail.modified


def _ended(run_dir: str, log: str) -> dict[str, Any]:
    try:
        return {"completed_at": iso_time(os.stat(os.path.join(run_dir, log)).st_mtime)}
    except OSError:
        return {}


def _logged_config(run_dir: str) -> dict[str, Any]:
    """Return the configuration from the log of a run that was offline, whose newer releases write no file."""
    found = _USER_CONFIG.search((read_text(run_dir, _USER) or "")[: 4 * _LONGEST_CONFIG])
    if found is None or len(found[1]) > _LONGEST_CONFIG:
        return {}
    try:
        config = ast.literal_eval(found[1])
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return {}
    if not isinstance(config, dict) or is_deeper(config, DEEPEST):
        return {}
    return {str(key): value for key, value in config.items() if key != "_wandb"}
