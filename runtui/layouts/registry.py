"""The layouts there are, and the rows of the runs that they recognise.

Another layout is a module with a `Layout`, and a row in `LAYOUTS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from runtui.layouts.base import Layout
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.paths import METADATA_FILE
from runtui.store.record import RecordState, RunRecord
from runtui.store.rows import edited_record, record_of
from runtui.store.values import find_values

LAYOUT_KEY = "layout"
"""The key of the metadata under which the name of a run's layout stands."""

LAYOUTS: dict[str, Callable[[], Layout]] = {}
"""Factory of each layout, by its name. Where several recognise a directory the first of them counts."""

_MOST_NAMES = 2000  # entries of a directory that are looked at


def layout_of(run_dir: str) -> Layout | None:
    """Return the layout of a directory, or None where none recognises it.

    Raises:
        OSError: The directory cannot be listed.
    """
    if not LAYOUTS:
        return None
    with os.scandir(run_dir) as listing:
        names = frozenset(entry.name for entry, _number in zip(listing, range(_MOST_NAMES), strict=False))
    if METADATA_FILE in names:
        return None  # the run has a record of its own, however broken
    return next((layout for make in LAYOUTS.values() if (layout := make()).recognises(names)), None)


def recognised(
    base: str, run: RunRecord, *, is_edited: bool = False, keys: frozenset[str] = frozenset()
) -> RunRecord:
    """Return a run without a record with the facts from its layout; others unchanged.

    Args:
        base: The runs directory.
        run: The run, as it was read.
        is_edited: Whether the run is known to have edits, which are then applied to the layout's metadata.
        keys: Keys of the metadata to fill `RunRecord.values` with.
    """
    if not LAYOUTS or run.state is RecordState.READ or run.stamp is not None:
        return run
    run_dir = f"{base}/{run.name}"
    try:
        layout = layout_of(run_dir)
        if layout is None:
            return run
        metadata = _metadata_of(layout, run_dir)
    except OSError:
        return run  # its row says why it cannot be read
    if is_edited:
        found, metadata = edited_record(base, run.name, metadata, None)
    else:
        found = record_of(run.name, metadata, None)
    if found.created is None:
        found = found._replace(created=run.created, created_is_guess=True)
    if keys:
        values, _missing = find_values(metadata, keys - {CHECKPOINT_FILES})
        if CHECKPOINT_FILES in keys:
            values[CHECKPOINT_FILES] = 0  # the layout has looked for them
        found = found._replace(values=values)
    return found


def _metadata_of(layout: Layout, run_dir: str) -> dict[str, Any]:
    metadata = {**layout.metadata(run_dir), LAYOUT_KEY: layout.name}
    if "checkpoints" not in metadata:
        paths = layout.checkpoints(run_dir)
        metadata["checkpoints"] = [{"name": os.path.basename(path), "path": path} for path in paths]
    return metadata
