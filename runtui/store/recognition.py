"""Recognition of runtui's own directories: those of other programs are never written to, moved or emptied."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import Any

from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.paths import INDEX_FILE
from runtui.store.run_listing import run_entries

_OTHER_KEYS = ("created_at", "tags", "checkpoints", "parent_run_id", "started_at", "description")


def is_run_metadata(metadata: Mapping[str, Any]) -> bool:
    """Return whether a ``metadata.json`` is a run's: other programs use that name for other things."""
    if isinstance(metadata.get("run_id"), str):
        return True
    return isinstance(metadata.get("status"), str) and any(key in metadata for key in _OTHER_KEYS)


def is_runs_directory(base: str) -> bool:
    """Return whether `base` is known to hold runs: by its index, or by a run whose metadata can be read.

    Another program's directory may hold directories, and a ``.trash`` of its own. Whoever creates a run in it
    makes it a runs directory.

    Raises:
        OSError: It cannot be listed.
    """
    try:
        if stat.S_ISREG(os.lstat(os.path.join(base, INDEX_FILE)).st_mode):
            return True
    except OSError:
        pass
    return any(_is_run(os.path.join(base, entry.name)) for entry in run_entries(base))


def _is_run(run_dir: str) -> bool:
    try:
        return is_run_metadata(read_metadata(run_dir, attempts=1))
    except MetadataError:
        return False
