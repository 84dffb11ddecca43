"""Values of a run that are read from other files than its metadata, and the state of those files.

Of a run of another program, which has no metadata.json, the files that tell how it ended count with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from runtui.store.record import STAMP_SIZE, FileStamp, Value, stamp_of

_DIGEST_SIZE = 8  # bytes
_SEPARATOR = "\t"
_BETWEEN = "\t\t"

ALWAYS_CHANGED = "?"
"""State of files of which it is not known which they are: they count as changed whenever one asks."""


class FileValues(NamedTuple):
    """Values that a run's parameter files have for keys.

    Attributes:
        values: The values by key. One that is null in the file is left out.
        missing: The keys that no file has.
        stamp: The state of the files that were looked at, for `are_unchanged`.
        problem: Why values that are missing may be there all the same, in one line, or ``""``.
    """

    values: Mapping[str, Value]
    missing: Collection[str]
    stamp: str = ""
    problem: str = ""


ValueReader = Callable[[str, Collection[str]], FileValues]
"""Function that returns the values of keys in the parameter files of a run's directory; raises nothing."""


def no_values(_run_dir: str, keys: Collection[str]) -> FileValues:
    """Find nothing, where no parameter files are read."""
    return FileValues({}, keys)


def files_stamp(stamps: Mapping[str, FileStamp]) -> str:
    """Return the state of files as a line of text, given their stamps by their paths below the run."""
    state = b"".join(stamps.values())
    if len(state) > STAMP_SIZE:
        from hashlib import blake2b  # not for those who only read metadata

        state = blake2b(state, digest_size=_DIGEST_SIZE).digest()
    return _SEPARATOR.join((state.hex(), *stamps))


def joined_stamps(*stamps: str) -> str:
    """Return the state of several groups of files, of which each is a `files_stamp` or ``""``."""
    return ALWAYS_CHANGED if ALWAYS_CHANGED in stamps else _BETWEEN.join(filter(None, stamps))


def are_unchanged(run_dir: str, stamp: str) -> bool:
    """Return whether files are still in the state that `files_stamp` or `joined_stamps` told of."""
    if stamp == ALWAYS_CHANGED:
        return False
    for group in stamp.split(_BETWEEN):
        _digest, *paths = group.split(_SEPARATOR)
        if files_stamp({path: current_stamp(f"{run_dir}/{path}") for path in paths}) != group:
            return False
    return True


def may_change(stamp: str, path: str) -> bool:
    """Return whether a change of a file below a run may change the state that `joined_stamps` told of."""
    return stamp == ALWAYS_CHANGED or path in stamp.split(_SEPARATOR)


def current_stamp(path: str) -> FileStamp:
    """Return the stamp of a file or directory; empty where there is none."""
    try:
        return stamp_of(os.stat(path))
    except (OSError, ValueError):  # a path from a damaged cache may be none
        return b""
