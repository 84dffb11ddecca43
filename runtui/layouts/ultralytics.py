"""Runs of YOLO: ``args.yaml`` of Ultralytics, or ``opt.yaml`` of its forerunners, beside results or weights.

Source: ultralytics/engine/trainer.py. ``results.csv`` gets a row after each epoch.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import begun_with, read_tail
from runtui.layouts.log_evidence import TRAINED, end_by_logs
from runtui.logs.read.log_files import is_log_name
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_ARGUMENTS = ("args.yaml", "opt.yaml")
_RESULTS, _WEIGHTS = "results.csv", "weights"
_LARGEST_TABLE = 4 * 1024 * 1024  # bytes


class Ultralytics:
    """The layout of YOLO's runs."""

    name = "yolo"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has the arguments of a training, and what came of it."""
        has_arguments = not entries.files.isdisjoint(_ARGUMENTS)
        return has_arguments and (_RESULTS in entries.files or _WEIGHTS in entries.folders)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the run ended by a log, or by the epochs that have results."""
        found = end_by_logs(run_dir, filter(is_log_name, entries.files), TRAINED)
        if found["status"] == UNKNOWN_STATUS and _RESULTS in entries.files:
            epochs = self.parameters(run_dir, entries).get("epochs")
            table = read_tail(os.path.join(run_dir, _RESULTS), _LARGEST_TABLE).strip()
            if isinstance(epochs, int) and 0 < epochs <= table.count(b"\n"):
                found = {"status": RunStatus.COMPLETED.value, DERIVED_KEY: _RESULTS}
        return found | begun_with(entries, entries.files)

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the arguments."""
        name = next((name for name in _ARGUMENTS if name in entries.files), "")
        return yaml_file(run_dir, name) if name else {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the arguments, the results, and the logs."""
        names = entries.files.intersection((*_ARGUMENTS, _RESULTS))
        return names.union(filter(is_log_name, entries.files))

    def is_part(self, folder: str) -> bool:
        """Return True: folders are weights, labels and crops."""
        return True
