"""``.run_index.json`` and ``current``: kept for classic readers, never trusted, rebuilt at any time."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from runtui.store.atomic import TEMP_SUFFIX, discard, naming
from runtui.store.concurrent_work import in_order
from runtui.store.errors import InvalidRunIdError, MetadataError, explain
from runtui.store.index_file import is_replacement_denied, replace_index
from runtui.store.index_lock import index_lock
from runtui.store.json_object import DEEPEST_JSON, is_deeper, parse_object
from runtui.store.metadata import LARGEST_METADATA, read_metadata
from runtui.store.paths import CURRENT_LINK, INDEX_FILE, check_run_id
from runtui.store.plain_json import encode
from runtui.store.recognition import is_runs_directory
from runtui.store.regular_file import read_file
from runtui.store.run_listing import run_names
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import parse_timestamp

SUMMARY_KEYS = ("run_id", "description", "created_at", "status", "tags")

_TAGS = itemgetter("tags")
_TEXTS = tuple(itemgetter(key) for key in SUMMARY_KEYS if key != "tags")

_LARGEST_INDEX = 64 * LARGEST_METADATA


def summary_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a run's metadata that the index repeats.

    What is missing is empty, and of the type that it should have: classic readers compare and sort by it.
    """
    summary: dict[str, Any] = {}
    for key in SUMMARY_KEYS:
        value = metadata.get(key)
        if key == "tags":
            summary[key] = value if isinstance(value, list) else []
        else:
            summary[key] = value if isinstance(value, str) else "" if value is None else str(value)
    return summary


class Returned(NamedTuple):
    """An entry that returns to the index, as it was there before.

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
    """Update the index from the directories, reusing its unchanged entries.

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
    if not is_runs_directory(base):
        return  # another program's, which may not know what to make of it
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
    """Update the index after another operation, which stands even where this fails.

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
    """Update the index, where there is one, for runs that were edited.

    Returns:
        Why that failed, and what to do about it, in one line, or ``""``.
    """
    if not edited or not os.path.lexists(os.path.join(base, INDEX_FILE)):
        return ""
    return _cached(partial(update_index, base, edited=edited))


def rebuild_index(base: str) -> int:
    """Rebuild the index from the directories alone and return the number of its entries.

    Raises:
        OSError: The index cannot be written; it is as it was.
        LockTimeoutError: Another program kept its lock.
    """
    with index_lock(base):
        return _write_index(base, {}, None, must_be=True)


def stale_entries(base: str) -> str:
    """Return how the index differs from the directories, in one line, or ``""``. Changes nothing.

    Raises:
        OSError: The runs directory cannot be listed.
    """
    if not os.path.lexists(os.path.join(base, INDEX_FILE)):
        return "the index is missing" if is_runs_directory(base) else ""
    entries, latest = read_index(base)
    names = run_names(base)
    found = dict(zip(names, in_order(names, partial(entry_of, base)), strict=True))
    present = {name: summary for name, summary in found.items() if summary is not None}
    for name in names:
        if name not in present:
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


def point_current(base: str, run_id: str) -> bool:
    """Point `current` to `run_id`, without a moment in which it points nowhere.

    Returns:
        False where it is another user's, who alone may replace it in a sticky directory: it stays.

    Raises:
        OSError: The link cannot be made, or something that is no link has its name.
    """
    link = os.path.join(base, CURRENT_LINK)
    if os.path.lexists(link) and not os.path.islink(link):
        raise FileExistsError(f"{link} is not a symbolic link: move it away")
    temporary = f".{CURRENT_LINK}.{os.urandom(6).hex()}{TEMP_SUFFIX}"
    with SafeDirectory(base, follow=True).folder() as folder:
        try:
            os.symlink(run_id, temporary, dir_fd=folder)
            os.rename(temporary, CURRENT_LINK, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            discard(temporary, folder)
            if isinstance(error, PermissionError) and is_replacement_denied(base, link):
                return False
            raise naming(link, error) from error
    return True


def read_index(base: str) -> tuple[dict[str, dict[str, Any]], str | None]:
    """Return the entries of the index by run id and the run it calls the latest; nothing of a bad index."""
    listed, latest = _listed(base)
    try:
        is_whole = _are_whole(listed)
    except (KeyError, TypeError, AttributeError):
        is_whole = False
    if is_whole:
        return dict(zip(map(_TEXTS[0], listed), listed, strict=True)), latest
    entries = {name: entry for entry in listed if (name := _name_of(entry)) is not None}
    return {
        name: summary_of(entry) if is_deeper(entry, DEEPEST_JSON - 2) else entry | summary_of(entry)
        for name, entry in entries.items()
    }, latest


def read_latest(base: str) -> tuple[set[str], dict[str, Any] | None]:
    """Return the names of the runs in the index and the entry of the one it calls the latest, or None."""
    listed, latest = _listed(base)
    entries = {name: entry for entry in listed if (name := _name_of(entry)) is not None}
    found = None if latest is None else entries.get(latest)
    return set(entries), None if found is None else summary_of(found)


def _listed(base: str) -> tuple[list[Any], str | None]:
    try:
        data, _stamp = read_file(os.path.join(base, INDEX_FILE), _LARGEST_INDEX, follow_link=False)
        index = parse_object(data, name=INDEX_FILE, exact=False, is_deep=True)
    except (MetadataError, OSError):
        return [], None
    runs, latest = index.get("runs"), index.get("latest")
    return runs if isinstance(runs, list) else [], latest if isinstance(latest, str) else None


def _name_of(entry: object) -> str | None:
    name = entry.get("run_id") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


def _are_whole(entries: list[Any]) -> bool:
    """Return whether entries have all that they should have, and nothing else; very many are looked at."""
    if not entries:
        return True
    tags = list(map(_TAGS, entries))
    return (
        all(set(map(type, map(text, entries))) == {str} for text in _TEXTS)
        and set(map(type, tags)) == {list}
        and set(map(type, chain.from_iterable(tags))) <= {str}
        and set(map(len, entries)) == {len(SUMMARY_KEYS)}
    )


def entry_of(base: str, name: str) -> dict[str, Any] | None:
    """Return the entry of a run, made from its metadata; None where that cannot be read."""
    try:
        return summary_of(read_metadata(os.path.join(base, name), attempts=1)) | {"run_id": name}
    except MetadataError:
        return None


def can_replace_index(base: str) -> bool:
    """Return whether this user may update the index, as far as other users are concerned."""
    path = os.path.join(base, INDEX_FILE)
    return not is_replacement_denied(base, path) or os.access(path, os.W_OK)


def _write_index(
    base: str, entries: dict[str, dict[str, Any]], latest: str | None, *, must_be: bool = False
) -> int:
    kept: list[dict[str, Any]] = []
    present = set(run_names(base))
    for name, entry in entries.items():
        if name in present:
            kept.append(entry)
    missing = [name for name in present if name not in entries]
    kept += [entry for entry in in_order(missing, partial(entry_of, base)) if entry is not None]
    # By name where the times are equal, so that an entry that comes back finds its place.
    kept.sort(key=lambda entry: (str(entry.get("created_at") or ""), entry["run_id"]))
    if latest not in present:
        latest = kept[-1]["run_id"] if kept else None
    data = encode({"runs": kept, "latest": latest})
    if must_be or not _is_index(base, data):
        replace_index(base, data, must_be=must_be)
    return len(kept)


def _is_index(base: str, data: bytes) -> bool:
    """Return whether the index is these bytes already."""
    try:
        return read_file(os.path.join(base, INDEX_FILE), _LARGEST_INDEX, follow_link=False)[0] == data
    except (MetadataError, OSError):
        return False
