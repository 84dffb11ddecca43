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
        self._prefixes = {base: "" if folder == "." else f"{folder}/" for base, folder in folders.items()}
        self._bases = {prefix: base for base, prefix in self._prefixes.items()}

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
        return self._prefixes[key.base] + key.name

    def title_of(self, base: str) -> str:
        """Return a short title of one of several directories; not yet safe to show."""
        return self._prefixes[base].rstrip("/") or os.path.basename(base)

    def shared(self, base: str, run: RunRecord) -> RunRecord:
        """Return a run of a directory as the catalog of all of them has it."""
        prefix = self._prefixes[base]
        return run._replace(name=prefix + run.name, parent=run.parent and prefix + run.parent)

    def runs_in(self, base: str, runs: Mapping[str, RunRecord]) -> Mapping[str, RunRecord]:
        """Return the runs of one directory, by their names there.

        Args:
            base: The directory.
            runs: The runs of all directories, by the names that the catalog knows them by.
        """
        if self.is_one:
            return runs
        prefix = self._prefixes[base]
        return {
            there: run._replace(name=there, parent=run.parent and run.parent.removeprefix(prefix))
            for name, run in runs.items()
            for where, there in [self.place_of(name)]
            if where == base
        }
