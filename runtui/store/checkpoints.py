"""Checkpoints of a run, whether its metadata lists them or they only lie in its directory."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import floor
from typing import Any, NamedTuple

from runtui.store.checkpoint_faults import fault_of, is_proven_whole, zeros_of
from runtui.store.checkpoint_names import NOTES, UNFINISHED, checkpoints_beside
from runtui.store.checkpoint_places import CheckpointFinder, ListingFinder, explained
from runtui.store.errors import MetadataError
from runtui.store.lineage import Ancestry, checkpoint_line
from runtui.store.metadata import read_metadata
from runtui.store.paths import CHECKPOINTS_DIR
from runtui.store.references import working_directories
from runtui.store.timestamps import parse_timestamp
from runtui.text.sanitize import safe_text

MOST_MEASURED = 200
"""Checkpoints whose files are looked at, the newest ones: a run can list many thousands."""

MISSING = "file missing"

_MOST_ON_DISK = 2000  # files in checkpoints/ that metadata does not list
_DENIED = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
_FEW = 16  # checkpoints that are looked for one by one: their folders may hold very many more

_OLDER = re.compile(r"[._-](?:prev|previous|old|bak|backup)(?:[._-]|$)|^#.*#$", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d+)")


class Checkpoint(NamedTuple):
    """A checkpoint of a run.

    Attributes:
        name: As the metadata lists it, or else the file's name; safe to show.
        created: Seconds since the epoch, or None.
        path: The file, where it was found along the line of ancestors; None when it is nowhere.
        owner: The run in whose directory the file lies; None when it is nowhere or outside of all.
        size: Bytes of the file, or None where that was not looked at, or there is none.
        problem: Why the run cannot be resumed from it, as far as it was looked at, or ``""``.
        is_listed: Whether the metadata lists it.
        outside: Where the file lies in fact, for one that is reached through a link; else ``""``.
        doubt: Why it may be incomplete, so that it is resumed from only when it is asked for, or ``""``.
    """

    name: str
    created: float | None
    path: str | None
    owner: str | None
    size: int | None = None
    problem: str = ""
    is_listed: bool = True
    outside: str = ""
    doubt: str = ""

    @property
    def why_not(self) -> str:
        """The reason not to resume from it unless it is asked for, or ``""``."""
        return self.problem or self.doubt


class Checkpoints(NamedTuple):
    """The checkpoints of a run and of its ancestors.

    Attributes:
        found: The checkpoints, the oldest first.
        newest: The one to resume from unless another one is asked for, or None.
        problems: What could not be looked at, in lines that are safe to show.
    """

    found: tuple[Checkpoint, ...] = ()
    newest: Checkpoint | None = None
    problems: tuple[str, ...] = ()

    @property
    def skipped(self) -> tuple[Checkpoint, ...]:
        """Those that are newer than the one to resume from and cannot be used, the newest first."""
        if self.newest is None:
            return ()
        behind = self.found[self.found.index(self.newest) + 1 :]
        return tuple(one for one in reversed(behind) if one.why_not)


def find_checkpoints(base: str, name: str, metadata: Mapping[str, Any], line: Ancestry) -> list[Checkpoint]:
    """Return the checkpoints that `metadata` lists, in its order, each looked for along the whole line.

    A path may be absolute, relative to the run (or to an ancestor), or relative to their checkpoints
    directories; where it is null, a file of the checkpoint's name is looked for. A path that was absolute
    before the runs directory was moved, or led through ``current``, is followed to where the run lies now.
    """
    return _listed(base, name, metadata, line)[0]


def _listed(
    base: str, name: str, metadata: Mapping[str, Any], line: Ancestry
) -> tuple[list[Checkpoint], CheckpointFinder, set[str]]:
    """Return the checkpoints that are listed, what found them, and the paths of their files without links."""
    listed = metadata.get("checkpoints")
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    kind = CheckpointFinder if len(items) <= _FEW else ListingFinder
    finder = kind(base, _ids_of(name, metadata, line), partial(_started_in, base, metadata, line))
    found = []
    reals: set[str] = set()
    for item in items:
        label, path = item.get("name"), item.get("path")
        label = label if isinstance(label, str) else str(label)
        if isinstance(path, os.PathLike):
            path = os.fspath(path)  # of a program, which has not saved it yet
        path = path if isinstance(path, str) and path else None
        place = finder.locate(label, path)
        reals.add(place.real)
        found.append(
            Checkpoint(
                safe_text(label, 200),
                parse_timestamp(item.get("created_at")),
                place.path,
                place.owner,
                problem="" if place.path is not None else place.problem or MISSING,
                outside=place.outside,
            )
        )
    return found, finder, reals


def _ids_of(name: str, metadata: Mapping[str, Any], line: Ancestry) -> dict[str, frozenset[str]]:
    """Return the run and its ancestors, nearest first, each with the names that paths may call it by."""
    own = metadata.get("run_id")
    called = dict(line.renamed)
    runs = {name: frozenset({name, own} if isinstance(own, str) and own else {name})}
    return runs | {run: frozenset({run, called.get(run, run)}) for run in line.names}


def _started_in(base: str, metadata: Mapping[str, Any], line: Ancestry) -> Iterator[str]:
    """Yield the directories in which a run and its ancestors were started, as far as that is recorded."""
    yield from working_directories(metadata)
    for run in line.names:
        with suppress(MetadataError):
            yield from working_directories(read_metadata(os.path.join(base, run), attempts=1))


def resumable_checkpoints(base: str, name: str, metadata: Mapping[str, Any], line: Ancestry) -> Checkpoints:
    """Return all checkpoints that a run could be resumed from, with what is wrong with each.

    These are the ones that its metadata lists, whatever lies in its ``checkpoints/`` and in those of its
    ancestors, and what lies beside these under the usual names. Of very many the newest are looked at.

    Args:
        base: The runs directory.
        name: The run.
        metadata: Its metadata.
        line: Its ancestors.
    """
    listed, finder, known = _listed(base, name, metadata, line)
    problems: list[str] = []
    beside: list[Checkpoint] = []
    for run in (name, *line.names):
        beside += _unlisted(base, run, known, finder, problems, is_own=run == name)
    listed = [one if one.created is not None else dated(one, len(listed)) for one in listed]
    # A run's own come after those of its ancestors, however long these went on.
    inherited = [one for one in (*listed, *beside) if one.owner in line.names]
    listed_here = [one for one in listed if one.owner not in line.names]
    beside_here = [one for one in beside if one.owner not in line.names]
    ordered = [*_by_date(inherited, ()), *_by_date(listed_here, beside_here)]
    looked_at = [*ordered[:-MOST_MEASURED], *map(measured, ordered[-MOST_MEASURED:])]
    found, newest = _newest(looked_at)
    if newest is None and line.missing is not None:
        parent = safe_text(line.missing, 80)
        problems.append(f"{parent} is not in this directory, so its checkpoints were not looked at")
    return Checkpoints(tuple(found), newest, tuple(problems))


def _by_date(listed: Sequence[Checkpoint], beside: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return checkpoints, the oldest first; one without a date stays behind the one listed before it."""
    dates = []
    last = 0.0
    for one in listed:
        last = last if one.created is None else one.created
        dates.append((last, one))
    dates += [(one.created or 0.0, one) for one in beside]
    # In whole seconds: files that were copied together have the order of their names.
    return [one for _date, one in sorted(dates, key=lambda pair: floor(pair[0]))]


