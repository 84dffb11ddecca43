"""``.run_index.json`` and ``current``: kept for classic readers, never trusted, rebuilt at any time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from runtui.store.atomic import TEMP_SUFFIX, discard, naming, write_atomic
from runtui.store.errors import InvalidRunIdError, explain
from runtui.store.listing import run_names
from runtui.store.lock import FileLock
from runtui.store.metadata import LARGEST_METADATA, MetadataError, parse_object, read_file, read_metadata
from runtui.store.paths import CURRENT_LINK, INDEX_FILE, PRIVATE_DIR, check_run_id
from runtui.store.private import private_folder
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import parse_timestamp

SUMMARY_KEYS = ("run_id", "description", "created_at", "status", "tags")

_LARGEST_INDEX = 64 * LARGEST_METADATA


def summary_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a run's metadata that the index repeats."""
    return {key: metadata.get(key) for key in SUMMARY_KEYS}


class Returned(NamedTuple):
    """An entry that comes back into the index, as it was there before.

    Attributes:
        entry: It.
        was_latest_until: When its run was taken, in seconds since the epoch, if it was the latest one then.
    """

    entry: dict[str, Any]
    was_latest_until: float | None = None


def update_index(
    base: str,
    changed: Mapping[str, Any] | None = None,
    latest: str | None = None,
    returned: Sequence[Returned] = (),
    edited: Collection[str] = (),
) -> None:
    """Bring the index in line with the directories, taking the unchanged entries from it.

    Args:
        base: The runs directory.
        changed: Metadata of the run that has just been saved.
        latest: The run created last, when there is a new one.
        returned: The entries of runs that have come back.
        edited: Runs whose metadata has other values than their entries.

    Raises:
        OSError: The index cannot be written; it is as it was.
        LockTimeoutError: Another program kept its lock.
    """
    with index_lock(base):
        entries, known_latest = read_index(base)
        if changed is not None:
            entries[str(changed["run_id"])] = summary_of(changed)
        for name in edited:
            entries.pop(name, None)  # what is missing is made from the metadata
        entries |= {one.entry["run_id"]: one.entry for one in returned}
        for one in returned:
            if one.was_latest_until is not None and not any(
                (parse_timestamp(entry.get("created_at")) or 0.0) > one.was_latest_until
                for entry in entries.values()
            ):
                known_latest = one.entry["run_id"]
        _write_index(base, entries, latest or known_latest)


def update_cached_index(base: str, returned: Sequence[Returned] = ()) -> str:
    """Bring the index in line with the directories after something else was done, which stays done.

    Returns:
        Why that failed, and what to do about it, in one line, or ``""``.
    """
    return _cached(partial(update_index, base, returned=returned))


def _cached(update: Callable[[], None]) -> str:
    try:
        update()
    except OSError as error:
        return f"the index was not brought up to date, `runtui doctor --fix` does it later: {explain(error)}"
    return ""


def index_edits(base: str, edited: Collection[str]) -> str:
    """Bring the index, where there is one, in line with runs that were edited.

    Returns:
        Why that failed, and what to do about it, in one line, or ``""``.
    """
    if not edited or not os.path.lexists(os.path.join(base, INDEX_FILE)):
        return ""
    return _cached(partial(update_index, base, edited=edited))


def rebuild_index(base: str) -> int:
    """Write the index anew from the directories alone and return the number of its entries.

    Raises:
        OSError: The index cannot be written; it is as it was.
        LockTimeoutError: Another program kept its lock.
    """
    with index_lock(base):
        return _write_index(base, {}, None)


