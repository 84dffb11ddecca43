"""The names of the runs below a directory, without reading them."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from typing import NamedTuple

from runtui.layouts.registry import DirectoryKind, examine, folders_to_look_into, is_beside_runs
from runtui.layouts.run_tree import MOST_LOOKS, RunTree
from runtui.store.paths import METADATA_FILE, TRASH_DIR
from runtui.store.record import RecordState, RunRecord
from runtui.text.sanitize import safe_text


def run_names_below(base: str, known: Collection[str] = (), most_looks: int = 300) -> list[str]:
    """Return the names of the runs below a directory, those in folders as paths from it.

    Args:
        base: The directory.
        known: Names that are known to be runs and to hold none, into which nobody needs to look.
        most_looks: How many directories are looked into, and how many folders are listed; what is not looked
            into counts as a run.

    Raises:
        OSError: The directory cannot be listed.
    """
    return _looked_through(RunTree(base, most_looks=most_looks), base, known, most_looks)


class FoldersBelow(NamedTuple):
    """The folders below a directory in which runs lie or may lie.

    Attributes:
        paths: Their paths from it.
        problem: What was not looked into, in one line that is safe to show, or ``""``.
    """

    paths: list[str]
    problem: str


def folders_below(base: str, only: Sequence[str] = (), most_looks: int = MOST_LOOKS) -> FoldersBelow:
    """Return the folders below a directory in which runs lie or may lie, found as the runs themselves are.

    Args:
        base: The directory.
        only: The only entries of the directory that count; none for all.
        most_looks: How many folders are listed in search of runs.

    Raises:
        OSError: The directory cannot be listed.
    """
    tree = RunTree(base, only, most_looks)
    _looked_through(tree, base, (), math.inf)
    return FoldersBelow(tree.folders, tree.problem)


def _looked_through(tree: RunTree, base: str, known: Collection[str], most_looks: float) -> list[str]:
    """Look into the directories of a tree, and return the names of its runs."""
    found: list[str] = []
    looks_left = most_looks
    names = tree.names()
    while names:
        for name in names:
            is_looked_at = name not in known and looks_left > 0
            looks_left -= is_looked_at
            if tree.take(_glanced_at(base, name) if is_looked_at else _run(name)):
                found.append(name)
        names = tree.unread()
    return found


def _run(name: str) -> RunRecord:
    return RunRecord(name, safe_text(name), state=RecordState.READ)


def _glanced_at(base: str, name: str) -> RunRecord:
    """Return a row that tells only whether a directory is a run, by which layout, and may hold runs."""
    run, path = _run(name), os.path.join(base, name)
    if os.path.lexists(os.path.join(path, METADATA_FILE)):
        # Runs were moved out of it; whether others still lie there only its record tells.
        return run._replace(may_hold_runs=os.path.lexists(os.path.join(path, TRASH_DIR)))
    try:
        examined = examine(path)
    except OSError:
        state = RecordState.BROKEN if os.path.exists(path) else RecordState.DANGLING
        return run._replace(state=state)
    is_empty = examined.layout is None and not examined.entries.names
    is_empty = is_empty and ("/" in name or not is_beside_runs(base))
    if examined.kind is DirectoryKind.OTHER or is_empty:
        return run._replace(state=RecordState.OTHER)
    if examined.layout is None:
        return run
    may_hold_runs = bool(folders_to_look_into(examined))
    return run._replace(layout=examined.layout.name, may_hold_runs=may_hold_runs)
