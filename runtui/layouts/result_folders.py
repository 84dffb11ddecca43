"""Directories of results that nothing else tells of: ``NAME/metrics.json``, or plots under a moment's name.

Scripts that train or evaluate several models often keep no more of each than this.
"""

from __future__ import annotations

import re

from runtui.layouts.base import FOLDERS_OF_SOURCES, Entries
from runtui.text.lazy_pattern import LazyPattern

_METRICS = "metrics.json"
_NUMBERS = LazyPattern(
    r"(?:\w+_)?metrics\.json|(?:(?:test|eval|all)_)?results?\.json|(?:training_)?history\.json|summary\.json"
)
"""Names of files with the numbers that a run came to."""

_MOST_NUMBERS = 3  # files with numbers of one run, as of its parts of the data

_BESIDE = LazyPattern(
    r".*\.(?:json|jsonl|csv|tsv|txt|npy|npz|pkl|pickle|h5|pth?|parquet|png|jpe?g|svg|pdf|eps|gif|gz)"
    r"|(?!readme|license)(?:[^.]*|.*\.md)|\.DS_Store",
    re.IGNORECASE,
)
"""Names of files that programs write and that no project has as its sources."""

_PLOT = LazyPattern(r".*\.(?:png|pdf|svg|eps)")
_MOMENT = re.compile(
    r"(?:19|20)\d\d(?:([-_.]?)\d\d){2}[-_T. ]{0,2}\d\d[-_:.h]?\d\d(?:[-_:.m]?\d\d)?|\d{14}", re.ASCII
)
"""Names that a script gives to the directory of each of its runs."""

_OF_A_PROJECT = FOLDERS_OF_SOURCES.union(
    ("results", "result", "output", "outputs", "report", "reports", "metrics", "logs", "log", "public"),
    ("static", "artifacts", "artifact", "models", "model", "checkpoints", "runs", "experiments", "figures"),
    ("figs", "plots", "images", "img", "summary", "analysis", "evaluation", "eval", "dvclive", "dashboard"),
    ("app", "web", "api", "fixtures", "examples", "example", "history", "cache", "saved", "final", "stats"),
)
"""Names of folders of which a project has one, so that they name no run."""


def is_result_folder(entries: Entries) -> bool:
    """Return whether a directory with a name of its own has nothing but what a run came to.

    Args:
        entries: The names in the directory.
    """
    name = entries.directory.lower()
    if not name or name in _OF_A_PROJECT or name.startswith((".", "_")):
        return False
    if not entries.files or not all(map(_BESIDE.fullmatch, entries.files)):
        return False
    if _METRICS in entries.files:
        return True
    if entries.folders:
        return False
    if _MOMENT.fullmatch(name) is not None and any(map(_PLOT.fullmatch, entries.files)):
        return True
    # A file for each of several models is a summary of their runs.
    return 0 < len(list(filter(_NUMBERS.fullmatch, entries.files))) <= _MOST_NUMBERS
