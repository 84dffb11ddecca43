"""The runs among the entries of a runs directory."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from runtui.store.errors import RunNotFoundError, explain
from runtui.store.estale import opened_again
from runtui.store.paths import CURRENT_LINK
from runtui.text.sanitize import safe_text


class RunEntry(NamedTuple):
    """A run's directory as a listing shows it, without a look inside."""

    name: str
    is_link: bool


def run_entries(base: str) -> list[RunEntry]:
    """Return the runs of the runs directory `base`, in the file system's order.

    Every directory is a run, whatever it holds, but for hidden ones. A symbolic link is one too (runs are
    moved to other disks and linked), unless it only gives another name to a run beside it, as ``current``
    does. Costs one listing, and one look for each link.

    Raises:
        OSError: The directory cannot be listed.
    """
    found = list_directory(base)
    return [
        *(RunEntry(name, False) for name in found.folders),
        *(RunEntry(name, True) for name in found.links),
    ]


def all_run_names(base: str) -> list[str]:
    """Return the names of the runs of the runs directory `base`, links included: `run_entries` in less time.

    Raises:
        OSError: The directory cannot be listed.
    """
    found = list_directory(base)
    return found.folders + found.links


class DirectoryListing(NamedTuple):
    """The entries of a runs directory, without hidden ones.

    Attributes:
        folders: Its directories.
        links: Its symbolic links that may be runs.
        files: Its regular files.
    """

    folders: list[str]
    links: list[str]
    files: list[str]


def list_directory(base: str) -> DirectoryListing:
    """Return the entries of a runs directory, as `run_entries` takes them for runs, and its files.

    Raises:
        OSError: The directory cannot be listed.
    """
    return opened_again(partial(_read_entries, base))


def _read_entries(base: str) -> DirectoryListing:
    with os.scandir(base) as listing:
        entries = [entry for entry in listing if entry.name[0] != "."]
    directories = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    if len(directories) == len(entries):
        return DirectoryListing(directories, [], [])
    links = [
        entry.name
        for entry in entries
        if entry.is_symlink() and entry.name != CURRENT_LINK and _links_to_a_run_elsewhere(base, entry)
    ]
    files = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    return DirectoryListing(directories, links, files)


def run_names(base: str) -> list[str]:
    """Return the names of the run directories in `base`; links are left out.

    Raises:
        OSError: The directory cannot be listed.
    """
    return list_directory(base).folders


def check_runs_directory(base: str) -> None:
    """Check that `base` can be listed.

    Raises:
        RunNotFoundError: It is missing, no directory, or not readable; the text says what to do.
    """
    shown = safe_text(base)
    if "\0" in base:
        raise RunNotFoundError(f"{shown} cannot be the name of a directory")
    try:
        opened_again(partial(os.scandir, base)).close()
    except FileNotFoundError:
        from runtui.text.shell import advised_command  # only where one is advised

        raise RunNotFoundError(
            f"there is no directory {shown}: name a runs directory, or make one to try with "
            f"`{advised_command('runtui', 'demo', directory=base)}`"
        ) from None
    except NotADirectoryError:
        raise RunNotFoundError(f"{shown} is a file: name the directory that holds the runs") from None
    except PermissionError:
        raise RunNotFoundError(
            f"{shown} may not be read: ask its owner for access, or name another directory"
        ) from None
    except OSError as error:
        raise RunNotFoundError(f"{shown} cannot be listed: {explain(error, with_path=False)}") from None


def _links_to_a_run_elsewhere(base: str, entry: os.DirEntry[str]) -> bool:
    try:
        status = os.stat(entry.path)
    except OSError:
        return True  # dangling, or a loop: shown, with the reason, as a run that cannot be opened
    if not stat.S_ISDIR(status.st_mode):
        return False
    return os.path.dirname(os.path.realpath(entry.path)) != os.path.realpath(base)


class FoundFile(NamedTuple):
    """A file of a run: its path below the run, its status, and where it leads if a link leads there.

    Attributes:
        path: Below the run.
        status: The file's; of a link that of the file to which it leads.
        target: As the link says; of a file in a folder that is a link, where the file lies. Else ``""``.
    """

    path: str
    status: os.stat_result
    target: str = ""


