"""The runs among the entries of a runs directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
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
    directories, links = opened_again(partial(_read_entries, base))
    return [*(RunEntry(name, False) for name in directories), *(RunEntry(name, True) for name in links)]


def all_run_names(base: str) -> list[str]:
    """Return the names of the runs of the runs directory `base`, links included: `run_entries` in less time.

    Raises:
        OSError: The directory cannot be listed.
    """
    directories, links = opened_again(partial(_read_entries, base))
    return directories + links


def _read_entries(base: str) -> tuple[list[str], list[str]]:
    with os.scandir(base) as listing:
        entries = [entry for entry in listing if entry.name[0] != "."]
    directories = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    if len(directories) == len(entries):
        return directories, []
    links = [
        entry.name
        for entry in entries
        if entry.is_symlink() and entry.name != CURRENT_LINK and _links_to_a_run_elsewhere(base, entry)
    ]
    return directories, links


def run_names(base: str) -> list[str]:
    """Return the names of the run directories in `base`; links are left out.

    Raises:
        OSError: The directory cannot be listed.
    """
    return [entry.name for entry in run_entries(base) if not entry.is_link]


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


def files_below(
    run_dir: str, folder: str, most: int, deepest: int, first: str = ""
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files of a run below one of its folders: the path below the run, and the status of each.

    Links are not followed, hidden folders and those that cannot be listed are passed over.

    Args:
        run_dir: The run's directory.
        folder: The folder, ``""`` for the whole run.
        most: How many entries are looked at.
        deepest: How many folders deep.
        first: Folders whose path begins so come before others.
    """
    waiting = [(folder, 0)]
    seen = 0
    while waiting and seen < most:
        folder, depth = waiting.pop(0)
        try:
            with os.scandir(os.path.join(run_dir, folder)) as listing:
                for entry in listing:
                    seen += 1
                    if seen > most:
                        break
                    path = os.path.join(folder, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        if depth < deepest and not entry.name.startswith("."):
                            waiting.append((path, depth + 1))
                    elif entry.is_file(follow_symlinks=False):
                        yield path, entry.stat(follow_symlinks=False)
        except OSError:
            continue
        waiting.sort(key=lambda place: not place[0].startswith(first))