def _unlisted(
    base: str,
    run: str,
    known: set[str],
    finder: CheckpointFinder,
    problems: list[str],
    *,
    is_own: bool,
) -> Iterator[Checkpoint]:
    """Yield what lies in the ``checkpoints/`` of a run, or beside it, and is not known yet."""
    run_dir = os.path.join(base, run)
    entries = _in_folder(run_dir, run, problems, is_own=is_own)
    said: list[str] = []
    entries += [(found.path, found.is_link) for found in checkpoints_beside(run_dir, said)]
    problems += said if is_own else [f"{problem} (of {safe_text(run, 80)})" for problem in said]
    reals: dict[str, str] = {}
    # What a link leads to comes first, so that it is not there twice.
    entries.sort(key=lambda entry: (entry[1], _in_order(os.path.basename(entry[0]))))
    around = _folders_of(known)
    for below, is_link in entries:
        folder, name = os.path.split(below)
        path = os.path.join(run_dir, below)
        if folder not in reals:
            reals[folder] = os.path.realpath(os.path.join(run_dir, folder))
        real = os.path.realpath(path) if is_link else f"{reals[folder]}/{name}"
        if real in known or real in around:
            continue
        known.add(real)
        place = finder.placed(path, real)
        yield dated(
            Checkpoint(
                safe_text(below.removeprefix(f"{CHECKPOINTS_DIR}/"), 200),
                None,
                path,
                place.owner,
                problem="an unfinished or temporary file" if UNFINISHED.search(name) else "",
                is_listed=False,
                outside=place.outside,
            )
        )


