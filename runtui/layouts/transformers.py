"""Runs of the Trainer of Transformers: ``trainer_state.json``, or folders ``checkpoint-N`` that have it.

Source: transformers/trainer.py and trainer_callback.py. The state has the steps that were done and that were
to be done; in the run's own directory it is written once training has ended.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.evidence import begun_with, read_json
from runtui.layouts.log_evidence import TRAINED, end_by_logs
from runtui.logs.read.log_files import is_log_name
from runtui.store.status import UNKNOWN_STATUS, RunStatus

STATE = "trainer_state.json"
"""The file with the state of the Trainer, and the history of its metrics."""

_CHECKPOINT = re.compile(r"checkpoint-(\d{1,12})", re.ASCII)
_SETTINGS = (
    *("num_train_epochs", "max_steps", "train_batch_size"),
    *("logging_steps", "eval_steps", "save_steps", "trial_params"),
)
"""Keys of the state that are the user's choice."""

_CONFIGURATIONS = ("config.json", "adapter_config.json")
_PARTS = frozenset(("runs", "logs", "log", "tensorboard", "wandb", "tokenizer", "best_model", "final_model"))
_LARGEST_STATE = 16 * 1024 * 1024  # bytes


class Transformers:
    """The layout of the Trainer's output directories."""

    name = "transformers"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has the Trainer's state, or its checkpoints."""
        return STATE in entries.files or any(map(_CHECKPOINT.fullmatch, entries.folders))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the run ended by a log, or by the steps that were done."""
        found = end_by_logs(run_dir, filter(is_log_name, entries.files), TRAINED)
        path = _newest_state(entries)
        if found["status"] == UNKNOWN_STATUS and path:
            state = read_json(run_dir, path, _LARGEST_STATE)
            done, wanted = state.get("global_step"), state.get("max_steps")
            if isinstance(done, int) and isinstance(wanted, int) and 0 < wanted <= done:
                found = {"status": RunStatus.COMPLETED.value, DERIVED_KEY: path}
        return found | begun_with(entries, entries.files)

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the model's configuration, and the settings in the newest state."""
        path = _newest_state(entries)
        if not path:
            return {}
        found: dict[str, Any] = {}
        folder = os.path.dirname(path)
        for name in _CONFIGURATIONS:
            if folder and name not in entries.files:
                found |= read_json(run_dir, f"{folder}/{name}")
        state = read_json(run_dir, path, _LARGEST_STATE)
        return found | {key: state[key] for key in _SETTINGS if state.get(key) is not None}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the newest state, and the logs."""
        state = _newest_state(entries)
        return [*filter(is_log_name, entries.files), *([state] if state else [])]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder is a checkpoint, or a logger's."""
        return _CHECKPOINT.fullmatch(folder) is not None or folder in _PARTS


def _newest_state(entries: Entries) -> str:
    """Return the path of the newest state of the Trainer, which the run's own directory has in the end."""
    if STATE in entries.files:
        return STATE
    steps = [int(match[1]) for name in entries.folders if (match := _CHECKPOINT.fullmatch(name))]
    return f"checkpoint-{max(steps)}/{STATE}" if steps else ""
