"""Versions of Lightning's loggers, ``version_N/``, and directories of TensorBoard's event files.

Source: lightning/pytorch/loggers (``hparams.yaml``, ``metrics.csv``) and TensorBoard's names of event files
(``events.out.tfevents.SECONDS.HOST…``). Neither records how a run ended.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import QUIET_AFTER, first_written, iso_time
from runtui.layouts.log_evidence import TRAINED, age_of, end_by_logs, newest_of
from runtui.logs.read.log_files import is_log_name
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_PARAMETERS, _METRICS, _CHECKPOINTS = "hparams.yaml", "metrics.csv", "checkpoints"
_VERSION = re.compile(r"version_\d+")
_EVENTS = "events.out.tfevents."
_EVENT_NAME = re.compile(r"events\.out\.tfevents\.(\d{10})\.([\w.-]+?)(?:\.\d+){0,2}(?:\.v2)?")


class TensorBoard:
    """The layout of directories with event files and nothing else that tells of a run."""

    name = "tensorboard"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has event files."""
        return any(name.startswith(_EVENTS) for name in entries.files)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return when and where the run began, how it ended by a log, or whether it is still written."""
        written = {name for name in entries.files if name == _METRICS or name.startswith(_EVENTS)}
        found = end_by_logs(run_dir, filter(is_log_name, entries.files), TRAINED)
        newest = newest_of(run_dir, written)
        has_ended = found["status"] != UNKNOWN_STATUS
        if not has_ended and newest is not None and age_of(run_dir, newest) < QUIET_AFTER:
            found = {"status": RunStatus.RUNNING.value, DERIVED_KEY: newest}
        events = [match for name in written if (match := _EVENT_NAME.fullmatch(name))]
        if events:
            first = min(events, key=lambda event: event[1])
            began: float | None = float(first[1])
            found["hostname"] = first[2]
        else:
            began = first_written(run_dir, written | (entries.files & {_PARAMETERS}))
        if began is not None:
            found["created_at"] = found["started_at"] = iso_time(began)
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's hyperparameters, without what has another program's tag."""
        return yaml_file(run_dir, _PARAMETERS) if _PARAMETERS in entries.files else {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return what the loggers write."""
        return [name for name in entries.files if name in (_METRICS, _PARAMETERS) or name.startswith(_EVENTS)]

    def is_part(self, folder: str) -> bool:
        """Return True: folders are checkpoints and further event files of the same run."""
        return True


class Lightning(TensorBoard):
    """The layout of Lightning's versions."""

    name = "lightning"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a version's, by its hyperparameters or its name."""
        files = entries.files
        if _PARAMETERS in files:
            return True
        has_values = _METRICS in files or _CHECKPOINTS in entries.folders or super().recognises(entries)
        return has_values and bool(_VERSION.fullmatch(entries.directory))
