"""Marks of files: short texts that differ when the contents do."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter

from runtui.formats.config.registry import config_items
from runtui.store.paths import CONFIG_FILE, PARAMS_FILE

_LARGEST_READ = 64 * 1024 * 1024
"""Bytes of a file, or of all files of a directory, above which size and time stand for the contents."""

_LARGEST_PARAMETERS = 8 * 1024 * 1024  # bytes

_MISSING, _EDITED = "-", "edited"
"""Marks of parameters that there are none of, and of those that somebody edited while steps ran."""

_MOST_ENTRIES = 10_000  # files of a directory


def mark_of(path: str) -> str:
    """Return a text that differs when the contents of a path do; ``""`` where nothing can be read.

    Args:
        path: A file, or a directory with all below it.
    """
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            return _digest_of_directory(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_READ:
            return f"{found.st_size}-{found.st_mtime_ns}"
        return _digest_of_file(path)
    except (OSError, ValueError):
        return ""


def marks_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the marks of files and directories, by their paths; of those that are there."""
    return {path: mark for path in paths if (mark := mark_of(path))}


def parameters_mark(run: str) -> str:
    """Return a text that differs when the values of a run's parameters or of its configuration do."""
    return " ".join(_values_mark(os.path.join(run, name)) for name in (PARAMS_FILE, CONFIG_FILE))


def settled_parameters_mark(before: str, run: str) -> str:
    """Return the mark of the parameters that steps ran with, when they have ended.

    What appeared meanwhile was written by a step; what changed meanwhile was edited, and matches nothing.

    Args:
        before: The mark when the first of them began.
        run: The run's directory.
    """
    both = zip(before.split(), parameters_mark(run).split(), strict=True)
    return " ".join(now if known in (now, _MISSING) else _EDITED for known, now in both)


def _values_mark(path: str) -> str:
    try:
        if os.stat(path).st_size > _LARGEST_PARAMETERS:
            return mark_of(path) or _MISSING
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return _MISSING
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        values = sorted(config_items(os.path.basename(path), data), key=itemgetter(0))
    try:
        text = json.dumps(values, sort_keys=True, default=str)
    except (ValueError, TypeError, RecursionError):
        return mark_of(path) or _MISSING
    return _short(hashlib.sha256(text.encode()).hexdigest())


def _digest_of_file(path: str) -> str:
    with open(path, "rb") as file:
        return _short(hashlib.file_digest(file, "sha256").hexdigest())


def _digest_of_directory(directory: str) -> str:
    digest = hashlib.sha256()
    left = _LARGEST_READ
    for path in islice(_files_below(directory), _MOST_ENTRIES):
        found = os.lstat(path)
        left -= found.st_size
        is_read = left >= 0 and stat.S_ISREG(found.st_mode)
        mark = _digest_of_file(path) if is_read else str(found.st_mtime_ns)
        text = f"{os.path.relpath(path, directory)}\0{found.st_size}-{mark}\0"
        digest.update(text.encode("utf-8", "surrogateescape"))
    return _short(digest.hexdigest())


def _short(digest: str) -> str:
    return digest[:16]


def _files_below(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files))
