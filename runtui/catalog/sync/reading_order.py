"""The order in which the runs of a directory are read: the newest first, as far as hints tell."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from runtui.store.index import read_current
from runtui.store.paths import INDEX_FILE
from runtui.store.regular_file import open_regular

_INDEX_TAIL = 256 * 1024  # bytes
_INDEXED_ID = re.compile(rb'"run_id": ?"([^"\\]+)"')


def reading_order(base: str, known: Sequence[str], fresh: frozenset[str]) -> list[str]:
    """Return names in the best order for reading, which is probably newest first.

    For `fresh` runs, the index of classic writers tells which are the newest, but is only a hint. Costs a
    look at ``current`` and at the end of the index.

    Args:
        base: The runs directory.
        known: The names known before, which keep their order.
        fresh: The other names.
    """
    if not fresh:
        return list(known)
    first = dict.fromkeys(name for name in _hints(base) if name in fresh)
    return [*first, *known, *sorted(fresh.difference(first), reverse=True)]


def first_names(base: str, most: int) -> list[str]:
    """Return the names of some runs to start with, probably the newest, without listing all.

    Costs a look at ``current`` and at the end of the index, or, without an index, a part of the listing. A
    name may be gone, or not be a run.

    Raises:
        OSError: The directory cannot be listed.
    """
    names = _hints(base)[:most]
    if not names:
        with os.scandir(base) as listing:
            for entry in listing:
                if entry.name[0] != "." and entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                    if len(names) == most:
                        break
    return names


def _hints(base: str) -> list[str]:
    """Return names of runs that are probably the newest, by ``current`` and the index."""
    current = read_current(base)
    names = [] if current is None else [current]
    names += [name for name in _indexed_last(base) if name not in (".", "..", current) and "/" not in name]
    return names


def _indexed_last(base: str) -> list[str]:
    try:
        with open_regular(f"{base}/{INDEX_FILE}", follow_link=True) as file:
            begin = max(0, file.status.st_size - _INDEX_TAIL)
            tail = os.pread(file.descriptor, _INDEX_TAIL, begin)
    except OSError:
        return []
    found = [name.decode(errors="surrogateescape") for name in _INDEXED_ID.findall(tail)]
    return found[::-1]
