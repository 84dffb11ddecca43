"""Parents and children of runs, known by the ids in their metadata whatever their directories are called."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.run_ids import directory_of


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


def ancestry_on_disk(base: str, name: str, metadata: Mapping[str, Any]) -> Ancestry:
    """Return the ancestors of a run whose metadata is given, reading theirs from the directory."""

    def parent_of(run: str) -> str | None:
        if run == name:
            found: object = metadata.get("parent_run_id")
        else:
            try:
                found = read_metadata(os.path.join(base, run), attempts=1).get("parent_run_id")
            except MetadataError:
                return None
        return found if isinstance(found, str) else None

    return ancestry(name, parent_of, lambda run_id: directory_of(base, run_id))
