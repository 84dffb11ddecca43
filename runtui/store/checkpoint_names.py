"""Names in a run's ``checkpoints/``: which are those of checkpoints, and how many there are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from runtui.store.errors import explain
from runtui.store.paths import CHECKPOINTS_DIR

CHECKPOINT_FILES = f"{CHECKPOINTS_DIR}/"
"""The key of `RunRecord.values` for `count_unlisted`. No program's own: with it the folder is looked at."""

UNFINISHED = re.compile(r"\.(?:tmp|temp|part|partial|incomplete|lock|swp)$|~$|^tmp[-_.]|[._-]tmp(?:[._-]|$)")
NOTES = re.compile(
    r"\.(?:txt|md|log|json|ya?ml|toml|csv|md5|sha\d+|sum|index|info|meta|png|pdf)$|^(?:latest|checkpoint|readme)$",
    re.IGNORECASE,
)
"""Names of files that lie beside checkpoints more often than they are one."""

_MOST_COUNTED = 10_000  # entries of the folder


def count_unlisted(run_dir: str, listed: Any) -> int | str:
    """Return how many checkpoints lie in a run's ``checkpoints/`` that its metadata does not list.

    The folder is listed, and no file in it is looked at.

    Args:
        run_dir: The run's directory.
        listed: What its metadata has as ``checkpoints``.

    Returns:
        The number, or why it is not known.
    """
    folder = f"{run_dir}/{CHECKPOINTS_DIR}"
    try:
        with os.scandir(folder) as listing:
            names = [entry.name for entry in islice(listing, _MOST_COUNTED) if entry.name[0] != "."]
    except FileNotFoundError:
        return f"{CHECKPOINTS_DIR}/ is a link to nothing" if os.path.islink(folder) else 0
    except OSError as error:
        return f"{CHECKPOINTS_DIR}/ cannot be read: {explain(error, with_path=False)}"
    if not names:
        return 0
    items = listed if isinstance(listed, list) else []
    known = {part for item in items for text in _texts(item) for part in text.split("/")}
    files = [name for name in names if name not in known and not UNFINISHED.search(name)]
    states = [name for name in files if not NOTES.search(name)]
    return len(states or ([] if items else files))


def _texts(item: object) -> Iterator[str]:
    if isinstance(item, dict):
        yield from (text for key in ("name", "path") if isinstance(text := item.get(key), str))
