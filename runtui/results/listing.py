"""The files that a run has computed: which there are, and what each can be shown as."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum

from runtui.results.layout import may_be_table
from runtui.store.paths import RESULTS_DIR

_PICTURES = (".png", ".jpg", ".jpeg")
_MOST_ENTRIES = 5000
_DEEPEST = 6


class Kind(Enum):
    """What a file can be shown as, by its name; the value is what a user reads."""

    TABLE = "table"
    PICTURE = "picture"
    OTHER = "file"


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file below ``results/``: its path below the run, kind, bytes, and when it was last written."""

    name: str
    kind: Kind
    size: int
    modified: float


def find_results(run_dir: str) -> list[ResultFile]:
    """Return a run's results in the order of their paths; links are not followed.

    Of a run with very many, the first 5,000 entries are looked at, six folders deep.
    """
    found: list[ResultFile] = []
    waiting = [(RESULTS_DIR, 0)]
    seen = 0
    while waiting and seen < _MOST_ENTRIES:
        folder, depth = waiting.pop(0)
        try:
            with os.scandir(os.path.join(run_dir, folder)) as listing:
                for entry in listing:
                    seen += 1
                    if seen > _MOST_ENTRIES:
                        break
                    path = os.path.join(folder, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        if depth < _DEEPEST and not entry.name.startswith("."):
                            waiting.append((path, depth + 1))
                    elif entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found.append(ResultFile(path, kind_of(path), status.st_size, status.st_mtime))
        except OSError:
            continue
    return sorted(found, key=lambda file: file.name)


def kind_of(name: str) -> Kind:
    """Return what a file can be shown as, by its name."""
    if may_be_table(name):
        return Kind.TABLE
    return Kind.PICTURE if name.lower().endswith(_PICTURES) else Kind.OTHER
