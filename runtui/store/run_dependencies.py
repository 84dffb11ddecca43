"""Dependencies among the runs of a runs directory, so that no run is removed that another one needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.paths import CHECKPOINTS_DIR, METADATA_FILE, PRIVATE_DIR
from runtui.store.record import RecordState, RunRecord
from runtui.store.references import Files, Named, Places, named_in
from runtui.store.run_ids import directory_of

ForEach = Callable[[Sequence[str], Callable[[str], None]], None]
"""Function that calls another one with each of some runs."""

_NO_RUNS: frozenset[str] = frozenset()
_NOTHING = Named("", (), (), {}, {}, ())


class _Reading(NamedTuple):
    """The facts known of one run.

    Attributes:
        named: What its metadata names.
        reached: The runs in which files lie that it names or links to.
        is_read: Whether its metadata could be read.
    """

    named: Named
    reached: Collection[str] = _NO_RUNS
    is_read: bool = True


class RunDependencies:
    """Dependencies among the runs of a runs directory, read from it once.

    Args:
        base: The runs directory.
        runs: Its runs, by name.
        trashed: Function that returns the directories of the runs in the trash, by name and by id.
        each: Executor that goes through the runs.
    """

    def __init__(
        self,
        base: str,
        runs: Mapping[str, RunRecord],
        trashed: Callable[[], Mapping[str, Sequence[str]]],
        each: ForEach,
    ) -> None:
        self._runs = runs
        self._list_trash = trashed
        self._each = each
        self._places = Places(base, self._called)
        self._readings: dict[str, _Reading] = {}
        self._by_id: dict[str, set[str]] = {}
        self._trash: Mapping[str, Sequence[str]] | None = None
        self._in_trash: dict[str, list[_Reading]] = {}

    def read(self, names: Sequence[str]) -> None:
        """Read what runs need, unless that was done; of others only the parent counts that their row has."""
        fresh = [name for name in names if name not in self._readings]
        for run in self._runs.values():
            if run.recorded_id:
                self._by_id.setdefault(run.recorded_id, set()).add(run.name)
        self._each(fresh, self._read)
        # Only now it is known which runs ids stand for.
        self._each(fresh, self._follow)

    def forget(self, names: Collection[str]) -> None:
        """Read these runs again when they are asked for."""
        for name in names:
            self._readings.pop(name, None)

    def needed_by(
        self, kept: str, taken: Collection[str], holders: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield those of `taken` that the run `kept` needs or may need, with the reasons.

        Args:
            kept: A run that stays.
            taken: The runs that are to be taken.
            holders: Those of all runs that have checkpoints.
        """
        who = self._runs[kept].run_id
        own = self._of(kept)
        if not own.is_read:
            if self._is_run(kept):
                for name in taken:
                    if name in holders:
                        yield name, f"{who}, whose metadata cannot be read, may need its checkpoints"
            return
        line: list[str] = []
        readings = [own]
        seen = {kept}
        is_broken = False
        waiting = [*own.named.parents, *own.named.hints]
        while waiting:
            parent = waiting.pop()
            if parent in seen:
                continue
            seen.add(parent)
            runs = self._called(parent)
            line += runs
            found = [self._of(run) for run in runs] or self._of_trashed(parent)
            is_broken = is_broken or not (found or parent in own.named.hints)
            readings += found
            for reading in found:
                waiting += (*reading.named.parents, *reading.named.hints)
        for name in line:
            if name in taken and name in holders:
                yield name, f"{who} may need its checkpoints"
        for reading in readings:
            for name in reading.reached:
                if name in taken:
                    yield name, f"{who} needs a file in it"
        if is_broken:
            candidates = [name for name in taken if name in holders and name not in line]
            yield from self._needed_by_orphan(kept, own.named.checkpoints, line, candidates)

    def _needed_by_orphan(
        self, kept: str, files: Files, line: Sequence[str], candidates: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield candidates that may hold checkpoints of a run with a missing ancestor, with the reasons."""
        run = self._runs[kept]
        listed = {(folder, name) for folder, names in files.items() for name in names}
        missing = listed.difference(*(self._present(name, files) for name in (kept, *line)))
        sought: dict[str, set[str]] = {}
        for folder, file in missing:
            sought.setdefault(folder, set()).add(file)
        # One that says nothing of its checkpoints may have begun from any that was there before it.
        is_silent = not listed and run.is_live
        for name in candidates:
            is_older = (self._runs[name].created or 0.0) <= (run.created or 0.0)
            if (is_silent and is_older) or (sought and self._present(name, sought)):
                yield name, f"{run.run_id} may need its checkpoints: an ancestor of it is gone"

    def _present(self, name: str, files: Files) -> Collection[tuple[str, str]]:
        return self._places.present(self._path(name), files)

    def _path(self, name: str) -> str:
        return os.path.join(self._places.base, name)

    def _called(self, name: str) -> Sequence[str]:
        """Return the runs that a name stands for, by their directories or by their ids."""
        others = sorted(self._runs.keys() & self._by_id.get(name, set()))
        return [name, *others] if name in self._runs else others

    def _of(self, name: str) -> _Reading:
        reading = self._readings.get(name)
        if reading is None:
            parent = self._runs[name].parent
            reading = _Reading(_NOTHING if parent is None else _NOTHING._replace(parents=(parent,)))
        return reading

    def _read(self, name: str) -> None:
        named = _named(self._path(name)) if self._runs[name].state is RecordState.READ else None
        self._readings[name] = _Reading(_NOTHING, is_read=False) if named is None else _Reading(named)

    def _follow(self, name: str) -> None:
        reading = self._readings[name]
        if reading.is_read:
            self._readings[name] = reading._replace(reached=self._reached(self._path(name), name, reading))

    def _reached(self, run_dir: str, name: str, reading: _Reading) -> Collection[str]:
        found = self._places.reached(run_dir, reading.named) | self._places.linked(run_dir)
        return found - {name} or _NO_RUNS

    def _of_trashed(self, name: str) -> list[_Reading]:
        """Return the needs of the trashed runs of a name: a line of ancestors continues through them."""
        if name not in self._in_trash:
            if self._trash is None:
                self._trash = self._list_trash()
            found = []
            for run_dir in self._trash.get(name, ()):
                named = _named(run_dir)
                if named is not None:
                    reached = self._places.reached(self._path(name), named)
                    found.append(_Reading(named, reached))
            self._in_trash[name] = found
        return self._in_trash[name]

    def _is_run(self, name: str) -> bool:
        """Return whether a directory without readable metadata is a run, and not somebody's folder."""
        parts = (METADATA_FILE, PRIVATE_DIR, CHECKPOINTS_DIR)
        run_dir = self._path(name)
        try:
            os.listdir(run_dir)
        except OSError:
            return True  # nobody knows
        return any(os.path.lexists(os.path.join(run_dir, part)) for part in parts)


def ancestors_in_trash(base: str, name: str, trashed: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of those ancestors of a run that lie in the trash, nearest first.

    Args:
        base: The runs directory.
        name: The run.
        trashed: The directories of the runs in the trash, by name and by id.
    """
    found: list[str] = []
    seen = {name}
    waiting = [os.path.join(base, name)]
    while waiting:
        named = _named(waiting.pop(0))
        for parent in () if named is None else named.parents:
            if parent in seen:
                continue
            seen.add(parent)
            directory = directory_of(base, parent)
            if directory is not None or os.path.lexists(os.path.join(base, parent)):
                waiting.append(os.path.join(base, directory or parent))
            elif parent in trashed:
                found += dict.fromkeys(map(os.path.basename, trashed[parent]))
                waiting += trashed[parent]
    return found


def _named(run_dir: str) -> Named | None:
    try:
        return named_in(read_metadata(run_dir, attempts=1))
    except MetadataError:
        return None
