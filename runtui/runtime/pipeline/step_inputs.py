"""The files of a step: its script or module, what its command names, and what it made."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from runtui.runtime.pipeline.command_files import command_files, is_script, module_files
from runtui.runtime.pipeline.plan import CallWork, Work
from runtui.store.paths import CHECKPOINTS_DIR, CONFIG_FILE, PARAMS_FILE, RESULTS_DIR

_LARGEST_READ = 64 * 1024 * 1024
"""Bytes of a file above which its size and its time of modification stand for its contents."""

_MOST_ENTRIES = 10_000  # files of an output that is a directory

_MOST_LOOKED_AT = 2000  # files of a run among which those are looked for that a step made
_MOST_MADE = 200  # files
_CLOCK_STEP = 50_000_000
"""Nanoseconds by which the time of a file may lie before that of the clock that it was read from."""


def named_files(work: Work) -> tuple[str, ...]:
    """Return the paths of the files that a step's work names and that are there.

    Of a command those are its script, its input files and whatever else is a file among its words; of a
    function the module that it is in. Programs of the system are left out.
    """
    if isinstance(work, CallWork):
        module = work.function.partition(":")[0] if isinstance(work.function, str) else ""
        found = module_files(module, work.search) if module else set()
    else:
        found = command_files(work.words, work.directory or os.getcwd())
    return tuple(sorted(found))


def mark_of(path: str) -> str:
    """Return a text that differs when the contents of a path do; ``""`` where nothing can be read."""
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            return _digest_of_listing(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_READ:
            return f"{found.st_size}-{found.st_mtime_ns}"
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError:
        return ""


def marks_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the marks of files and directories, by their paths; of those that are there."""
    return {path: mark for path in paths if (mark := mark_of(path))}


def without_own_changes(marks: Mapping[str, str]) -> dict[str, str]:
    """Return the marks taken when a step began without those of data that it has changed itself."""
    return {path: mark for path, mark in marks.items() if is_script(path) or mark_of(path) == mark}


def made_since(run: str, moment: int) -> list[str]:
    """Return the results and checkpoints of a run that were written since a moment, in ns since the epoch."""
    found: list[str] = []
    for folder in (RESULTS_DIR, CHECKPOINTS_DIR):
        for path in islice(_files_below(os.path.join(run, folder)), _MOST_LOOKED_AT):
            try:
                if os.lstat(path).st_mtime_ns >= moment - _CLOCK_STEP:
                    found.append(os.path.relpath(path, run))
            except OSError:
                continue
    return found[:_MOST_MADE]


def parameters_mark(run: str) -> str:
    """Return a text that differs when a run's parameters or its configuration do."""
    return " ".join(mark_of(os.path.join(run, name)) or "-" for name in (PARAMS_FILE, CONFIG_FILE))


def _digest_of_listing(directory: str) -> str:
    digest = hashlib.sha256()
    for path in islice(_files_below(directory), _MOST_ENTRIES):
        found = os.lstat(path)
        text = f"{os.path.relpath(path, directory)}\0{found.st_size}-{found.st_mtime_ns}\0"
        digest.update(text.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _files_below(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files))
