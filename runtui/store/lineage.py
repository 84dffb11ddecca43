"""Parents and children of runs, known by the ids in their metadata whatever their directories are called."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.run_ids import directory_of

if TYPE_CHECKING:
    from runtui.store.record import RunRecord


RERUN_KEY = "rerun_of"
"""Key of the metadata of a run that runs another one again from the start, with none of its checkpoints."""


class Ancestry(NamedTuple):
    """The line of parents of a run, nearest first.

    Attributes:
        names: The directories of the ancestors that exist.
        missing: The run id at which the line breaks off because there is no such run, or None.
        is_cycle: Whether the line comes back to a run already in it; it is cut there.
        renamed: Of those whose directory is not called by the run id: the directory, and the id.
    """

    names: tuple[str, ...]
    missing: str | None = None
    is_cycle: bool = False
    renamed: tuple[tuple[str, str], ...] = ()


def ancestry(
    name: str, parent_of: Callable[[str], str | None], directory_of: Callable[[str], str | None]
) -> Ancestry:
    """Return the ancestors of the run `name`, at any depth, surviving cycles and missing parents.

    Args:
        name: The directory of the run to start from.
        parent_of: Function that returns the run id of the parent of a directory's run, or None.
        directory_of: Function that returns the directory of the run with an id, or None where there is none.
    """
    line: list[str] = []
    renamed: list[tuple[str, str]] = []
    seen = {name}
    parent = parent_of(name)
    while parent is not None:
        directory = directory_of(parent)
        if directory is None:
            return Ancestry(tuple(line), missing=parent, renamed=tuple(renamed))
        if directory in seen:
            return Ancestry(tuple(line), is_cycle=True, renamed=tuple(renamed))
        line.append(directory)
        if directory != parent:
            renamed.append((directory, parent))
        seen.add(directory)
        parent = parent_of(directory)
    return Ancestry(tuple(line), renamed=tuple(renamed))


class Family:
    """Known runs by their ids, whatever their directories are called.

    Args:
        runs: The runs.
    """

    def __init__(self, runs: Iterable[RunRecord]) -> None:
        self._runs = {run.name: run for run in runs}
        self._renamed: dict[str, str] = {}
        for name in sorted(name for name, run in self._runs.items() if run.recorded_id):
            self._renamed.setdefault(self._runs[name].recorded_id, name)

    def directory_of(self, run_id: str) -> str | None:
        """Return the directory of the run with an id, or None where there is none."""
        named = self._runs.get(run_id)
        if named is not None and not named.recorded_id:
            return run_id
        return self._renamed.get(run_id, None if named is None else run_id)

    def ancestry(self, name: str) -> Ancestry:
        """Return the ancestors of a run."""
        return ancestry(name, lambda run: self._runs[run].parent, self.directory_of)


def ancestry_on_disk(base: str, name: str, metadata: Mapping[str, Any]) -> Ancestry:
    """Return the ancestors of a run whose metadata is given, reading theirs from the directory."""
    return _line_on_disk(base, name, metadata, to_rerun=False)


def checkpoint_line(base: str, name: str, metadata: Mapping[str, Any]) -> Ancestry:
    """Return the ancestors whose checkpoints are a run's, too: none beyond one that ran from the start."""
    return _line_on_disk(base, name, metadata, to_rerun=True)


def _line_on_disk(base: str, name: str, metadata: Mapping[str, Any], *, to_rerun: bool) -> Ancestry:
    def parent_of(run: str) -> str | None:
        known = metadata
        if run != name:
            try:
                known = read_metadata(os.path.join(base, run), attempts=1)
            except MetadataError:
                return None
        found = known.get("parent_run_id")
        return found if isinstance(found, str) and not (to_rerun and known.get(RERUN_KEY)) else None

    return ancestry(name, parent_of, lambda run_id: directory_of(base, run_id))
