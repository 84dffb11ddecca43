"""Selection of the runs directory and the run that the user means."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from runtui.catalog.run_key import RunKey, split_name
from runtui.cli.arguments import DEFAULT_DIR, DIR_VARIABLE
from runtui.layouts.opening import as_run, holds_runs, read_foreign_runs
from runtui.store.errors import RunNotFoundError, StoreError, explain
from runtui.store.paths import CURRENT_LINK, METADATA_FILE
from runtui.store.record import RunRecord
from runtui.store.run_listing import all_run_names, check_runs_directory
from runtui.text.folding import composed
from runtui.text.sanitize import safe_text

_MOST_MATCHES_SHOWN = 8  # runs
_MOST_LOOKED_AT = 64  # directories whose names begin alike that are looked at for whether they are runs


def named_directory(arguments: argparse.Namespace) -> str:
    """Return the runs directory that the arguments or the environment name, without checking it."""
    return getattr(arguments, "runs_dir", None) or os.environ.get(DIR_VARIABLE) or DEFAULT_DIR


def directory_to_read(arguments: argparse.Namespace) -> str:
    """Return the directory of which runs are read, without checking it.

    That is the one that the arguments or the environment name, or else ``./runs``, or else the working
    directory if it holds runs.
    """
    base = named_directory(arguments)
    if _is_named(arguments) or os.path.lexists(base) or not holds_runs(os.curdir):
        return base
    return os.curdir


def existing_directory(arguments: argparse.Namespace) -> str:
    """Return the directory of which runs are read, as `directory_to_read` does.

    Raises:
        RunNotFoundError: None is named, and there are no runs in the working directory or below it.
    """
    base = directory_to_read(arguments)
    if _is_named(arguments) or os.path.lexists(base):
        return base
    raise RunNotFoundError(
        f"found no runs here or in folders below, and there is no directory {base}: name a runs directory, "
        "or make one to try with `runtui demo`"
    )


def _is_named(arguments: argparse.Namespace) -> bool:
    return bool(getattr(arguments, "runs_dir", None) or os.environ.get(DIR_VARIABLE))


class OpenedDirectory(NamedTuple):
    """A runs directory, and the names of the only runs in it that are meant; none for all of them."""

    base: str
    only: tuple[str, ...] = ()


def opened_directory(arguments: argparse.Namespace) -> OpenedDirectory:
    """Return the runs directory that the arguments or the environment name; of a run the one above it.

    Raises:
        RunNotFoundError: It is missing, not a directory, or not readable.
    """
    base = existing_directory(arguments)
    check_runs_directory(base)
    read_foreign_runs()
    run = as_run(base)
    return OpenedDirectory(base) if run is None else OpenedDirectory(run[0], (run[1],))


def runs_directory(arguments: argparse.Namespace) -> str:
    """Return the runs directory that the arguments or the environment name.

    Raises:
        RunNotFoundError: As of `opened_directory`.
    """
    return opened_directory(arguments).base


def run_of(arguments: argparse.Namespace, wanted: str) -> RunKey:
    """Return the key of a run in the directory that the arguments or the environment name.

    Raises:
        RunNotFoundError: As of `opened_directory` and `resolve_run`.
    """
    directory = opened_directory(arguments)
    return resolve_run(directory.base, wanted, directory.only)


def runs_of(arguments: argparse.Namespace, wanted: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of several runs, as `run_of` finds them, by the directories that they lie in.

    Raises:
        RunNotFoundError: As of `run_of`.
    """
    directory = opened_directory(arguments)
    found: dict[str, list[str]] = {}
    for key in dict.fromkeys(resolve_run(directory.base, run, directory.only) for run in wanted):
        found.setdefault(key.base, []).append(key.name)
    return found


def folder_prefix(opened: str, base: str) -> str:
    """Return the path of a folder from the runs directory above it, with a slash at its end; or ``""``."""
    folder = os.path.relpath(base, opened)
    return "" if folder == os.curdir else f"{folder}/"


