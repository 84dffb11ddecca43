"""Places of checkpoints: their files as they lie now, of whatever path the metadata has for them.

A path was right when it was written: since then the runs directory may have been moved, the run renamed, its
``checkpoints/`` linked to another disk, and ``current`` set to another run.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from runtui.store.errors import explain
from runtui.store.paths import CHECKPOINTS_DIR, CURRENT_LINK
from runtui.store.run_ids import directory_of

_SPECIAL = frozenset({"", ".", ".."})
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})


class CheckpointPlace(NamedTuple):
    """The place of a checkpoint's file.

    Attributes:
        path: The file; None when it is nowhere.
        owner: The run in whose directory the file lies; None when it is nowhere or outside of all.
        outside: Where it lies in fact, for one that a link out of the runs directory leads to; else ``""``.
        real: The file's path without links.
        problem: Why nobody can know whether it is there, or ``""``.
    """

    path: str | None = None
    owner: str | None = None
    outside: str = ""
    real: str = ""
    problem: str = ""


class CheckpointFinder:
    """Finder of checkpoints along a line of runs, one at a time.

    Args:
        base: The runs directory.
        line: The run and its ancestors, nearest first, each with the names that paths may call it by.
        started_in: Function that returns the directories in which they were started, as far as known.
    """

    def __init__(
        self,
        base: str,
        line: Mapping[str, frozenset[str]],
        started_in: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._base = base
        self._line = line
        self._list_starts = started_in
        self._starts: tuple[str, ...] | None = None
        self._called: dict[str, str | None] = {}
        self._real_base = os.path.realpath(base)
        self._problem = ""

    def locate(self, label: str, path: str | None) -> CheckpointPlace:
        """Return where the file of a checkpoint lies.

        Args:
            label: The checkpoint's name.
            path: Its path as listed, or None.
        """
        self._problem = ""
        for candidate in self._candidates(path or label, is_path=path is not None):
            real = self._real_of(candidate)
            if real is not None and self._can_hold_state(real):
                return self.placed(candidate, real)
        return CheckpointPlace(problem=self._problem)

    def placed(self, path: str, real: str) -> CheckpointPlace:
        """Return where a file lies, of its path and of that without links."""
        inside = self._real_base.rstrip("/") + "/"
        if real.startswith(inside):
            return CheckpointPlace(path, real[len(inside) :].split("/", 1)[0], "", real)
        for run in self._line:
            if real.startswith(self._real_run(run).rstrip("/") + "/"):
                return CheckpointPlace(path, run, "", real)
        is_link = os.path.abspath(path).startswith(os.path.abspath(self._base).rstrip("/") + "/")
        return CheckpointPlace(path, None, real if is_link else "", real)

    def _candidates(self, text: str, *, is_path: bool) -> Iterator[str]:
        """Yield the paths at which a checkpoint may lie, the likeliest first."""
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            return
        if "\0" in text:
            return
        is_absolute = os.path.isabs(text)
        if not is_absolute and ".." not in text.split("/"):
            for run in self._line:
                for folder in ("", CHECKPOINTS_DIR):
                    if self._can_be_checkpoint(below := os.path.normpath(os.path.join(folder, text))):
                        yield os.path.join(self._base, run, below)
        if is_path:
            yield from self._by_names(text)
        if is_absolute and not self._leads_through_current(text):
            yield text
        if is_path:
            yield from (self._in_other_runs(text) if is_absolute else self._from_starts(text))
        if is_absolute:
            own = next(iter(self._line))
            yield os.path.join(self._base, own, CHECKPOINTS_DIR, os.path.basename(text.rstrip("/")) or ".")

    def _by_names(self, path: str) -> Iterator[str]:
        """Yield places of a path with a run's name in it, such as ``runs/<id>/checkpoints/x``.

        It was made where the simulation started, perhaps through ``current``, which then led to the run.
        """
        components = path.split("/")
        for run, names in self._line.items():
            for place, component in enumerate(components[:-1], start=1):
                below = "/".join(components[place:])
                if ".." in components[place:] or not self._can_be_checkpoint(os.path.normpath(below)):
                    continue
                if component in names or component == CURRENT_LINK:
                    yield os.path.join(self._base, run, os.path.normpath(below))

    def _from_starts(self, path: str) -> Iterator[str]:
        """Yield places of a relative path as the simulation may have meant it, the likeliest first.

        It was made where that was started: most often beside the runs directory.
        """
        below = os.path.normpath(path)
        if below not in (".", CHECKPOINTS_DIR):
            if self._starts is None:
                beside = os.path.dirname(os.path.abspath(self._base))
                self._starts = tuple(dict.fromkeys((*self._list_starts(), beside)))
            for start in self._starts:
                if not self._leads_through_current(place := os.path.join(start, path)):
                    yield place
        yield from self._in_other_runs(path)

    def _in_other_runs(self, path: str) -> Iterator[str]:
        """Yield places of a path with the name of any run in it, wherever that run lies now."""
        components = path.split("/")
        for place, component in enumerate(components[:-1], start=1):
            below = os.path.normpath("/".join(components[place:]))
            if component[:1] in ("", ".") or component == CURRENT_LINK or not self._can_be_checkpoint(below):
                continue
            before = components[place - 2] if place > 1 else ""
            is_likely = before == os.path.basename(self._real_base) or below.startswith(f"{CHECKPOINTS_DIR}/")
            if (run := self._run_called(component, is_likely=is_likely)) is not None:
                yield os.path.join(self._base, run, below)

    def _run_called(self, name: str, *, is_likely: bool) -> str | None:
        """Return the directory of a run by its name or id; None where there is none.

        To find one that was renamed all runs are read, so that is done for what is likely the name of a run.
        """
        if name not in self._called:
            is_there = os.path.isdir(os.path.join(self._base, name))
            self._called[name] = directory_of(self._base, name) if is_there or is_likely else None
        return self._called[name]

    def _leads_through_current(self, path: str) -> bool:
        """Return whether a path leads through the link ``current`` of the runs directory."""
        components = path.split("/")
        return any(
            component == CURRENT_LINK and self._folder("/".join(components[:place]) or "/") == self._real_base
            for place, component in enumerate(components[:-1])
        )

    def _can_hold_state(self, real: str) -> bool:
        """Return whether a path is not that of the runs directory, of a run in it, or of what holds it."""
        holds_all = self._real_base.startswith(real.rstrip("/") + "/")
        return not holds_all and self._real_base not in (real, os.path.dirname(real))

    def _can_be_checkpoint(self, below: str) -> bool:
        return below not in (".", CHECKPOINTS_DIR) and not below.startswith("../")

    def _real_run(self, run: str) -> str:
        return self._folder(os.path.join(self._base, run))

    def _folder(self, path: str) -> str:
        return os.path.realpath(path)

    def _real_of(self, path: str) -> str | None:
        """Return the path without links where there is something; None where there is not."""
        try:
            os.stat(path)
        except ValueError:
            return None
        except OSError as error:
            self._note(error)
            return None
        return os.path.realpath(path)

    def _note(self, error: OSError) -> None:
        """Keep why something could not be looked for: that it is not there is then not known."""
        if error.errno not in _NOT_THERE:
            self._problem = self._problem or f"cannot be looked for: {explained(error)}"


class ListingFinder(CheckpointFinder):
    """Finder of many checkpoints: each folder is listed once, and only its links are followed."""

    def __init__(
        self,
        base: str,
        line: Mapping[str, frozenset[str]],
        started_in: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        super().__init__(base, line, started_in)
        self._listings: dict[str, Mapping[str, bool] | OSError] = {}
        self._folders: dict[str, str] = {}

    def _folder(self, path: str) -> str:
        if path not in self._folders:
            self._folders[path] = os.path.realpath(path)
        return self._folders[path]

    def _real_of(self, path: str) -> str | None:
        folder, name = os.path.split(path)
        if not _is_plain(path.lstrip("/")):
            return super()._real_of(path)
        real = self._folder(folder)
        listing = self._listing(real)
        if isinstance(listing, OSError):
            self._note(listing)
            # Where a folder cannot be listed, a file in it may still be opened by its name.
            return super()._real_of(path) if isinstance(listing, PermissionError) else None
        is_link = listing.get(name)
        if is_link is None:
            return None
        return super()._real_of(path) if is_link else f"{real.rstrip('/')}/{name}"

    def _listing(self, real: str) -> Mapping[str, bool] | OSError:
        """Return the names in a folder, and whether each is a link; or why it cannot be listed."""
        found = self._listings.get(real)
        if found is None:
            try:
                with os.scandir(real) as listing:
                    found = {entry.name: entry.is_symlink() for entry in listing}
            except ValueError:
                found = {}
            except OSError as error:
                found = error
            self._listings[real] = found
        return found


def explained(error: OSError) -> str:
    """Return why a file or a folder cannot be read, without its path."""
    return explain(error, with_path=False)


def _is_plain(path: str) -> bool:
    """Return whether a path has nothing but names in it: no ``.``, no ``..``, nothing empty, no NUL."""
    return "\0" not in path and not _SPECIAL.intersection(path.split("/"))