def _in_folder(run_dir: str, run: str, problems: list[str], *, is_own: bool) -> list[tuple[str, bool]]:
    """Return the paths of the entries of ``checkpoints/`` below the run, and whether each is a link."""
    folder = os.path.join(run_dir, CHECKPOINTS_DIR)
    shown = f"{CHECKPOINTS_DIR}/" if is_own else f"{CHECKPOINTS_DIR}/ of {safe_text(run, 80)}"
    try:
        with os.scandir(folder) as listing:
            entries = [(entry.name, entry.is_symlink()) for entry in listing if entry.name[0] != "."]
    except OSError as error:
        if isinstance(error, NotADirectoryError) and os.path.isfile(run_dir):
            return []  # the run is only a log
        if not isinstance(error, FileNotFoundError):
            problems.append(f"{shown} cannot be read: {explained(error)}")
        elif os.path.islink(folder):
            target = safe_text(os.readlink(folder), 200)
            problems.append(f"{shown} is a link to {target}, which does not exist")
        return []
    entries.sort(key=lambda entry: (entry[1], _in_order(entry[0])))
    if len(entries) > _MOST_ON_DISK:
        more = f"only the last {_MOST_ON_DISK:,} by name were looked at"
        problems.append(f"{shown} holds {len(entries):,} files: {more}")
        entries = entries[-_MOST_ON_DISK:]
    return [(f"{CHECKPOINTS_DIR}/{name}", is_link) for name, is_link in entries]


def _folders_of(files: Iterable[str]) -> set[str]:
    """Return the folders that those of `files` that are there lie in, at any depth."""
    found: set[str] = set()
    for file in files:
        folder = os.path.dirname(file)
        if folder not in found and not os.path.exists(file):
            continue
        while folder not in found and len(folder) > 1:
            found.add(folder)
            folder = os.path.dirname(folder)
    return found


def dated(checkpoint: Checkpoint, count: int = 0) -> Checkpoint:
    """Return a checkpoint with the date of its file, unless there are too many of them to look."""
    if checkpoint.path is None or count > MOST_MEASURED:
        return checkpoint
    try:
        return checkpoint._replace(created=os.stat(checkpoint.path).st_mtime)
    except OSError:
        return checkpoint


def followed_checkpoint(base: str, name: str, path: str) -> str:
    """Return the path of a checkpoint as it is now, after the runs directory or a run in it was moved.

    Args:
        base: The runs directory.
        name: The run that resumes from it.
        path: The path as it was chosen, or ``""``.

    Returns:
        The path as it was chosen, where the file is still there or nowhere else along the run's ancestors.
    """
    if not path or os.path.exists(path):
        return path
    try:
        metadata = read_metadata(os.path.join(base, name), attempts=1)
    except MetadataError:
        return path
    line = checkpoint_line(base, name, metadata)
    finder = CheckpointFinder(base, _ids_of(name, metadata, line), partial(_started_in, base, metadata, line))
    return finder.locate(os.path.basename(path), path).path or path