@contextmanager
def creating_in(base: str) -> Iterator[None]:
    """Name the runs directory, and not the run that does not exist yet, in errors of creating a run.

    Args:
        base: The runs directory.

    Raises:
        StoreError: The run cannot be created.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        reason = explain(error, with_path=False)
        raise StoreError(f"cannot create a run in {safe_text(base)}: {reason}") from None


def resolve_run(base: str, wanted: str, only: Sequence[str] = ()) -> RunKey:
    """Return the key of a run.

    Args:
        base: The runs directory.
        only: The names of the only runs in it that are meant; none for all.
        wanted: A run id, a unique prefix of one, ``latest`` or ``current``; the id that a run had before its
            directory was renamed; the path of a run in a folder below, or a prefix of one; or its path from
            the working directory or the root.

    Raises:
        RunNotFoundError: No run matches, or several match a prefix; the message lists them.
    """
    if wanted == "latest":
        return _latest(base, only)
    if wanted == CURRENT_LINK:
        from runtui.store.index import read_current

        target = read_current(base)
        if target is None or target not in all_run_names(base):
            raise RunNotFoundError("`current` does not point to a run: name a run, or use `latest`")
        return RunKey(base, target)
    if wanted == os.curdir and only:
        wanted = only[0]
    wanted = _from_base(base, wanted)
    shown = safe_text(wanted, 80)
    found = _matches_at(base, wanted)
    folders = [name for name in found if len(found) <= _MOST_LOOKED_AT and _is_no_run(f"{base}/{name}")]
    matches = [name for name in found if name not in folders]
    if wanted and not matches and not ("/" in wanted and wanted in folders):
        matches = _matches_below(base, wanted, only)
    if not matches and folders:
        raise RunNotFoundError(_no_run_text(base, folders[0]))
    if not matches:
        raise RunNotFoundError(f"no run id begins with {shown!r}: list the runs with `runtui ls`")
    if len(matches) > 1:
        listed = ", ".join(safe_text(name) for name in matches[:_MOST_MATCHES_SHOWN])
        more = f" and {len(matches) - _MOST_MATCHES_SHOWN} more" if len(matches) > _MOST_MATCHES_SHOWN else ""
        raise RunNotFoundError(f"{shown!r} matches {len(matches)} runs, add more characters: {listed}{more}")
    return split_name(base, matches[0])


def _from_base(base: str, wanted: str) -> str:
    """Return a path as it is from the runs directory, if a user typed it from elsewhere; others unchanged."""
    text = wanted.rstrip("/")
    if text.startswith(("/", "./", "../")) or ("/" in text and not os.path.lexists(os.path.join(base, text))):
        path = os.path.abspath(text)
        resolved = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        for start, place in ((path, os.path.abspath(base)), (resolved, os.path.realpath(base))):
            if start.startswith(place.rstrip("/") + "/") and os.path.lexists(start):
                return start[len(place.rstrip("/")) + 1 :]
    return text


def _matches_at(base: str, wanted: str) -> list[str]:
    """Return the paths of the directories that a path from the runs directory names, or is the start of."""
    from runtui.layouts.run_tree import is_link_of_another

    folder, slash, start = wanted.rpartition("/")
    # No path leads out of the directory, or into what no run lies in.
    parts = folder.split("/") if slash else []
    if any(part == "" or part.startswith(".") for part in parts) or any(
        is_link_of_another(os.path.join(base, *parts[:depth])) for depth in range(1, len(parts) + 1)
    ):
        return []
    return [folder + slash + name for name in _matches_in(os.path.join(base, folder), start)]


def _is_no_run(directory: str) -> bool:
    """Return whether a directory is no run, but perhaps one of runs."""
    if os.path.lexists(os.path.join(directory, METADATA_FILE)):
        return False
    from runtui.layouts.registry import DirectoryKind, examine  # only for directories without a record

    try:
        return examine(directory).kind is DirectoryKind.OTHER
    except OSError:
        return False


def _no_run_text(base: str, folder: str) -> str:
    """Return the line that tells of a directory which was named as a run what it is instead."""
    shown = safe_text(folder, 80)
    if holds_runs(os.path.join(base, folder)):
        return f"{shown} is a folder of runs: name one of those, which `runtui ls` lists"
    return f"{shown} is no run: it has no {METADATA_FILE} and no known layout"


def _latest(base: str, only: Sequence[str]) -> RunKey:
    # The browser starts through this module and does not need them.
    from runtui.catalog.sorting import latest_of
    from runtui.catalog.sync.scan import read_all

    runs = read_all(base, only=only)
    newest = latest_of(runs)
    if newest is None:
        raise no_latest(runs)
    return split_name(base, newest.name)


def no_latest(runs: Sequence[RunRecord]) -> RunNotFoundError:
    """Return the error that tells why none of the runs of a directory is the latest."""
    if not runs:
        return RunNotFoundError(
            "no runs in this directory yet: `runtui launch` or `runtui demo` creates some"
        )
    example = f"{runs[0].run_id}: {runs[0].problem}"
    return RunNotFoundError(f"no run is the latest, as none can be read: {example}")


def _matches_in(folder: str, wanted: str) -> list[str]:
    """Return the names in one directory that are `wanted`, or else begin so."""
    try:
        names = all_run_names(folder)
    except OSError:
        return []
    if wanted in names:
        return [wanted]
    start = composed(wanted)
    matches = sorted(name for name in names if start and composed(name).startswith(start))
    if same := [name for name in matches if composed(name) == start]:
        return same[:1]
    if start and not matches:
        from runtui.store.run_ids import renamed_runs  # only for ids that no directory has

        renamed = renamed_runs(folder)
        found = [names for run_id, names in renamed.items() if composed(run_id).startswith(start)]
        matches = sorted({name for names in found for name in names})
    return matches


def _matches_below(base: str, wanted: str, only: Sequence[str]) -> list[str]:
    """Return the paths of all runs, those in folders, too, that are called `wanted`, or else begin so."""
    # Only for names that the directory does not have.
    from runtui.catalog.sync.scan import read_all
    from runtui.layouts.run_names import run_names_below
    from runtui.layouts.run_tree import MOST_LOOKS

    is_path = "/" in wanted
    start = composed(wanted)
    if not only:  # a whole id needs no run to be read
        listed = run_names_below(base, most_looks=MOST_LOOKS)
        leaves = listed if is_path else [name.rpartition("/")[2] for name in listed]
        if whole := [name for name in listed if composed(name) == start]:
            return whole[:1]
        exact = [name for name, leaf in zip(listed, leaves, strict=True) if composed(leaf) == start]
        if exact := [name for name in exact if not _is_no_run(os.path.join(base, name))]:
            return sorted(exact)
    called: dict[str, tuple[str, ...]] = {}
    for run in read_all(base, only=only):
        names = (
            (run.name,) if is_path else tuple(name.rpartition("/")[2] for name in (run.name, run.recorded_id))
        )
        called[run.name] = tuple(composed(name) for name in names)
    if whole := [name for name in called if composed(name) == start]:
        return whole[:1]
    same = [name for name, texts in called.items() if start in texts]
    return sorted(same or [name for name, texts in called.items() if any(t.startswith(start) for t in texts)])
