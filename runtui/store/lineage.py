"""Parents and children of runs, and the places of their checkpoints along the line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from runtui.store.errors import InvalidRunIdError, MetadataError, OutsideRunError
from runtui.store.metadata import read_metadata
from runtui.store.paths import CHECKPOINTS_DIR, check_run_id, sandboxed_join
from runtui.store.timestamps import parse_timestamp
from runtui.text.sanitize import safe_text

_FEW = 16  # checkpoints that are looked for one by one: their folders may hold very many more
_SPECIAL = frozenset({"", ".", ".."})


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
    """Return the ancestors of the run `name`, at any depth, surviving cycles and missing parents.

    Args:
        name: The run to start from.
        parent_of: Function that returns a run's parent, or None.
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
        owner: The run in whose directory the file lies; None when it is nowhere or outside of all.
        size: Bytes of the file, or None where that was not looked at, or there is none: see `measured`.
    """

    name: str
    created: float | None
    path: str | None
    owner: str | None
    size: int | None = None


def measured(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint with the size of its file; that costs a stat, and a run can list many thousands."""
    try:
        return (
            checkpoint
            if checkpoint.path is None
            else checkpoint._replace(size=os.stat(checkpoint.path).st_size)
        )
    except OSError:
        return checkpoint


def find_checkpoints(
    base: str, name: str, metadata: Mapping[str, Any], ancestors: tuple[str, ...]
) -> list[Checkpoint]:
    """Return the checkpoints that `metadata` lists, in its order, each looked for along the whole line.

    A path may be absolute, relative to the run (or to an ancestor), or relative to their checkpoints
    directories; where it is null, a file of the checkpoint's name is looked for. Absolute paths are
    reported where they exist but count as a run's own only inside its directory.
    """
    listed = metadata.get("checkpoints")
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    line = (name, *ancestors)
    finder = _Finder(base, line) if len(items) <= _FEW else _ListingFinder(base, line)
    found = []
    for item in items:
        label, path = item.get("name"), item.get("path")
        label = label if isinstance(label, str) else str(label)
        path = path if isinstance(path, str) and path else None
        where, owner = finder.locate(label, path)
        found.append(
            Checkpoint(
                safe_text(label, 200),
                parse_timestamp(item.get("created_at")),
                where,
                owner,
            )
        )
    return found


class _Finder:
    """Finder of checkpoints along a line of runs, one at a time.

    Args:
        base: The runs directory.
        line: The run and its ancestors, nearest first.
    """

    def __init__(self, base: str, line: Sequence[str]) -> None:
        self._base = base
        self._line = line

    def locate(self, label: str, path: str | None) -> tuple[str | None, str | None]:
        """Return the file of a checkpoint, and the run in whose directory it lies; None where there is none.

        Args:
            label: The checkpoint's name.
            path: Its path as listed, or None.
        """
        if path is not None and os.path.isabs(path):
            return self._absolute(path)
        text = path or label
        for run in self._line:
            for folder in ("", CHECKPOINTS_DIR):
                candidate = self._existing(run, folder, text)
                if candidate is not None:
                    return candidate, run
        # Classic writers give paths from where the simulation started, such as runs/<id>/checkpoints/x.
        components = path.split("/") if path is not None else []
        for run in self._line:
            for place, component in enumerate(components[:-1], start=1):
                if component == run:
                    candidate = self._existing(run, "", "/".join(components[place:]))
                    if candidate is not None:
                        return candidate, run
        return None, None

    def _absolute(self, path: str) -> tuple[str | None, str | None]:
        if not os.path.exists(path):
            return None, None
        return path, self._owner(os.path.realpath(path))

    def _owner(self, real: str) -> str | None:
        for run in self._line:
            if real.startswith(os.path.realpath(os.path.join(self._base, run)) + "/"):
                return run
        return None

    def _existing(self, run: str, folder: str, text: str) -> str | None:
        """Return the path of `text` below a run, where there is something that can be a checkpoint."""
        run_dir = Path(self._base, run)
        try:
            candidate = sandboxed_join(run_dir, folder, text)
        except OutsideRunError:
            return None
        if candidate in (run_dir, run_dir / CHECKPOINTS_DIR):
            return None
        return str(candidate) if os.path.exists(candidate) else None


class _ListingFinder(_Finder):
    """Finder of many checkpoints: each folder is listed once, and only its links are followed."""

    def __init__(self, base: str, line: Sequence[str]) -> None:
        super().__init__(base, line)
        self._roots = {run: os.path.realpath(os.path.join(base, run)) for run in line}
        self._shown = {run: str(Path(base, run)) for run in line}
        self._listings: dict[str, Mapping[str, bool]] = {}
        self._folders: dict[tuple[str, str], Mapping[str, bool] | None] = {}
        self._owners: dict[str, str | None] = {}
        self._reals: dict[str, str] = {}

    def _absolute(self, path: str) -> tuple[str | None, str | None]:
        folder, name = os.path.split(path)
        if _is_plain(path.lstrip("/")):
            real = self._reals.get(folder)
            if real is None:
                real = self._reals[folder] = os.path.realpath(folder)
            is_link = self._listing(real).get(name)
            if is_link is None:
                return None, None
            if not is_link:
                return path, self._owner(f"{real}/{name}")
        return super()._absolute(path)

    def _owner(self, real: str) -> str | None:
        folder = os.path.dirname(real)
        if folder not in self._owners:
            self._owners[folder] = next(
                (run for run in self._line if f"{folder}/".startswith(self._roots[run] + "/")), None
            )
        return self._owners[folder]

    def _existing(self, run: str, folder: str, text: str) -> str | None:
        path = f"{folder}/{text}" if folder else text
        if not _is_plain(path) or path == CHECKPOINTS_DIR:
            return super()._existing(run, folder, text)
        above, name = os.path.split(path)
        listing = self._below(run, above)
        is_link = None if listing is None else listing.get(name)
        if is_link is None:
            return None
        return super()._existing(run, folder, text) if is_link else f"{self._shown[run]}/{path}"

    def _below(self, run: str, folder: str) -> Mapping[str, bool] | None:
        """Return the contents of a folder of a run; None where it leads out of the run."""
        key = (run, folder)
        if key not in self._folders:
            root = self._roots[run]
            real = os.path.realpath(os.path.join(root, folder)) if folder else root
            is_inside = f"{real}/".startswith(f"{root.rstrip('/')}/")
            self._folders[key] = self._listing(real) if is_inside else None
        return self._folders[key]

    def _listing(self, real: str) -> Mapping[str, bool]:
        """Return the names in a folder, and whether each is a link."""
        found = self._listings.get(real)
        if found is None:
            try:
                with os.scandir(real) as listing:
                    found = {entry.name: entry.is_symlink() for entry in listing}
            except (OSError, ValueError):
                found = {}
            self._listings[real] = found
        return found


def _is_plain(path: str) -> bool:
    """Return whether a path has nothing but names in it: no ``.``, no ``..``, nothing empty, no NUL."""
    return "\0" not in path and not _SPECIAL.intersection(path.split("/"))
