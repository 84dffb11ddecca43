"""Keys of runs in one catalog of several runs directories."""

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
    """Runs directories, and the names of their runs in one catalog of them all.

    Of one directory, that is a run's name there. Of several, it is the run's path from the directory that
    they have in common, which tells namesakes apart.

    Args:
        bases: The runs directories; the same one twice counts once.

    Attributes:
        bases: Their absolute paths.
        common: The directory that names are relative to: of one runs directory, that itself.
    """

    def __init__(self, bases: Iterable[str]) -> None:
        self.bases = tuple(dict.fromkeys(map(os.path.abspath, bases)))
        self.common = os.path.commonpath(self.bases)
        folders = {base: os.path.relpath(base, self.common) for base in self.bases}
        self._folders = {base: "" if folder == "." else f"{folder}/" for base, folder in folders.items()}
        self._bases = {folder: base for base, folder in self._folders.items()}

    @property
    def is_one(self) -> bool:
        """Whether there is only one."""
        return len(self.bases) == 1

    def place_of(self, name: str) -> RunKey:
        """Return the key of the run that the catalog knows by `name`.

        Raises:
            KeyError: It lies in none of the directories.
        """
        if self.is_one:
            return RunKey(self.common, name)
        begin = name.rfind("/") + 1
        return RunKey(self._bases[name[:begin]], name[begin:])

    def name_of(self, key: RunKey) -> str:
        """Return the name that the catalog knows a run by."""
        return self._folders[key.base] + key.name

    def title_of(self, base: str) -> str:
        """Return a short title of one of several directories; not yet safe to show."""
        return self._folders[base].rstrip("/") or os.path.basename(base)

    def folder_of(self, base: str) -> str:
        """Return what tells the runs of a directory from those of the others: see `RunRecord.folder`."""
        return self._folders[base]

    def runs_in(self, base: str, runs: Mapping[str, RunRecord]) -> Mapping[str, RunRecord]:
        """Return the runs of one directory, by their names there.

        Args:
            base: The directory.
            runs: The runs of all directories, by the names that the catalog knows them by.
        """
        if self.is_one:
            return runs
        folder = self._folders[base]
        return {run.name_there: run.alone() for run in runs.values() if run.folder == folder}
