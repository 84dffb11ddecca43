"""The result files of a run, and the kind of viewer for each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum

from runtui.formats.tables.registry import may_be_table
from runtui.store.paths import RESULTS_DIR
from runtui.store.run_listing import files_below
from runtui.text.sanitize import safe_text

_PICTURES = (".png", ".jpg", ".jpeg")
_MOST_ENTRIES = 5000
_DEEPEST = 6  # levels of folders


class ViewerKind(Enum):
    """Kinds of viewers, by a file's name; the value is what a user reads."""

    TABLE = "table"
    PICTURE = "picture"
    OTHER = "file"


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file below ``results/``: its path below the run, kind, bytes, and when it was last written."""

    name: str
    kind: ViewerKind
    size: int
    modified: float


def find_results(run_dir: str, problems: list[str] | None = None) -> list[ResultFile]:
    """Return a run's results in the order of their paths; links below ``results/`` are not followed.

    Of a run with very many, the first 5,000 entries are looked at, six folders deep.

    Args:
        run_dir: The run's directory.
        problems: Takes what could not be looked at, in lines that are safe to show.
    """
    links: list[str] = []
    found = [
        ResultFile(path, kind_of(path), status.st_size, status.st_mtime)
        for path, status, _target in files_below(
            run_dir, RESULTS_DIR, _MOST_ENTRIES, _DEEPEST, problems=problems, links=links
        )
    ]
    if problems is not None:
        # A link to a folder may lead to tables, too.
        passed_over = (path for path in links if may_be_table(path) or "." not in os.path.basename(path))
        problems += [f"{safe_text(path, 200)} is a link, which is not followed" for path in passed_over]
    return sorted(found, key=lambda file: file.name)


def kind_of(name: str) -> ViewerKind:
    """Return the kind of viewer for a file, by its name."""
    if may_be_table(name):
        return ViewerKind.TABLE
    return ViewerKind.PICTURE if name.lower().endswith(_PICTURES) else ViewerKind.OTHER
