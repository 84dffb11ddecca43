"""Runs of Hydra: a directory with ``.hydra/``, in which its configuration and overrides lie.

Source: hydra/core/utils.py (``run_job``), and hydra_plugins/hydra_submitit_launcher. How a job ended is
recorded nowhere, unless that launcher ran it: then its result lies in ``.submitit/JOB/`` beside the runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import DERIVED_KEY, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import first_written, iso_time, read_text
from runtui.layouts.launcher_errors import error_of_job
from runtui.layouts.log_evidence import TRAINED, end_by_logs, first_stamp, last_stamp, local_time
from runtui.layouts.submitit import job_metadata
from runtui.logs.read.launcher_output import HYDRA_FOLDER, launcher_job
from runtui.logs.read.log_files import is_log_name
from runtui.store.status import UNKNOWN_STATUS, RunStatus
from runtui.store.timestamps import parse_timestamp

_FOLDER = HYDRA_FOLDER
_CONFIG, _OVERRIDES, _OWN = (f"{_FOLDER}/{name}.yaml" for name in ("config", "overrides", "hydra"))
_OF_JOB = ("result.pkl", "log.out", "log.err")
"""Ends of the names of what the launcher's job leaves, which has a single task."""

_LOGGERS = frozenset(("wandb", "lightning_logs", "tensorboard", "csv", "csv_logs"))
"""Folders in which loggers write of the same run."""

_OVERRIDE = re.compile(r"- (?:'([^']*)'|([\w+~./].*))")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[/_](\d\d)-(\d\d)-(\d\d)(?:-\d+)?(?P<job>/[^/]+)?$")


class Hydra:
    """The layout of Hydra's runs."""

    name = "hydra"

    def recognises(self, entries: Entries) -> bool:
        """Return whether Hydra ran in a directory."""
        return _FOLDER in entries.folders

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return the overrides as the description, when the run began, and how it ended as far as known."""
        found = _by_launcher(run_dir)
        if found.get("status", UNKNOWN_STATUS) == UNKNOWN_STATUS:
            found |= end_by_logs(run_dir, filter(is_log_name, entries.files), TRAINED)
            log = found.get(DERIVED_KEY)
            if log and "completed_at" in found and (stamp := last_stamp(os.path.join(run_dir, log))):
                found["completed_at"] = stamp
        moment = _MOMENT.search(run_dir)
        created = local_time("".join(moment.groups()[:6])) if moment else None
        if created is not None and moment and moment["job"]:
            created = _begun_in_sweep(run_dir, entries, found, created)
        if created is None and (written := first_written(run_dir, (_CONFIG, _OVERRIDES, _OWN))) is not None:
            created = iso_time(written)
        if created is not None:
            found |= {"created_at": created, "started_at": created}
        overrides = _overrides(run_dir)
        if found["status"] == UNKNOWN_STATUS and (error := error_of_job(run_dir, overrides)):
            found |= {"status": RunStatus.FAILED.value, DERIVED_KEY: error.log, "reason": error.line}
        if overrides:
            found |= {"description": " ".join(overrides), "overrides": overrides}
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the configuration, with references to its own values replaced."""
        return yaml_file(run_dir, _CONFIG, has_references=True)

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the configuration, the logs, and what a job of the launcher left beside the run."""
        known = launcher_job(entries.path)
        of_job = [] if known is None else [known[1], *(f"{known[1]}/{known[0]}_0_{end}" for end in _OF_JOB)]
        return (_CONFIG, _OVERRIDES, _OWN, *filter(is_log_name, entries.files), *of_job)

    def is_part(self, folder: str) -> bool:
        """Return whether a logger writes of the same run there."""
        return folder in _LOGGERS


def _begun_in_sweep(run_dir: str, entries: Entries, found: Mapping[str, Any], swept: str) -> str:
    """Return when a job of a sweep began: folders are called after the time at which the whole sweep did."""
    logs = sorted(filter(is_log_name, entries.files))
    begun = found.get("started_at") or next(
        (stamp for log in logs if (stamp := first_stamp(os.path.join(run_dir, log)))), None
    )
    return max(swept, begun or swept, key=lambda moment: parse_timestamp(moment) or 0.0)


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
    known = launcher_job(run_dir)
    if known is None:
        return {}
    job, folder = known
    found = job_metadata(os.path.join(run_dir, folder), job)
    if found["status"] == RunStatus.INITIALISING:
        return {}  # nothing of the job is there
    if log := found.get(DERIVED_KEY):
        found[DERIVED_KEY] = os.path.join(folder, log)
    return found
