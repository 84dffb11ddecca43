"""The protocol of a layout: the common interface to run directories of other programs."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, NamedTuple, Protocol

MOST_ENTRIES = 5000
"""Entries of a directory that are looked at."""


DERIVED_KEY = "status_derived_from"
"""The key of the metadata for the file from which a status was derived that no record gives."""

PROJECT = frozenset((
    ".git", ".gitignore", ".github", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml",
    "CMakeLists.txt", "go.mod", "requirements.txt", "environment.yml", "LICENSE", "LICENSE.md", "LICENSE.txt",
    "configure.ac", "meson.build", "mkdocs.yml", "conf.py", "__init__.py", "CMakeCache.txt", "CMakeFiles",
    "config.status", "package-lock.json",
))  # fmt: skip
"""Names of entries of a project's sources, beside which a configuration is a default."""

FOLDERS_OF_SOURCES = frozenset((
    "conf", "config", "configs", "src", "source", "test", "tests", "doc", "docs", "template", "templates",
    "inputs", "data", "dataset", "datasets", "raw", "assets", "build", "dist", "bin", "scripts", "lib",
    "include", "vendor",
))  # fmt: skip
"""Names of folders of sources, data and defaults, in which nothing is a run by its names alone."""

BUILD_FILES = frozenset((
    "CMakeLists.txt", "CMakeCache.txt", "configure.ac", "meson.build", "setup.py", "pyproject.toml",
    "Cargo.toml",
))  # fmt: skip
"""Names of files that build a program, beside which lie examples of what it reads and writes."""


class Entries(NamedTuple):
    """The names of the entries of a directory.

    Attributes:
        files: Of its files, and of links to files or to nothing.
        folders: Of its folders, and of links to folders.
        links: Of links to folders alone.
        directory: The name of the directory itself.
        path: Its path.
        statuses: What `status_of` has found; None where it is to look each time.
    """

    files: frozenset[str]
    folders: frozenset[str]
    links: frozenset[str] = frozenset()
    directory: str = ""
    path: str = ""
    statuses: dict[str, os.stat_result | None] | None = None

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return self.files | self.folders

    def status_of(self, path: str) -> os.stat_result | None:
        """Return the status of a file as it was when it was first asked for; None where there is none.

        Args:
            path: The file's path below the directory.
        """
        known = {} if self.statuses is None else self.statuses
        if path not in known:
            try:
                known[path] = os.stat(f"{self.path}/{path}")
            except (OSError, ValueError):
                known[path] = None
        return known[path]


NO_ENTRIES = Entries(frozenset(), frozenset())


class Layout(Protocol):
    """The layout of another program's run directory. Only reads, and follows no links out of the run.

    Everything on disk is untrusted: what is missing, torn or of a wrong type is left out, and no method but
    `metadata` may raise for it.
    """

    @property
    def name(self) -> str:
        """The name by which users filter, such as ``hydra``: lower case letters, digits and dashes."""

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a run of this layout, by the names of its entries.

        Called for every directory without a record: opens no file.
        """

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return an equivalent of ``metadata.json``: status, times, tags, job, as far as known.

        Raises:
            OSError: The directory cannot be read.
        """

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's parameters, nested as they are written; empty where there are none."""

    def evidence(self, entries: Entries) -> Collection[str] | None:
        """Return the paths below a run of the files that `metadata` and `parameters` follow from.

        A run that has ended is read again only when one of them, or the list of its entries, has changed.
        None where that is not enough to tell, and the run is always read again.
        """

    def is_part(self, folder: str) -> bool:
        """Return whether a folder of such a run belongs to it, and holds no runs of its own."""


class FileLayout:
    """Common part of the layouts of runs that are a file and nothing else, whose path is the file's."""

    def recognises(self, entries: Entries) -> bool:
        """Return False: it is no directory."""
        return False

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return none: the files beside it belong to all runs of the directory, but for its own input."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str] | None:
        """Return nothing: the file itself is the run."""
        return ()

    def is_part(self, folder: str) -> bool:
        """Return True: it has no folders."""
        return True


def entries_of(directory: str, most: int = MOST_ENTRIES) -> Entries:
    """Return the names of the entries of a directory, of a very large one the first.

    Args:
        directory: The directory.
        most: How many entries are looked at.

    Raises:
        OSError: It cannot be listed.
    """
    name = directory.rpartition("/")[2] or os.path.basename(os.path.abspath(directory))
    with os.scandir(directory) as listing:
        entries = list(islice(listing, most))
    try:
        found = [entry for entry in entries if entry.is_dir()]
    except OSError:
        found = [entry for entry in entries if _is_folder(entry)]
    folders = frozenset([entry.name for entry in found])
    files = frozenset([entry.name for entry in entries])
    if not found:
        return Entries(files, folders, folders, name, directory, {})
    links = frozenset([entry.name for entry in found if entry.is_symlink()])
    return Entries(files - folders, folders, links, name, directory, {})


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
