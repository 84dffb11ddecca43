"""Other runs that a run's metadata names: the runs that it continues, and paths of files.

Metadata names those in many ways, and none survives everything: a run's name is not found where the run is
renamed, a path not where the runs directory was moved. So all of them count, as text and followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from runtui.store.lineage import RERUN_KEY
from runtui.store.paths import CHECKPOINTS_DIR

Files = Mapping[str, Collection[str]]
"""Names of files by the folder that a path gives, so that each folder is looked at once."""

_PARENT_KEYS = ("parent_run_id", "resumed_from")
_CHOSEN_KEY = "resume_checkpoint"
_CHECKPOINTS_KEY = "checkpoints"
_DIRECTORY_KEY = "working_directory"
_OWN_FOLDERS = frozenset({"", CHECKPOINTS_DIR})
_LONGEST_PATH = 4096  # characters
_BETWEEN_WORDS = re.compile(r"[\s=,;:'\"]+")
_FEW = 8  # files of a folder that are looked at one by one; of more the folder is listed


class Named(NamedTuple):
    """The other runs that a run's metadata names, as they are written there.

    Attributes:
        run_id: The run's own id, or ``""``.
        parents: The runs that it continues.
        hints: What may be the name of such a run, or of anything else.
        checkpoints: The checkpoints that it lists, as far as they may lie in any run of its line.
        paths: Everything else that can be a path.
        directories: Where its paths may begin.
    """

    run_id: str
    parents: tuple[str, ...]
    hints: tuple[str, ...]
    checkpoints: Files
    paths: Files
    directories: tuple[str, ...]


def named_in(metadata: Mapping[str, Any]) -> Named:
    """Return the other runs that a run's metadata names."""
    run_id = metadata.get("run_id")
    checkpoints: dict[str, set[str]] = {}
    paths: dict[str, set[str]] = {}
    listed = metadata.get(_CHECKPOINTS_KEY)
    for item in listed if isinstance(listed, list) else ():
        label, path = (item.get("name"), item.get("path")) if isinstance(item, dict) else (None, item)
        text = path if isinstance(path, str) and path else label
        if isinstance(text, str) and text and _can_be_path(text):
            _add(paths if os.path.isabs(text) else checkpoints, text)
    # A list of another form than the format's may have paths anywhere.
    is_usual = isinstance(listed, list) and all(isinstance(item, dict) for item in listed)
    for text in _texts([value for key, value in metadata.items() if key != _CHECKPOINTS_KEY or not is_usual]):
        if "/" in text:
            for word in {text, *_BETWEEN_WORDS.split(text)}:
                if "/" in word and _can_be_path(word):
                    _add(paths, word)
    return Named(
        run_id if isinstance(run_id, str) else "",
        _names(*(metadata.get(key) for key in _PARENT_KEYS if not metadata.get(RERUN_KEY))),
        _names(metadata.get(_CHOSEN_KEY)),
        checkpoints,
        paths,
        working_directories(metadata),
    )


