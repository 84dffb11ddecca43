"""Keys of runs in a catalog of several runs directories."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from runtui.store.record import RunRecord


class RunKey(NamedTuple):
    """A run's key: its runs directory, and its name there."""

    base: str
    name: str


class RunDirectories:
    """Runs directories, and the names of their runs in a common catalog.

    With one directory, the name in the catalog is the run's name there. With several, it is the run's path
    relative to their common parent, so that it is unique.

    Args:
        bases: The runs directories; duplicates are ignored.

    Attributes:
        bases: Their absolute paths.
        common: The directory that names are relative to: the only runs directory, or the common parent.
    """

    def __init__(self, bases: Iterable[str]) -> None:
        self.bases = tuple(dict.fromkeys(map(os.path.abspath, bases)))
        self.common = os.path.commonpath(self.bases)
        folders = {base: os.path.relpath(base, self.common) for base in self.bases}
        self._folders = {base: "" if folder == "." else f"{folder}/" for base, folder in folders.items()}
        self._bases = {folder: base for base, folder in self._folders.items()}

    @property
    def is_one(self) -> bool:
        """Whether there is only one directory."""
        return len(self.bases) == 1

    def place_of(self, name: str) -> RunKey:
        """Return the key of the run with the name `name` in the catalog.

        Raises:
            KeyError: It is in none of the directories.
        """
        if self.is_one:
            return RunKey(self.common, name)
        begin = name.rfind("/") + 1
        return RunKey(self._bases[name[:begin]], name[begin:])

    def name_of(self, key: RunKey) -> str:
        """Return the name of a run in the catalog."""
        return self._folders[key.base] + key.name

    def title_of(self, base: str) -> str:
        """Return a short title of one of several directories; not safe to show."""
        return self._folders[base].rstrip("/") or os.path.basename(base)

    def folder_of(self, base: str) -> str:
        """Return the prefix of a directory's runs in the catalog; see `RunRecord.folder`."""
        return self._folders[base]

    def runs_in(self, base: str, runs: Mapping[str, RunRecord]) -> Mapping[str, RunRecord]:
        """Return the runs of one directory, by their names there.

        Args:
            base: The directory.
            runs: The runs of all directories, by their names in the catalog.
        """
        if self.is_one:
            return runs
        folder = self._folders[base]
        return {run.name_there: run.alone() for run in runs.values() if run.folder == folder}
