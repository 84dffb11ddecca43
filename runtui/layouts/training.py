"""Runs of libraries that train models and leave tables or logs of names of their own, and no record.

Stable-Baselines and OpenAI's logger write ``progress.csv``, its monitors ``monitor.csv``, Spinning Up
``progress.txt``, OpenMMLab ``YYYYMMDD_HHMMSS.log``, fairseq ``hydra_train.log``, Detectron2
``last_checkpoint`` beside ``metrics.json``; many scripts keep the arguments of a run in ``args.json``.
"""

from __future__ import annotations

import re

from runtui.layouts.base import FOLDERS_OF_SOURCES, PROJECT, Entries, entries_of
from runtui.layouts.lightning import PROGRESS, TensorBoard, has_events
from runtui.logs.read.log_files import is_log_name
from runtui.text.lazy_pattern import LazyPattern

_CERTAIN = LazyPattern(
    rf"{re.escape(PROGRESS)}|(?:\d{{1,4}}\.)?monitor\.csv|hydra_train\.log|\d{{8}}_\d{{6}}\.log(?:\.json)?"
)
"""Names of files of which one alone tells of a run."""

_ARGUMENTS = LazyPattern(
    r"(?:args|arguments|hparams|hyper_?params|hyper_?parameters|(?:train_)?opts?|options)\.(?:json|ya?ml|txt)"
)
_SETTINGS = LazyPattern(r"(?:config|params|parameters|settings)\.(?:json|ya?ml|toml)")
"""Names of the same that are no proof of a training."""

_LOG = LazyPattern(
    r"(?:train|training)\.(?:log|out)|(?:train|training)[_-]?log\.(?:log|txt|csv|out)"
    r"|log_?train(?:ing)?\.(?:txt|log|csv)|loss_log\.txt"
)
_TABLE = re.compile(r"(?:train|training)_?log\.csv|log_?train(?:ing)?\.csv")
"""Names of tables with a row for each epoch."""

_MODEL = LazyPattern(
    r".*\.(?:pth?|ckpt|keras|safetensors|pth\.tar|ckpt[-.].*)|(?:.*[_.-])?(?:model|weights)[\w.-]*\.(?:h5|hdf5|zip)"
)
"""Names of checkpoints of models, which a program that has a log has trained."""

_TOGETHER = (
    frozenset(("progress.txt", "config.json")),
    frozenset(("metrics.json", "last_checkpoint")),
    frozenset(("progress.txt", "variant.json")),
    frozenset(("cfg_args", "cameras.json")),
)
_SOURCE = LazyPattern(
    r".*\.(?:py|ipynb|m|jl|r|c|cc|cpp|cu|f|f90|rs|go|java|js|ts|tex|bib|html|sh|slurm|toml)", re.IGNORECASE
)
_FOLDERS_OF_LOGS = frozenset(("logs", "log"))
"""Names of folders in which a log or arguments alone may be of anything."""

_EVENT_FOLDERS = ("tensorboard", "tb", "tf", "tb_logs", "tblogs", "tf_logs", "events", "summary", "summaries")
"""Names of folders in which scripts keep the event files of a run."""

_PARTS = frozenset((
    "vis_data", "vis_image", "plots", "figures", "videos", "video", "images", "samples", "media", "weights",
    "checkpoints", "ckpt", "ckpts", "models", "point_cloud", "pyt_save", "tf1_save", "simple_save",
))  # fmt: skip
"""Names of folders in which these libraries keep more of the same run."""

_MOST_LISTED = 50  # entries of a folder


class Training(TensorBoard):
    """The layout of a trained model's run that only its logs or tables tell of."""

    name = "training"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory has a log or a table under such a name, and is no project's own."""
        files = entries.files
        if not PROJECT.isdisjoint(entries.names):
            return False
        if any(_CERTAIN.fullmatch(name) for name in files) or any(pair <= files for pair in _TOGETHER):
            return True
        name = entries.directory.lower()
        if name in FOLDERS_OF_SOURCES or any(map(_SOURCE.fullmatch, files)):
            return False
        has_arguments = any(map(_ARGUMENTS.fullmatch, files))
        has_settings = has_arguments or any(map(_SETTINGS.fullmatch, files))
        has_log = any(map(_LOG.fullmatch, files))
        if has_settings and (has_log or _events_folder(entries)):
            return True
        if name in _FOLDERS_OF_LOGS:
            return any(map(_TABLE.fullmatch, files))
        # The arguments alone are a run that has just begun; beside folders they may be those of a sweep.
        if has_log or (has_arguments and not entries.folders):
            return True
        has_model = not has_settings and any(map(_MODEL.fullmatch, files))
        return has_model and any(map(is_log_name, files))

    def logs(self, entries: Entries) -> list[str]:
        """Return the names of the logs that may tell how a run ended, without those that are tables."""
        logs = [name for name in entries.files if is_log_name(name) or _LOG.fullmatch(name)]
        return [name for name in logs if not name.endswith(".csv")]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder has more of the same run by its name."""
        return folder.lower() in _PARTS or folder in _EVENT_FOLDERS or super().is_part(folder)


def _events_folder(entries: Entries) -> str:
    """Return the name of the folder with the event files of a run; ``""`` where there is none."""
    for folder in _EVENT_FOLDERS:
        if folder in entries.folders and entries.path:
            try:
                found = entries_of(f"{entries.path}/{folder}", _MOST_LISTED)
            except OSError:
                continue
            if has_events(found):
                return folder
    return ""
