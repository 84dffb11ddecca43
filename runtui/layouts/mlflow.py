"""Runs of MLflow's file store: ``mlruns/EXPERIMENT/RUN/meta.yaml`` with a file for each parameter and tag.

Source: mlflow/store/tracking/file_store.py. Experiments have a ``meta.yaml`` and ``tags``, too, and so have
logged models, whose directories are called ``m-…``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runtui.formats.config.base import scalar
from runtui.layouts.base import Entries, entries_of
from runtui.layouts.config_files import flat_yaml
from runtui.layouts.evidence import iso_time, read_text
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_RECORD = "meta.yaml"
_FOLDERS = frozenset(("params", "metrics", "artifacts"))
_PARTS = frozenset((*_FOLDERS, "tags", "inputs", "outputs"))
_MODEL = re.compile(r"m-[0-9a-f]{32}")
_EXPERIMENT = re.compile(r"\d{1,20}", re.ASCII)  # runs have 32 hexadecimal digits
_STATUSES = {
    **dict.fromkeys((1, "RUNNING"), RunStatus.RUNNING.value),
    **dict.fromkeys((2, "SCHEDULED"), RunStatus.INITIALISING.value),
    **dict.fromkeys((3, "FINISHED"), RunStatus.COMPLETED.value),
    **dict.fromkeys((4, "FAILED"), RunStatus.FAILED.value),
    **dict.fromkeys((5, "KILLED"), RunStatus.FAILED.value),
}
_KILLED = (5, "KILLED")
_OWN_TAG = "mlflow."
_LONGEST_VALUE = 16 * 1024  # bytes
_MOST_TAGS = 20  # tags of a run
_MOST_PARAMETERS = 2000  # files of a folder
_DEEPEST = 8  # folders, which the slashes in a name make


class MLflow:
    """The layout of MLflow's runs."""

    name = "mlflow"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a run's."""
        if _RECORD not in entries.files or _MODEL.fullmatch(entries.directory):
            return False
        # Git keeps no empty folders; an experiment has nothing but tags and runs, and a number for its name.
        folders = entries.folders
        has_tags_alone = (
            "tags" in folders and folders <= _PARTS and not _EXPERIMENT.fullmatch(entries.directory)
        )
        return not _FOLDERS.isdisjoint(folders) or has_tags_alone

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the run's record says, with its name, its tags, and the run that it belongs to."""
        record = flat_yaml(read_text(run_dir, _RECORD) or "")
        status = record.get("status")
        status = status if isinstance(status, (int, str)) else None
        known = _STATUSES.get(status)
        found: dict[str, Any] = {"status": known or (str(status) if status is not None else UNKNOWN_STATUS)}
        if status in _KILLED:
            found["reason"] = "killed"
        for key, moment in (("started_at", "start_time"), ("completed_at", "end_time")):
            milliseconds = record.get(moment)
            if isinstance(milliseconds, (int, float)) and milliseconds > 0:
                found[key] = iso_time(milliseconds / 1000)
        found["created_at"] = found.get("started_at")
        found["user"] = record.get("user_id") or None
        tags = _tags_of(run_dir) if "tags" in entries.folders else {}
        found["description"] = record.get("run_name") or tags.pop("mlflow.runName", "")
        found["parent_run_id"] = tags.pop("mlflow.parentRunId", None)
        own = {name: value for name, value in tags.items() if not name.startswith(_OWN_TAG)}
        found["tags"] = [f"{name}={value}" if value else name for name, value in own.items()]
        if record.get("lifecycle_stage") == "deleted":
            found["tags"].append("deleted")
        return {key: value for key, value in found.items() if value is not None}

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's parameters by their names, blanks and slashes included."""
        folder = os.path.join(run_dir, "params")
        return {name: scalar(_value(folder, name)) for name in _names_below(folder, "", _MOST_PARAMETERS)}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the record, the tags, and the folders of parameters, which are never written again."""
        tags = [f"tags/{name}" for name in _wanted_tags(f"{entries.path}/tags")]
        return (_RECORD, "tags", *tags, *_folders_below(entries.path, "params"))

    def is_part(self, folder: str) -> bool:
        """Return True: nothing in a run's directory is another run."""
        return True


def _tags_of(run_dir: str) -> dict[str, str]:
    """Return the user's tags of a run, and those of MLflow's own that are wanted."""
    folder = os.path.join(run_dir, "tags")
    return {name: _value(folder, name) for name in _wanted_tags(folder)}


def _wanted_tags(folder: str) -> list[str]:
    names = list(_names_below(folder, "", _MOST_PARAMETERS))
    wanted = [name for name in names if name in ("mlflow.runName", "mlflow.parentRunId")]
    return wanted + [name for name in names if not name.startswith(_OWN_TAG)][:_MOST_TAGS]


def _folders_below(run_dir: str, folder: str, depth: int = 0) -> Iterator[str]:
    """Yield a folder and those in it, which the slashes in names make, as paths below a run."""
    yield folder
    try:
        entries = entries_of(f"{run_dir}/{folder}")
    except OSError:
        return
    if depth < _DEEPEST:
        for name in sorted(entries.folders - entries.links):
            yield from _folders_below(run_dir, f"{folder}/{name}", depth + 1)


def _names_below(folder: str, above: str, most: int, depth: int = 0) -> Iterator[str]:
    """Yield the names of the files below a folder, as paths from it."""
    try:
        entries = entries_of(os.path.join(folder, above))
    except OSError:
        return
    for name in sorted(entries.files)[:most]:
        yield f"{above}{name}"
    if depth < _DEEPEST:
        for name in sorted(entries.folders - entries.links):
            yield from _names_below(folder, f"{above}{name}/", most, depth + 1)


def _value(folder: str, name: str) -> str:
    return (read_text(folder, name, _LONGEST_VALUE) or "").strip()
