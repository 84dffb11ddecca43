"""Runs of libraries that train models and leave tables or logs of names of their own, and no record.

Stable-Baselines and OpenAI's logger write ``progress.csv``, its monitors ``monitor.csv``, Spinning Up
``progress.txt``, OpenMMLab ``YYYYMMDD_HHMMSS.log``, fairseq ``hydra_train.log``, Detectron2
``last_checkpoint`` beside ``metrics.json``; many scripts keep the arguments of a run in ``args.json``.
"""

from __future__ import annotations

import re

from runtui.layouts.base import FOLDERS_OF_SOURCES, PROJECT, Entries
from runtui.layouts.lightning import PROGRESS, TensorBoard
from runtui.logs.read.log_files import is_log_name
from runtui.text.lazy_pattern import LazyPattern

_CERTAIN = LazyPattern(
    rf"{re.escape(PROGRESS)}|(?:\d{{1,4}}\.)?monitor\.csv|hydra_train\.log|\d{{8}}_\d{{6}}\.log(?:\.json)?"
)
"""Names of files of which one alone tells of a run."""

_ARGUMENTS = re.compile(r"(?:args|arguments|hparams|hyper_?params|hyper_?parameters)\.(?:json|ya?ml)")
_LOG = re.compile(r"(?:train|training)(?:[_-]?log)?\.(?:log|txt|csv|out)|log_?train(?:ing)?\.(?:txt|log|csv)")
_TOGETHER = (
    frozenset(("progress.txt", "config.json")),
    frozenset(("metrics.json", "last_checkpoint")),
    frozenset(("progress.txt", "variant.json")),
)
_SOURCE = LazyPattern(
    r".*\.(?:py|ipynb|m|jl|r|c|cc|cpp|cu|f|f90|rs|go|java|js|ts|tex|bib|html|sh|slurm|toml)", re.IGNORECASE
)
_NEVER_BY_A_LOG = FOLDERS_OF_SOURCES | {"logs", "log"}
"""Names of folders in which a log or arguments may be of anything."""

_PARTS = frozenset((
    "vis_data", "vis_image", "plots", "figures", "videos", "video", "images", "samples", "media", "weights",
    "checkpoints", "ckpt", "ckpts", "models", "pyt_save", "tf1_save", "simple_save", "tensorboard", "tb",
))  # fmt: skip
"""Names of folders in which these libraries keep more of the same run."""


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
        if entries.directory.lower() in _NEVER_BY_A_LOG or any(_SOURCE.fullmatch(name) for name in files):
            return False
        # The arguments alone are a run that has just begun; beside folders they may be those of a sweep.
        if any(_LOG.fullmatch(name) for name in files):
            return True
        return not entries.folders and any(_ARGUMENTS.fullmatch(name) for name in files)

    def logs(self, entries: Entries) -> list[str]:
        """Return the names of the logs that may tell how a run ended, without those that are tables."""
        logs = [name for name in entries.files if is_log_name(name) or _LOG.fullmatch(name)]
        return [name for name in logs if not name.endswith(".csv")]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder has more of the same run by its name."""
        return folder.lower() in _PARTS or super().is_part(folder)
