"""Versions of Lightning's loggers, ``version_N/``, and directories of TensorBoard's event files.

Source: lightning/pytorch/loggers (``hparams.yaml``, ``metrics.csv``) and TensorBoard's names of event files
(``events.out.tfevents.SECONDS.HOST…``). Neither records how a run ended.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from runtui.layouts.base import DERIVED_KEY, PROJECT, Entries
from runtui.layouts.config_files import yaml_file
from runtui.layouts.evidence import QUIET_AFTER, first_written, iso_time, last_written
from runtui.layouts.log_evidence import TRAINED, age_of, end_by_logs, newest_of
from runtui.logs.read.log_files import is_log_name
from runtui.store.status import UNKNOWN_STATUS, RunStatus

PROGRESS = "progress.csv"
"""The table of a run that has no other name for its metrics."""

_PARAMETERS, _METRICS, _CHECKPOINTS = "hparams.yaml", "metrics.csv", "checkpoints"
_MOMENT = 2.0  # seconds in which a copy of a run's files is made
_SETTLED = 60.0  # seconds after which a run that goes on has written again
_MOST_LISTED = 50  # entries of a folder
_TABLES = frozenset((_METRICS, PROGRESS))
_VERSION = re.compile(r"version_\d+")
_EVENTS = "events.out.tfevents."
_KERAS_FOLDERS = ("train", "validation", "val", "valid", "test", "eval", "evaluation")
"""Names of folders with event files that Keras and estimators make for each part of the data."""

_PARTS = re.compile(
    rf"{'|'.join(_KERAS_FOLDERS)}|plugins|checkpoints?|ckpts?|weights|images|media|videos?|\d{{10}}[\d.]*",
    re.IGNORECASE,
)
_EVENT_NAME = re.compile(r"events\.out\.tfevents\.(\d{10})\.([\w.-]+?)(?:\.\d+){0,2}(?:\.v2)?")


class TensorBoard:
    """The layout of directories with event files and nothing else that tells of a run."""

    name = "tensorboard"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has event files, or folders for training and validation have them."""
        if PROGRESS in entries.files:
            return False  # of a library that has a layout of its own
        return has_events(entries) or bool(_parts_with_events(entries))

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return when and where the run began, how it ended by a log, or whether it is still written."""
        written = {name for name in entries.files if name in _TABLES or name.startswith(_EVENTS)}
        written.update(_parts_with_events(entries))
        found = end_by_logs(run_dir, self.logs(entries), TRAINED)
        newest = newest_of(run_dir, written)
        has_ended = found["status"] != UNKNOWN_STATUS
        if not has_ended and newest is not None and _is_written(run_dir, newest, entries):
            found = {"status": RunStatus.RUNNING.value, DERIVED_KEY: newest}
        events = [match for path in written if (match := _EVENT_NAME.fullmatch(os.path.basename(path)))]
        if events:
            first = min(events, key=lambda event: event[1])
            began: float | None = float(first[1])
            found["hostname"] = first[2]
        else:
            began = first_written(run_dir, written | (entries.files & {_PARAMETERS}))
        if began is not None:
            found["created_at"] = found["started_at"] = iso_time(began)
        return found

    def logs(self, entries: Entries) -> list[str]:
        """Return the names of the logs that may tell how a run ended."""
        return [name for name in entries.files if is_log_name(name)]

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's hyperparameters, without what has another program's tag."""
        return yaml_file(run_dir, _PARAMETERS) if _PARAMETERS in entries.files else {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return what the loggers write."""
        own = [
            name
            for name in entries.files
            if name == _PARAMETERS or name in _TABLES or name.startswith(_EVENTS)
        ]
        return [*own, *self.logs(entries), *_parts_with_events(entries)]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder has more of the same run by its name."""
        return _PARTS.fullmatch(folder) is not None


class Lightning(TensorBoard):
    """The layout of Lightning's versions."""

    name = "lightning"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a version's, by its hyperparameters or its name."""
        files = entries.files
        if _PARAMETERS in files:
            # Beside sources they are those of the next training.
            has_sources = not PROJECT.isdisjoint(entries.names) or "train.py" in files
            return not has_sources or bool(_VERSION.fullmatch(entries.directory))
        has_values = _METRICS in files or _CHECKPOINTS in entries.folders or super().recognises(entries)
        return has_values and bool(_VERSION.fullmatch(entries.directory))

    def is_part(self, folder: str) -> bool:
        """Return True: folders are checkpoints and further event files of the same run."""
        return True


def _is_written(run_dir: str, newest: str, entries: Entries) -> bool:
    """Return whether a run is still written, by the newest of its tables and event files.

    In a copy all files are new. There the last event is much older than its file, or, where there is none,
    all of the files, even those that are written at the beginning, are of the same moment.
    """
    age = age_of(run_dir, newest)
    if age >= QUIET_AFTER:
        return False
    events = [name for name in entries.files if name.startswith(_EVENTS)]
    if events:
        from runtui.formats.tables.event_file import last_event_time  # only for event files of a live run

        last = last_event_time(os.path.join(run_dir, max(events)))
        if last is not None:
            return time.time() - age - last < QUIET_AFTER
    first, last = first_written(run_dir, entries.files), last_written(run_dir, entries.files)
    is_of_a_moment = first is not None and last is not None and last - first < _MOMENT
    return len(entries.files) == 1 or not is_of_a_moment or age < _SETTLED


def has_events(entries: Entries) -> bool:
    """Return whether a directory has event files."""
    return any(name.startswith(_EVENTS) for name in entries.files)


def _parts_with_events(entries: Entries) -> list[str]:
    """Return the event files in the folders for training and validation of a directory that has both.

    Such folders are listed only where there is no other file, for those of data are called so, too.
    """
    folders = [name for name in _KERAS_FOLDERS if name in entries.folders]
    if len(folders) < 2 or "train" not in folders or entries.files or not entries.path:
        return []
    found = []
    for folder in folders:
        try:
            with os.scandir(os.path.join(entries.path, folder)) as listing:
                names = [entry.name for entry in islice(listing, _MOST_LISTED)]
        except OSError:
            continue
        found += [f"{folder}/{name}" for name in names if name.startswith(_EVENTS)]
    return found if len({path.partition("/")[0] for path in found}) > 1 else []
