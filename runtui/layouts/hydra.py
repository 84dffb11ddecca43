"""Runs of Hydra: a directory with ``.hydra/``, in which its configuration and overrides lie.

Source: hydra/core/utils.py (``run_job``), and hydra_plugins/hydra_submitit_launcher. How a job ended is
recorded nowhere, unless that launcher ran it: then its result lies in ``.submitit/JOB/`` beside the runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import first_written, iso_time, read_text
from runtui.layouts.log_evidence import end_by_logs, local_time
from runtui.layouts.pickled_result import result_metadata
from runtui.layouts.submitit import FOLDER, SLURM_ID
from runtui.logs.read.log_files import is_log_name

_FOLDER = ".hydra"
_CONFIG, _OVERRIDES, _OWN = (f"{_FOLDER}/{name}.yaml" for name in ("config", "overrides", "hydra"))
_LOGGERS = frozenset(("wandb", "lightning_logs", "tensorboard", "csv", "csv_logs"))
"""Folders in which loggers write of the same run."""

_OVERRIDE = re.compile(r"- (?:'([^']*)'|([\w+~./].*))")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[/_](\d\d)-(\d\d)-(\d\d)(?:-\d+)?(?:/[^/]+)?$")
_JOB_ID = re.compile(r"^  job:\n(?:    .*\n)*?    id: ['\"]?([\w.-]+)['\"]?$", re.MULTILINE)
_DONE = re.compile(
    rb"execution time|`Trainer\.fit` stopped|Job completed successfully"
    rb"|[Tt]raining (?:is )?(?:done|finished|complete)"
)


class Hydra:
    """The layout of Hydra's runs."""

    name = "hydra"

    def recognises(self, entries: Entries) -> bool:
        """Return whether Hydra ran in a directory."""
        return _FOLDER in entries.folders

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return the overrides as the description, when the run began, and how it ended as far as known."""
        found = _by_launcher(run_dir) or end_by_logs(run_dir, filter(is_log_name, entries.files), _DONE)
        moment = _MOMENT.search(run_dir)
        created = local_time("".join(moment.groups())) if moment else None
        if created is None and (written := first_written(run_dir, (_CONFIG, _OVERRIDES, _OWN))) is not None:
            created = iso_time(written)
        if created is not None:
            found |= {"created_at": created, "started_at": created}
        overrides = _overrides(run_dir)
        if overrides:
            found |= {"description": " ".join(overrides), "overrides": overrides}
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the configuration, with references to its own values replaced."""
        return yaml_file(run_dir, _CONFIG, has_references=True)

    def evidence(self, entries: Entries) -> None:
        """Return None: of how a run ended, files beside it may tell."""
        return

    def is_part(self, folder: str) -> bool:
        """Return whether a logger writes of the same run there."""
        return folder in _LOGGERS


def _overrides(run_dir: str) -> list[str]:
    text = read_text(run_dir, _OVERRIDES) or ""
    found = []
    for line in text.splitlines():
        plain = _OVERRIDE.fullmatch(line)
        if plain is None:
            if line.strip() in ("", "[]"):
                continue
            listed = yaml_file(run_dir, _OVERRIDES).get("list")
            return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
        found.append(plain[1] if plain[2] is None else plain[2])
    return found


def _by_launcher(run_dir: str) -> dict[str, Any]:
    """Return the metadata of a run that the launcher for submitit ran; nothing of others."""
    beside = os.path.join(os.path.dirname(run_dir), FOLDER)
    if not os.path.isdir(beside):
        return {}
    job = _JOB_ID.search(read_text(run_dir, _OWN) or "")
    if job is None:
        return {}
    folder, path = os.path.join(beside, job[1]), f"{FOLDER}/{job[1]}"
    found = result_metadata(os.path.join(folder, f"{job[1]}_0_result.pkl"))
    if not found:
        logs = (f"{job[1]}_0_log.{ending}" for ending in ("err", "out"))
        found = end_by_logs(folder, logs)
        if found.get(DERIVED_KEY):
            found[DERIVED_KEY] = f"{path}/{found[DERIVED_KEY]}"
    if os.path.exists(os.path.join(folder, f"{job[1]}_submission.sh")) or SLURM_ID.fullmatch(job[1]):
        found["slurm_job_id"] = job[1]
    return found
