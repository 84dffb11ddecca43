"""Workspaces of DVC: what ``dvc repro`` or DVCLive left of the last experiment, beside the project's sources.

Source: dvclive/live.py (``dvclive/metrics.json``, ``dvclive/params.yaml``), and ``params.yaml`` and
``dvc.lock`` of dvc itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import FOLDERS_OF_SOURCES, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import begun_with
from runtui.layouts.log_evidence import TRAINED, end_by_logs
from runtui.logs.read.log_files import is_log_name

_LIVE, _LOCK, _PARAMETERS = "dvclive", "dvc.lock", "params.yaml"
_PIPELINE = frozenset(("dvc.yaml", _LOCK, _PARAMETERS))
_RESULTS = frozenset(("metrics.json", "scores.json", "metrics.yaml"))
_PARTS = frozenset((_LIVE, "models", "model", "metrics", "plots", "reports", "logs", "notebooks"))


class Dvc:
    """The layout of a workspace of DVC's in which an experiment was run."""

    name = "dvc"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a pipeline's parameters lie beside what DVCLive or the pipeline wrote."""
        if _LIVE in entries.folders:
            return not _PIPELINE.isdisjoint(entries.files)
        return _LOCK in entries.files and not _RESULTS.isdisjoint(entries.files)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the experiment ended, as far as a log says."""
        found = end_by_logs(run_dir, filter(is_log_name, entries.files), TRAINED)
        return found | begun_with(entries, entries.files & (_PIPELINE | _RESULTS))

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the parameters of the pipeline, or those that DVCLive logged."""
        if _PARAMETERS in entries.files:
            return yaml_file(run_dir, _PARAMETERS)
        return yaml_file(run_dir, f"{_LIVE}/{_PARAMETERS}") if _LIVE in entries.folders else {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the parameters and the logs."""
        return [*(entries.files & _PIPELINE), *filter(is_log_name, entries.files)]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder holds sources, data or results of the workspace."""
        return folder in _PARTS or folder.lower() in FOLDERS_OF_SOURCES
