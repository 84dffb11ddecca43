"""Directories as users name them: a runs directory, or a directory that is itself a run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice
from typing import Any

from runtui.store.metadata import read_foreign_with
from runtui.store.paths import CURRENT_LINK, INDEX_FILE, METADATA_FILE

MOST_LOOKED_AT = 300
"""Listings after which a directory counts as one without runs."""

_FIRST_ENTRIES = 64
_FIRST_RUNS = 4

Opened = dict[str, tuple[str, ...]]
"""Runs directories, each with the names of the only runs that were named there; none for all of its runs."""


def opened(directories: Iterable[str]) -> Opened:
    """Return the runs directories to open for the directories that a user named.

    A directory that is itself a run is opened as that one run of the directory above. Costs at most four
    calls for a directory that has an index of runs, and a listing for others.

    Args:
        directories: The directories, which need not exist.
    """
    found: Opened = {}
    whole: set[str] = set()
    for directory in directories:
        path = os.path.abspath(directory)
        if (run := as_run(path)) is not None:
            above, name = run
            found[above] = (*found.get(above, ()), name)
        else:
            found.setdefault(path, ())
            whole.add(path)
    return {base: () if base in whole else tuple(dict.fromkeys(only)) for base, only in found.items()}


def read_foreign_runs() -> None:
    """Make `read_any_metadata` read runs of other programs, too."""
    read_foreign_with(_foreign_metadata)


def _foreign_metadata(run_dir: str) -> dict[str, Any] | None:
    from runtui.layouts.registry import foreign_metadata

    return foreign_metadata(run_dir)


def as_run(directory: str) -> tuple[str, str] | None:
    """Return the directory above and the name of a directory that is itself a run; None for others."""
    above, name = os.path.split(os.path.abspath(directory))
    return (above, name) if name and is_itself_a_run(directory) else None


def holds_runs(directory: str) -> bool:
    """Return whether a directory is a run or holds some, as far as `MOST_LOOKED_AT` listings tell."""
    from runtui.layouts.job_logs import job_logs
    from runtui.layouts.registry import DirectoryKind, examine, folders_to_look_into
    from runtui.layouts.run_outputs import outputs_of_runs
    from runtui.layouts.run_tree import DEEPEST

    if is_itself_a_run(directory):
        return True
    waiting = [(directory, 0)]
    for _look in range(MOST_LOOKED_AT):
        if not waiting:
            break
        here, depth = waiting.pop(0)
        try:
            examined = examine(here)
        except OSError:
            continue
        if examined.kind in (DirectoryKind.RECORDED, DirectoryKind.FOREIGN):
            return True
        files = examined.entries.files
        if job_logs(files, here) or (examined.kind is DirectoryKind.OTHER and outputs_of_runs(here, files)):
            return True
        if depth <= DEEPEST:
            below = sorted(set(folders_to_look_into(examined)) - examined.entries.links)
            waiting += [(os.path.join(here, name), depth + 1) for name in below]
    return False


def is_itself_a_run(directory: str) -> bool:
    """Return whether a directory is a run, and not a directory of runs."""
    if os.path.lexists(os.path.join(directory, METADATA_FILE)):
        return True
    if any(os.path.lexists(os.path.join(directory, name)) for name in (INDEX_FILE, CURRENT_LINK)):
        return False
    try:
        if _begins_with_runs(directory):
            return False
        from runtui.layouts.registry import DirectoryKind, examine

        return examine(directory).kind is DirectoryKind.FOREIGN
    except OSError:
        return False


def _begins_with_runs(directory: str) -> bool:
    """Return whether the first entries of a directory are folders alone, and runs with a record among them.

    Most directories of runs are quickly known by that, without the layouts of other programs.

    Raises:
        OSError: It cannot be listed.
    """
    with os.scandir(directory) as listing:
        first = list(islice(listing, _FIRST_ENTRIES))
    return all(entry.is_dir() and not entry.name.startswith(".") for entry in first) and any(
        os.path.lexists(os.path.join(entry.path, METADATA_FILE)) for entry in first[:_FIRST_RUNS]
    )
