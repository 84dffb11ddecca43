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

    The name in the catalog is a run's path from a common directory: with one runs directory its name there,
    or its path if it lies in a folder below; with several, its path from their common parent.

    Args:
        bases: The runs directories; duplicates are ignored.

    Attributes:
        bases: Their absolute paths.
        common: The directory that names are relative to: the only runs directory, or the common parent.
    """

    def __init__(self, bases: Iterable[str]) -> None:
        self.bases = tuple(dict.fromkeys(map(os.path.abspath, bases)))
        self.common = os.path.commonpath(self.bases)

    @property
    def is_one(self) -> bool:
        """Whether there is only one directory."""
        return len(self.bases) == 1

    def place_of(self, name: str) -> RunKey:
        """Return the key of the run with the name `name` in the catalog."""
        return split_name(self.common, name)

    def root_of(self, name: str) -> RunKey:
        """Return the runs directory that was opened for the run `name`, and the run's path below it.

        Raises:
            KeyError: It is below none of them.
        """
        path = os.path.join(self.common, name)
        above = [base for base in self.bases if path.startswith(base.rstrip("/") + "/")]
        if not above:
            raise KeyError(name)
        base = max(above, key=len)
        return RunKey(base, path[len(base.rstrip("/")) + 1 :])

    def name_of(self, key: RunKey) -> str:
        """Return the name of a run in the catalog."""
        return self.folder_of(key.base) + key.name

    def title_of(self, base: str) -> str:
        """Return a short title of one of several directories; not safe to show."""
        return self.folder_of(base).rstrip("/") or os.path.basename(base)

    def folder_of(self, base: str) -> str:
        """Return the prefix of a directory's runs in the catalog; see `RunRecord.folder`."""
        folder = os.path.relpath(base, self.common)
        return "" if folder == "." else f"{folder}/"

    def holding(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the runs directories, and the folders below them in which runs lie.

        Args:
            names: The names of all runs in the catalog.
        """
        folders = {name.rpartition("/")[0] for name in names if "/" in name}
        below = (os.path.join(self.common, folder) for folder in sorted(folders))
        return tuple(dict.fromkeys((*self.bases, *below)))

    def runs_in(self, base: str, runs: Mapping[str, RunRecord]) -> Mapping[str, RunRecord]:
        """Return the runs that lie directly in a directory, by their names there.

        Args:
            base: The directory: a runs directory, or a folder below one.
            runs: The runs of all directories, by their names in the catalog.
        """
        folder = self.folder_of(base)
        if not folder and not any("/" in name for name in runs):
            return runs
        return {
            name[len(folder) :]: run.in_folder(folder)
            for name, run in runs.items()
            if name.startswith(folder) and "/" not in name[len(folder) :]
        }


def split_name(base: str, name: str) -> RunKey:
    """Return the key of a run, given its path from a directory above it."""
    folder, _slash, leaf = name.rpartition("/")
    return RunKey(os.path.join(base, folder) if folder else base, leaf)