def measured(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint with the size of its file, and whether that is empty or cannot be read."""
    if checkpoint.path is None:
        return checkpoint
    try:
        found = os.stat(checkpoint.path)
        is_readable = os.access(
            checkpoint.path, os.R_OK, effective_ids=os.access in os.supports_effective_ids
        )
    except FileNotFoundError:
        return checkpoint._replace(problem=checkpoint.problem or MISSING)
    except OSError as error:
        return checkpoint._replace(problem=checkpoint.problem or f"cannot be read: {explained(error)}")
    fault = "" if is_readable else f"cannot be read: {explained(_DENIED)}"
    is_folder = stat.S_ISDIR(found.st_mode)
    if not is_folder and not found.st_size:
        fault = fault or "empty (0 bytes)"
    size = None if is_folder else found.st_size
    return checkpoint._replace(size=size, problem=checkpoint.problem or fault)


def _newest(checkpoints: list[Checkpoint]) -> tuple[list[Checkpoint], Checkpoint | None]:
    """Return checkpoints with the faults of those newer than the one to resume from, and that one.

    A note beside the checkpoints, such as ``step-200.md5``, is resumed from only where nothing else is left.
    """
    found = list(checkpoints)
    suffixes = {os.path.splitext(one.path or "")[1] for one in found if one.is_listed}
    notes: list[int] = []
    rest: list[int] = []
    for place, one in enumerate(found):
        is_note = not one.is_listed and one.path is not None and _is_note(one.path, suffixes)
        (notes if is_note else rest).append(place)
    for place in (*reversed(rest), *reversed(notes)):
        one = doubted(checked(found[place]), found[:place])
        found[place] = one
        if not one.why_not:
            return found, one
    return found, None


def doubted(checkpoint: Checkpoint, older: Sequence[Checkpoint]) -> Checkpoint:
    """Return a checkpoint with a doubt, if it may have lost its end and is not like the one before.

    Args:
        checkpoint: The checkpoint.
        older: Those before it, the oldest first.
    """
    path, size = checkpoint.path, checkpoint.size
    if checkpoint.problem or path is None:
        return checkpoint
    suffix = os.path.splitext(path)[1]
    before = next(
        (
            one
            for one in reversed(older)
            if not one.problem and one.path and one.size != 0 and os.path.splitext(one.path)[1] == suffix
        ),
        None,
    )
    before_size = (before.size if before is not None else 0) or 0
    if size is not None and size * 2 < before_size and not is_proven_whole(path):
        doubt = f"perhaps incomplete: {size:,} bytes, the one before has {before_size:,}"
        return checkpoint._replace(doubt=doubt)
    doubt = zeros_of(path)
    if doubt and before is not None and before.path is not None and zeros_of(before.path) == doubt:
        doubt = ""  # then it is the program's way
    return checkpoint._replace(doubt=doubt)


def _is_note(path: str, suffixes: set[str]) -> bool:
    name = os.path.basename(path)
    return NOTES.search(name) is not None and os.path.splitext(name)[1] not in suffixes


def checked(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint with the fault that its file shows when it is opened."""
    if checkpoint.problem or checkpoint.path is None:
        return checkpoint
    return checkpoint._replace(problem=fault_of(checkpoint.path))


def _in_order(name: str) -> tuple[bool, list[tuple[int, str]]]:
    """Return a key that sorts ``step-9`` before ``step-10``, and ``state_prev`` before ``state``."""
    numbers = [(int(part) if part.isdecimal() else 0, part) for part in _NUMBERS.split(name)]
    return _OLDER.search(name) is None, numbers
