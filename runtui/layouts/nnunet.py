"""Folds of nnU-Net: ``fold_N/`` with ``training_log_YEAR_MONTH_….txt``, ``debug.json`` and ``progress.png``.

Source: nnunet/training/network_training/network_trainer.py, and nnunetv2/training/nnUNetTrainer.
``debug.json`` has the trainer's attributes as text. Once training has ended, its last checkpoint gets a
name of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.log_evidence import TRAINED, end_by_logs, first_stamp
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_FOLD = re.compile(r"fold_(?:\d{1,3}|all)", re.ASCII)
_LOG = re.compile(r"training_log_\d{4}(?:_\d{1,2}){5}\.txt", re.ASCII)
_LAST = ("checkpoint_final.pth", "model_final_checkpoint.model")
"""Names of the checkpoint that is written when training has ended."""

_OTHERS = ("progress.png", "checkpoint_best.pth", "checkpoint_latest.pth", "model_best.model", *_LAST)


class NnUNet:
    """The layout of nnU-Net's folds."""

    name = "nnunet"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has a log of the trainer, or is called like a fold and has models."""
        files = entries.files
        is_fold = _FOLD.fullmatch(entries.directory) is not None
        return any(map(_LOG.fullmatch, files)) or (is_fold and not files.isdisjoint(_OTHERS))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the run ended by its last checkpoint or its newest log, and when the first one began."""
        logs = self._logs(entries)
        found = end_by_logs(run_dir, logs, TRAINED)
        last = next((name for name in _LAST if name in entries.files), "")
        if last and found["status"] == UNKNOWN_STATUS:
            found = {"status": RunStatus.COMPLETED.value, DERIVED_KEY: last}
        began = first_stamp(f"{run_dir}/{logs[0]}") if logs else None
        return found | (dict.fromkeys(("created_at", "started_at"), began) if began else {})

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return none: the trainer's attributes are in a JSON file, as those of any run are."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the logs and the last checkpoint."""
        return [*self._logs(entries), *entries.files.intersection(_LAST)]

    def is_part(self, folder: str) -> bool:
        """Return True: folders are validations and predictions of the same fold."""
        return True

    def _logs(self, entries: Entries) -> list[str]:
        return sorted(filter(_LOG.fullmatch, entries.files), key=_began)


def _began(log: str) -> list[int]:
    """Return the time in a log's name, whose parts have no zeros in front."""
    return [int(part) for part in re.findall(r"\d+", log)]