def stale_entries(base: str) -> str:
    """Return in what the index differs from the directories, in one line, or ``""``. Changes nothing.

    Raises:
        OSError: The runs directory cannot be listed.
    """
    if not os.path.lexists(os.path.join(base, INDEX_FILE)):
        return "the index is missing" if run_names(base) else ""
    entries, latest = read_index(base)
    present: dict[str, dict[str, Any]] = {}
    for name in run_names(base):
        try:
            present[name] = summary_of(read_metadata(os.path.join(base, name))) | {"run_id": name}
        except MetadataError:
            entries.pop(name, None)
    gone = sum(name not in present for name in entries)
    new = sum(name not in entries for name in present)
    different = sum(entries[name] != summary for name, summary in present.items() if name in entries)
    if present and not entries:
        return "the index is empty or cannot be read"
    parts = [
        f"{count} {what}"
        for count, what in (
            (gone, "gone runs listed"),
            (new, "runs missing"),
            (different, "entries out of date"),
        )
        if count
    ]
    if not parts and latest not in present and present:
        parts = ["its latest run is not there"]
    return f"the index is stale ({', '.join(parts)})" if parts else ""


def index_lock(base: str) -> FileLock:
    """Return the lock under which the index, ``current`` and the set of runs are changed."""
    private_folder(base, follow=True)
    return FileLock(f"{PRIVATE_DIR}/index.lock", within=SafeDirectory(base, follow=True))


def read_current(base: str) -> str | None:
    """Return the name of the run that ``current`` points to (it may be gone), or None.

    What it leads to where that is there, but is none of the runs directory's, is no run.
    """
    try:
        target = os.readlink(os.path.join(base, CURRENT_LINK))
    except OSError:
        return None
    # Classic writers leave it relative to where the simulation started: its last part is what counts.
    name = os.path.basename(target.rstrip("/"))
    try:
        check_run_id(name)
    except InvalidRunIdError:
        return None
    try:
        found = os.stat(os.path.join(base, target))
    except OSError:
        return name
    try:
        is_of_base = os.path.samestat(found, os.stat(os.path.join(base, name)))
    except OSError:
        is_of_base = False
    return name if is_of_base else None


def point_current(base: str, run_id: str) -> None:
    """Let ``current`` point to `run_id`, without a moment in which it points nowhere.

    Raises:
        OSError: The link cannot be made, or something that is no link has its name.
    """
    link = os.path.join(base, CURRENT_LINK)
    if os.path.lexists(link) and not os.path.islink(link):
        raise FileExistsError(f"{link} is not a symbolic link: move it away")
    temporary = os.path.join(base, f".{CURRENT_LINK}.{os.urandom(6).hex()}{TEMP_SUFFIX}")
    try:
        os.symlink(run_id, temporary)
        os.rename(temporary, link)
    except OSError as error:
        discard(temporary)
        raise naming(link, error) from error


def read_index(base: str) -> tuple[dict[str, dict[str, Any]], str | None]:
    """Return the entries of the index by run id and the run it calls the latest; nothing of a bad index."""
    try:
        data, _stamp = read_file(os.path.join(base, INDEX_FILE), _LARGEST_INDEX, follow_link=False)
        index = parse_object(data, name=INDEX_FILE)
    except (MetadataError, OSError):
        return {}, None
    runs, latest = index.get("runs"), index.get("latest")
    entries = {
        entry["run_id"]: entry
        for entry in (runs if isinstance(runs, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("run_id"), str)
    }
    return entries, latest if isinstance(latest, str) else None


def _write_index(base: str, entries: dict[str, dict[str, Any]], latest: str | None) -> int:
    kept: list[dict[str, Any]] = []
    present = set(run_names(base))
    for name, entry in entries.items():
        if name in present:
            kept.append(entry)
    for name in present.difference(entries):
        try:
            metadata = read_metadata(os.path.join(base, name), attempts=1)
        except MetadataError:
            continue
        kept.append(summary_of(metadata) | {"run_id": name})
    # By name where the times are equal, so that an entry that comes back finds its place.
    kept.sort(key=lambda entry: (str(entry.get("created_at") or ""), entry["run_id"]))
    if latest not in present:
        latest = kept[-1]["run_id"] if kept else None
    text = json.dumps({"runs": kept, "latest": latest}, indent=2)
    write_atomic(os.path.join(base, INDEX_FILE), text.encode("utf-8", "replace"))
    return len(kept)
