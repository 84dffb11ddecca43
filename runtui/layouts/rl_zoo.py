"""Runs of RL Baselines Zoo: ``ENV_N/``, in which ``ENV/`` has the settings.

Source: rl_zoo3/exp_manager.py. ``ENV_N/`` has the models, evaluations and monitors; ``ENV/`` in it
``config.yml`` (hyperparameters), ``args.yml`` (the command's arguments) and event files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import begun_with
from runtui.layouts.log_evidence import TRAINED, end_by_logs
from runtui.logs.read.log_files import is_log_name
from runtui.text.lazy_pattern import LazyPattern

_NUMBERED = re.compile(r"(.+)_\d{1,4}", re.ASCII)
_WRITTEN = LazyPattern(r"(?:\d{1,4}\.)?monitor\.csv|evaluations\.npz|.*\.zip")
_SETTINGS = ("args.yml", "config.yml")


class RlZoo:
    """The layout of RL Baselines Zoo's runs."""

    name = "rl-zoo"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a numbered directory has a folder of the same name beside models or monitors."""
        return bool(_environment(entries)) and any(map(_WRITTEN.fullmatch, entries.files))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the run ended by a log, and when it began."""
        return end_by_logs(run_dir, self._logs(entries), TRAINED) | begun_with(
            entries, self._settings(entries)
        )

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the command's arguments, and the hyperparameters, which count before them."""
        found: dict[str, Any] = {}
        for path in self._settings(entries):
            found |= yaml_file(run_dir, path)
        return found

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the settings and the logs."""
        return [*self._settings(entries), *self._logs(entries)]

    def is_part(self, folder: str) -> bool:
        """Return True: folders have the settings, the events and videos of the same run."""
        return True

    def _settings(self, entries: Entries) -> list[str]:
        return [f"{_environment(entries)}/{name}" for name in _SETTINGS]

    def _logs(self, entries: Entries) -> list[str]:
        return [name for name in entries.files if is_log_name(name)]


def _environment(entries: Entries) -> str:
    """Return the name of the environment of a run; ``""`` for a directory that is none."""
    numbered = _NUMBERED.fullmatch(entries.directory)
    return numbered[1] if numbered and numbered[1] in entries.folders else ""
