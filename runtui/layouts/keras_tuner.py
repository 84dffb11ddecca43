"""Trials of Keras Tuner: a directory with ``trial.json``, which has all of them.

Source: keras_tuner/engine/trial.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import Entries
from runtui.layouts.evidence import begun_with, read_json
from runtui.layouts.log_evidence import LONGEST_REASON
from runtui.store.status import UNKNOWN_STATUS, RunStatus

TRIAL = "trial.json"
"""The record of a trial."""

_STATUSES = {
    "COMPLETED": RunStatus.COMPLETED.value,
    "STOPPED": RunStatus.COMPLETED.value,  # early, by the tuner's own rule
    "RUNNING": RunStatus.RUNNING.value,
    "IDLE": RunStatus.INITIALISING.value,
    "INVALID": RunStatus.FAILED.value,
    "FAILED": RunStatus.FAILED.value,
}


class KerasTuner:
    """The layout of Keras Tuner's trials."""

    name = "keras-tuner"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a trial's."""
        return TRIAL in entries.files

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the trial's record says."""
        record = read_json(run_dir, TRIAL)
        status = record.get("status")
        found: dict[str, Any] = {
            "status": _STATUSES.get(status, status) if isinstance(status, str) else UNKNOWN_STATUS
        }
        message = record.get("message")
        if isinstance(message, str) and message.strip() and found["status"] == RunStatus.FAILED:
            found["reason"] = message.strip().splitlines()[-1][:LONGEST_REASON]
        if isinstance(score := record.get("score"), (int, float)):
            found["score"] = score
        return found | begun_with(entries, entries.files)

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the values of the hyperparameters."""
        hyperparameters = read_json(run_dir, TRIAL).get("hyperparameters")
        values = hyperparameters.get("values") if isinstance(hyperparameters, dict) else None
        return values if isinstance(values, dict) else {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the record."""
        return (TRIAL,)

    def is_part(self, folder: str) -> bool:
        """Return True: folders are checkpoints."""
        return True