def files_below(
    run_dir: str,
    folder: str,
    most: int,
    deepest: int,
    first: str = "",
    *,
    follow: bool = False,
    problems: list[str] | None = None,
    wanted: Callable[[str], bool] | None = None,
    links: list[str] | None = None,
) -> Iterator[FoundFile]:
    """Yield the regular files of a run below one of its folders. Hidden folders are passed over.

    No file is opened: a FIFO may have nobody at its other end, and a device may do something.

    Args:
        run_dir: The run's directory.
        folder: The folder, ``""`` for the whole run.
        most: How many entries are looked at.
        deepest: How many folders deep.
        first: Folders whose path begins so come before others.
        follow: Whether links are followed, to files and to folders; by default they are passed over.
        problems: Takes what could not be looked at, in lines that are safe to show.
        wanted: Function that returns whether an entry is looked at, by its name; by default all are.
        links: Takes the paths below the run of the links that were passed over.
    """
    said = [] if problems is None else problems
    waiting = [_Folder(folder, 0)]
    entered: set[tuple[int, int]] = set()
    seen = 0
    too_deep: list[str] = []
    while waiting:
        here = waiting.pop(0)
        place = os.path.join(run_dir, here.path)
        try:
            if follow and not _is_new(place, entered):
                continue
            with os.scandir(place) as listing:
                looked_at = (entry for entry in listing if wanted is None or wanted(entry.name))
                entries = list(itertools.islice(looked_at, most - seen + 1))
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                shown = f"{safe_text(here.path, 200)}/" if here.path else "the run's directory"
                said.append(f"{shown} cannot be read: {explain(error, with_path=False)}")
            elif follow and os.path.islink(place):
                said.append(dangling_text(f"{here.path}/", place))
            continue
        target = os.path.realpath(place) if follow and os.path.islink(place) else here.target
        for entry in entries:
            seen += 1
            if seen > most:
                said.append(f"only the first {most:,} entries of the run were looked at")
                return
            path = os.path.join(here.path, entry.name)
            there = os.path.join(target, entry.name) if target else ""
            try:
                if entry.is_dir(follow_symlinks=follow):
                    if entry.name.startswith("."):
                        continue
                    if here.depth < deepest:
                        waiting.append(_Folder(path, here.depth + 1, there))
                    elif deepest:
                        too_deep.append(path)
                elif entry.is_file(follow_symlinks=follow):
                    there = os.readlink(entry.path) if follow and entry.is_symlink() else there
                    yield FoundFile(path, entry.stat(follow_symlinks=follow), there)
                elif follow and entry.is_symlink() and not os.path.exists(entry.path):
                    said.append(dangling_text(path, entry.path))
                elif entry.is_symlink() and not follow:
                    if links is not None:
                        links.append(path)
                else:
                    said.append(_irregular_text(path, entry, follow=follow))
            except FileNotFoundError:
                continue  # removed meanwhile
            except OSError as error:
                said.append(f"{safe_text(path, 200)} cannot be read: {explain(error, with_path=False)}")
        waiting.sort(key=lambda place: not place.path.startswith(first))
    if too_deep:
        more = f" and {len(too_deep) - 1:,} more" if len(too_deep) > 1 else ""
        verb = "were" if more else "was"
        shown = safe_text(too_deep[0], 200)
        said.append(f"{shown}/{more} {verb} not looked at: deeper than {deepest} folders")


class _Folder(NamedTuple):
    """A folder to be listed: its path below the run, how deep it is, and where it lies behind a link."""

    path: str
    depth: int
    target: str = ""


def _is_new(place: str, entered: set[tuple[int, int]]) -> bool:
    """Return whether a folder was not listed yet, under whatever name; links may form a circle."""
    found = os.stat(place)
    key = (found.st_dev, found.st_ino)
    if key in entered:
        return False
    entered.add(key)
    return True


def _irregular_text(shown: str, entry: os.DirEntry[str], *, follow: bool) -> str:
    """Return the line that says of what is neither a file nor a folder why it is not read."""
    mode = entry.stat(follow_symlinks=follow).st_mode
    kind = "a FIFO" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    if entry.is_symlink():
        kind = f"a link to {safe_text(os.readlink(entry.path), 200)}, {kind}"
    return f"{safe_text(shown, 200)} is {kind}, so it is not read"


def dangling_text(shown: str, path: str) -> str:
    """Return the line that says of a link to nothing where it leads."""
    try:
        target = os.readlink(path)
    except OSError:
        target = "another place"
    return f"{safe_text(shown, 200)} is a link to {safe_text(target, 200)}, which does not exist"


def regular_files(run_dir: str, paths: Iterable[str]) -> Iterator[FoundFile]:
    """Yield those of some paths below a run that are regular files, and no links."""
    for path in paths:
        try:
            status = os.lstat(os.path.join(run_dir, path))
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield FoundFile(path, status)
