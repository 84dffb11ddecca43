"""Listing the runs of a directory for a program: from the index, as the classic class does, and no less true.

Which runs there are is asked of the directory. What the index says of them is taken, and of a run that it
lacks what its metadata says.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

from runtui.store.concurrent_work import in_order
from runtui.store.index import entry_of, read_index, read_latest
from runtui.store.run_listing import run_names
from runtui.store.timestamps import parse_timestamp

Entry = dict[str, Any]

_DATE = itemgetter("created_at")
_ZONE = itemgetter(slice(-1, None))
_MOMENT = itemgetter(slice(None, -1))


def list_entries(base: str) -> list[Entry]:
    """Return the entries of all runs that can be read, newest first; none where there is no directory.

    Raises:
        OSError: The directory cannot be listed.
    """
    try:
        names = run_names(base)
    except FileNotFoundError:
        return []
    known, _latest = read_index(base)
    present = set(names)
    if known.keys() == present:
        entries = list(known.values())
    else:
        entries = [entry for name, entry in known.items() if name in present]
        entries += _read_others(base, [name for name in names if name not in known])
    dates = list(map(_DATE, entries))
    if set(map(_ZONE, dates)) == {"Z"}:
        # They sort as text, and mostly are sorted, as they are in the index. Some may have no fraction.
        moments = list(map(_MOMENT, dates))
        if moments != sorted(moments):
            entries.sort(key=lambda entry: _MOMENT(entry["created_at"]))
    else:
        entries.sort(key=_age)
    entries.reverse()
    return entries


def latest_run(base: str) -> str | None:
    """Return the name of the run created last; None where there is none.

    Raises:
        OSError: The directory cannot be listed.
    """
    try:
        names = run_names(base)
    except FileNotFoundError:
        return None
    known, latest = read_latest(base)
    if latest is None or latest["run_id"] not in set(names):
        return next((entry["run_id"] for entry in list_entries(base)), None)
    # What the index says is the order of creation, which is finer than the dates.
    others = _read_others(base, [name for name in names if name not in known])
    newer = [entry for entry in others if _age(entry)[0] > _age(latest)[0]]
    return str(max(newer, key=_age, default=latest)["run_id"])


def _read_others(base: str, names: list[str]) -> list[Entry]:
    return [entry for entry in in_order(names, partial(entry_of, base)) if entry is not None]


def _age(entry: Entry) -> tuple[float, str]:
    return parse_timestamp(entry["created_at"]) or 0.0, entry["run_id"]
