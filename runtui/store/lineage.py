"""Parents, children, and where along the line a run's checkpoints lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from runtui.store.errors import InvalidRunIdError, OutsideRunError
from runtui.store.metadata import MetadataError, read_metadata
from runtui.store.paths import CHECKPOINTS_DIR, check_run_id, sandboxed_join
from runtui.store.safe_text import safe_text
from runtui.store.timestamps import parse_timestamp


class Ancestry(NamedTuple):
    """The line of parents of a run, nearest first.

    Attributes:
        names: The ancestors that exist.
        missing: The run id at which the line breaks off because there is no such run, or None.
        is_cycle: Whether the line comes back to a run already in it; it is cut there.
    """

    names: tuple[str, ...]
    missing: str | None = None
    is_cycle: bool = False


def ancestry(name: str, parent_of: Callable[[str], str | None], exists: Callable[[str], bool]) -> Ancestry:
    """Return the ancestors of the run `name`, however deep, surviving cycles and missing parents.

    Args:
        name: The run to start from.
        parent_of: Gives a run's parent, or None.
        exists: Whether there is a run of that name.
    """
    line: list[str] = []
    seen = {name}
    parent = parent_of(name)
    while parent is not None:
        if parent in seen:
            return Ancestry(tuple(line), is_cycle=True)
        if not exists(parent):
            return Ancestry(tuple(line), missing=parent)
        line.append(parent)
        seen.add(parent)
        parent = parent_of(parent)
    return Ancestry(tuple(line))


def ancestry_on_disk(base: str, name: str, metadata: Mapping[str, Any]) -> Ancestry:
    """Return the ancestors of a run whose metadata is at hand, reading theirs from the directory."""

    def parent_of(run: str) -> str | None:
        if run == name:
            found: object = metadata.get("parent_run_id")
        else:
            try:
                found = read_metadata(os.path.join(base, run), attempts=1).get("parent_run_id")
            except MetadataError:
                return None
        return found if isinstance(found, str) else None

    def exists(run: str) -> bool:
        try:
            return os.path.isdir(os.path.join(base, check_run_id(run)))
        except InvalidRunIdError:
            return False

    return ancestry(name, parent_of, exists)


class Checkpoint(NamedTuple):
    """A checkpoint that a run's metadata lists.

    Attributes:
        name: As listed, safe to show.
        created: Seconds since the epoch, or None.
        path: The file, where it was found along the line of ancestors; None when it is nowhere.
        size: Bytes of the file, or None.
        owner: The run in whose directory the file lies; None when it is nowhere or outside of all.
    """

    name: str
    created: float | None
    path: str | None
    size: int | None
    owner: str | None


def find_checkpoints(
    base: str, name: str, metadata: Mapping[str, Any], ancestors: tuple[str, ...]
) -> list[Checkpoint]:
    """Return the checkpoints that `metadata` lists, in its order, each looked for along the whole line.

    A path may be absolute, relative to the run (or to an ancestor), or relative to their checkpoints
    directories; where it is null, a file of the checkpoint's name is looked for. Absolute paths are
    reported where they exist but count as a run's own only inside its directory.
    """
    listed = metadata.get("checkpoints")
    found = []
    for item in listed if isinstance(listed, list) else []:
        if not isinstance(item, dict):
            continue
        label, path = item.get("name"), item.get("path")
        label = label if isinstance(label, str) else str(label)
        path = path if isinstance(path, str) and path else None
        where, owner = _locate(base, (name, *ancestors), label, path)
        found.append(
            Checkpoint(
                safe_text(label, 200),
                parse_timestamp(item.get("created_at")),
                where,
                _size(where) if where is not None else None,
                owner,
            )
        )
    return found


def _locate(base: str, line: tuple[str, ...], label: str, path: str | None) -> tuple[str | None, str | None]:
    if path is not None and os.path.isabs(path):
        if not os.path.exists(path):
            return None, None
        for run in line:
            root = os.path.realpath(os.path.join(base, run))
            if os.path.realpath(path).startswith(root + "/"):
                return path, run
        return path, None
    for run in line:
        for parts in ((path or label,), (CHECKPOINTS_DIR, path or label)):
            candidate = _existing(base, run, *parts)
            if candidate is not None:
                return candidate, run
    # Classic writers give paths relative to where the simulation started, such as runs/<id>/checkpoints/x.
    components = path.split("/") if path is not None else []
    for run in line:
        for place, component in enumerate(components[:-1], start=1):
            candidate = _existing(base, run, *components[place:]) if component == run else None
            if candidate is not None:
                return candidate, run
    return None, None


def _existing(base: str, run: str, *parts: str) -> str | None:
    """Return the path of `parts` below a run, where there is something that can be a checkpoint."""
    run_dir = Path(base, run)
    try:
        candidate = sandboxed_join(run_dir, *parts)
    except OutsideRunError:
        return None
    if candidate in (run_dir, run_dir / CHECKPOINTS_DIR):
        return None
    return str(candidate) if os.path.exists(candidate) else None


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
