"""Serialization directories of AllenNLP's trainer.

Source: allennlp/commands/train.py, training/gradient_descent_trainer.py and models/archival.py
(``config.json``, ``metrics_epoch_N.json``, ``out.log`` or ``stdout.log``). The final ``metrics.json`` and
``model.tar.gz`` are written once training has ended well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.evidence import begun_with, iso_time, read_json, times_written
from runtui.layouts.log_evidence import end_by_logs
from runtui.logs.read.log_files import is_log_name
from runtui.store.status import RunStatus

_CONFIG, _METRICS, _MODEL = "config.json", "metrics.json", "model.tar.gz"
_EPOCH = re.compile(r"metrics_epoch_\d{1,6}\.json", re.ASCII)
_PARTS = frozenset(("vocabulary", "log", "logs", "tensorboard"))


class AllenNLP:
    """The layout of AllenNLP's serialization directories."""

    name = "allennlp"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has the trainer's configuration, and metrics of an epoch or the end."""
        files = entries.files
        if _CONFIG not in files:
            return False
        return _has_ended(files) or any(map(_EPOCH.fullmatch, files))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return that the run completed if its final files are there, or else how its logs end."""
        begun = begun_with(entries, entries.files)
        if not _has_ended(entries.files):
            return end_by_logs(run_dir, filter(is_log_name, entries.files)) | begun
        ended = max(times_written(entries, (_METRICS, _MODEL)), default=None)
        found = {"status": RunStatus.COMPLETED.value, DERIVED_KEY: _METRICS} | begun
        return found if ended is None else found | {"completed_at": iso_time(ended)}

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the configuration."""
        return read_json(run_dir, _CONFIG)

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the configuration, the final files and the logs."""
        return [name for name in entries.files if name in (_CONFIG, _METRICS, _MODEL) or is_log_name(name)]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder is the vocabulary or a logger's."""
        return folder in _PARTS


def _has_ended(files: Collection[str]) -> bool:
    return _METRICS in files and _MODEL in files
