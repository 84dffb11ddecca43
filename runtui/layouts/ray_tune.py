"""Trials of Ray Tune and RLlib: ``params.json`` beside ``result.json``, which has a line for each result.

Source: ray/tune/logger/json.py and ray/tune/experiment/trial.py. A trial that failed has its traceback in
``error.txt``; the last result of one that was ended by its own rules says ``"done": true``.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.evidence import first_written, iso_time, read_json, read_tail, read_text
from runtui.layouts.log_evidence import exception_line
from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_PARAMETERS, _RESULTS = "params.json", "result.json"
_ERRORS = ("error.txt", "error.pkl")
_LONGEST_RESULT = 256 * 1024  # bytes


class RayTune:
    """The layout of Ray Tune's trials."""

    name = "ray"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a trial's."""
        files = entries.files
        return _PARAMETERS in files and (_RESULTS in files or not files.isdisjoint(_ERRORS))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the last result says, and why the trial failed."""
        last = _last_result(run_dir) if _RESULTS in entries.files else {}
        found: dict[str, Any] = {"status": UNKNOWN_STATUS}
        if errors := entries.files.intersection(_ERRORS):
            found = {"status": RunStatus.FAILED.value}
            trace = read_text(run_dir, _ERRORS[0]) if _ERRORS[0] in errors else None
            if trace and (reason := exception_line(trace)):
                found["reason"] = reason
        elif last.get("done") is True:
            found = {"status": RunStatus.COMPLETED.value, DERIVED_KEY: _RESULTS}
        ended, took = last.get("timestamp"), last.get("time_total_s")
        began = first_written(run_dir, entries.files)
        if isinstance(ended, (int, float)):
            if found["status"] != UNKNOWN_STATUS:
                found["completed_at"] = iso_time(ended)
            began = ended - took if isinstance(took, (int, float)) else began
        if began is not None:
            found["created_at"] = found["started_at"] = iso_time(began)
        if isinstance(host := last.get("hostname"), str):
            found["hostname"] = host
        if isinstance(tag := last.get("experiment_tag"), str):
            found["description"] = tag
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the trial's configuration."""
        return read_json(run_dir, _PARAMETERS)

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return what Ray writes of a trial."""
        return entries.files.intersection((_PARAMETERS, _RESULTS, *_ERRORS))

    def is_part(self, folder: str) -> bool:
        """Return True: folders are checkpoints and a trial's own files."""
        return True


def _last_result(run_dir: str) -> dict[str, Any]:
    lines = read_tail(os.path.join(run_dir, _RESULTS), _LONGEST_RESULT).splitlines()
    for line in reversed(lines[-2:]):  # the last one may be being written
        try:
            return parse_object(line, name=_RESULTS, exact=False)
        except MetadataError:
            continue
    return {}