def working_directories(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the directories in which a run was started, as its metadata records them."""
    return tuple(text for text in _texts(metadata.get(_DIRECTORY_KEY)) if os.path.isabs(text))


class Places:
    """Resolver of paths to the runs of a runs directory, by their text and by their links.

    Args:
        base: The runs directory.
        called: Function that returns the runs of a name: the directory of that name, and runs with that id.
    """

    def __init__(self, base: str, called: Callable[[str], Collection[str]]) -> None:
        self.base = os.path.abspath(base)
        self._called = called
        self._reals: dict[str, str] = {}
        self._listings: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._real_base = os.path.realpath(base)
        self._inside = self._real_base.rstrip("/") + "/"

    def reached(self, run_dir: str, named: Named) -> set[str]:
        """Return the names of the runs in which files lie that a run in `run_dir` names."""
        found: set[str] = set()
        roots = (run_dir, os.path.join(run_dir, CHECKPOINTS_DIR))
        anywhere = (*roots, self.base, os.path.dirname(self.base), *named.directories)
        for folder, names in (*named.checkpoints.items(), *named.paths.items()):
            if folder in _OWN_FOLDERS:
                starts = [os.path.join(root, folder) for root in roots]
            else:
                starts = [os.path.join(root, folder) for root in dict.fromkeys(anywhere)]
            for start in dict.fromkeys(starts):
                found |= self._runs_at(start, names)
            parts = folder.split("/") if folder not in _OWN_FOLDERS else []
            for place, part in enumerate(parts, start=1):
                # Also where it lies elsewhere by now: classic writers give paths from where they started.
                for name in self._called(part) or ((part,) if self._is_link(part) else ()):
                    found |= self._runs_at(os.path.join(self.base, name, *parts[place:]), names, must_be=True)
            if parts and parts[-1] in ("..", os.path.basename(self.base)):
                found.update(run for name in names for run in self._called(name))
        return found

    def linked(self, run_dir: str) -> set[str]:
        """Return the names of the runs to which links in a run's directory and ``checkpoints/`` lead."""
        found: set[str] = set()
        for folder in (run_dir, os.path.join(run_dir, CHECKPOINTS_DIR)):
            real = self._real(folder)
            found |= self._holding(real)
            for link in self._listing(real)[1]:
                found |= self._holding(os.path.realpath(os.path.join(real, link)))
        return found

    def present(self, run_dir: str, files: Files) -> set[tuple[str, str]]:
        """Return those of some files that lie in a run's directory or in its ``checkpoints/``."""
        found = set()
        for folder, names in files.items():
            for root in (run_dir, os.path.join(run_dir, CHECKPOINTS_DIR)):
                real = self._real(os.path.join(root, folder))
                found |= {(folder, name) for name in self._among(real, names)[0]}
        return found

    def _runs_at(self, folder: str, names: Collection[str], *, must_be: bool = False) -> set[str]:
        """Return the runs in which files of a folder lie, or to which they are links.

        Args:
            folder: The folder.
            names: The files.
            must_be: Whether a run counts only where one of them is there.
        """
        real = self._real(folder)
        found: set[str] = set()
        if real == self._real_base:
            found.update(run for name in names for run in self._called(name) if run == name)
        here = self._holding(real)
        if not (here and not must_be):
            present, links = self._among(real, names)
            found |= here if present else set()
        else:
            found |= here
            links = self._among(real, names)[1]
        for link in links:
            found |= self._holding(os.path.realpath(os.path.join(real, link)))
        return found

    def _holding(self, real: str) -> set[str]:
        """Return the name of the run in which a path lies that has no links any more."""
        if not real.startswith(self._inside):
            return set()
        return {real[len(self._inside) :].split("/", 1)[0]}

    def _is_link(self, name: str) -> bool:
        return name in self._listing(self._real_base)[1]

    def _real(self, path: str) -> str:
        real = self._reals.get(path)
        if real is None:
            head, tail = os.path.split(path)
            if not tail or tail in (".", "..") or head == path:
                real = os.path.realpath(path)
            else:
                real = os.path.join(self._real(head), tail)
                if os.path.islink(real):
                    real = os.path.realpath(real)
            self._reals[path] = real
        return real

    def _among(self, real: str, names: Collection[str]) -> tuple[set[str], set[str]]:
        """Return the files of a folder that exist, and those of them that are links."""
        if len(names) > _FEW or real in self._listings:
            present, links = self._listing(real)
            return {name for name in names if name in present}, {name for name in names if name in links}
        found = {name for name in names if os.path.lexists(os.path.join(real, name))}
        return found, {name for name in found if os.path.islink(os.path.join(real, name))}

    def _listing(self, real: str) -> tuple[frozenset[str], frozenset[str]]:
        found = self._listings.get(real)
        if found is None:
            try:
                with os.scandir(real) as listing:
                    entries = [(entry.name, entry.is_symlink()) for entry in listing]
            except OSError:
                entries = []
            found = (
                frozenset(name for name, _ in entries),
                frozenset(name for name, is_link in entries if is_link),
            )
            self._listings[real] = found
        return found


def _texts(value: object) -> list[str]:
    """Return all texts in a value of any kind."""
    found = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += reversed(one)
    return found


def _names(*values: object) -> tuple[str, ...]:
    """Return the texts that can be names of runs; paths cannot, and are handled as paths."""
    if not any(values):
        return ()
    return tuple(dict.fromkeys(text for text in _texts([*values]) if text and "/" not in text))


def _can_be_path(text: str) -> bool:
    return len(text) < _LONGEST_PATH and "\0" not in text


def _add(files: dict[str, set[str]], path: str) -> None:
    folder, name = os.path.split(path.rstrip("/"))
    files.setdefault(folder, set()).add(name)
