"""Run ids and the directories of their runs: a run keeps its id when its directory is renamed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache

from runtui.store.errors import InvalidRunIdError, MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.paths import check_run_id
from runtui.store.run_listing import all_run_names

MOST_READ = 20_000
"""Runs of a directory up to which all are read to find one that was renamed."""


_INDISTINCT = 2_000_000_000  # nanoseconds in which a directory may change twice at what seems one moment


def directory_of(base: str, run_id: str) -> str | None:
    """Return the name of the directory whose run has an id, or None where there is none.

    That is the directory of that name, unless its metadata says that it is another run and one of another
    name says that it is this one. Only where it is missing the others are read.

    Args:
        base: The runs directory.
        run_id: The id.
    """
    try:
        named = check_run_id(run_id)
    except InvalidRunIdError:
        named = ""
    is_there = bool(named) and os.path.isdir(os.path.join(base, named))
    if is_there and recorded_id(os.path.join(base, named)) in ("", run_id):
        return named
    renamed = renamed_runs(base).get(run_id)
    if renamed:
        return renamed[0]
    return named if is_there else None


def recorded_id(run_dir: str) -> str:
    """Return the run id in the metadata of the run in `run_dir`, or ``""`` where none can be read."""
    try:
        found = read_metadata(run_dir, attempts=1).get("run_id")
    except MetadataError:
        return ""
    return found if isinstance(found, str) else ""


def renamed_runs(base: str) -> Mapping[str, Sequence[str]]:
    """Return the directories that are not called by the id of their run, by that id, sorted.

    All runs are read for that, once for each state of the directory; of more than `MOST_READ` none is.
    """
    try:
        state = os.stat(base).st_mtime_ns
    except OSError:
        return {}
    if abs(time.time_ns() - state) < _INDISTINCT:
        return _read_all(os.path.abspath(base))
    return _read_once(os.path.abspath(base), state)


@lru_cache(maxsize=4)
def _read_once(base: str, _state: int) -> Mapping[str, Sequence[str]]:
    return _read_all(base)


def _read_all(base: str) -> Mapping[str, Sequence[str]]:
    try:
        names = all_run_names(base)
    except OSError:
        return {}
    found: dict[str, list[str]] = {}
    for name in sorted(names) if len(names) <= MOST_READ else ():
        run_id = recorded_id(os.path.join(base, name))
        if run_id not in ("", name):
            found.setdefault(run_id, []).append(name)
    return found
