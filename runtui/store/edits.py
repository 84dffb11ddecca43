"""Edits: what users change of a run, each a small file of its own until it is folded into the metadata.

A live run's metadata.json has one writer, which is not us. So an edit is first a file in the run's
``.runtui/edits/``, written aside and renamed into place under a name that no other host can choose: it needs
no lock and loses nothing. What is shown is metadata.json overlaid with the edits. Once folded in, an edit
lies in ``.runtui/history/``.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from runtui.store.atomic import discard, naming, write_atomic
from runtui.store.edited import mark_edited
from runtui.store.json_text import is_deeper
from runtui.store.paths import check_run_id
from runtui.store.private import present_folder, private_folder
from runtui.store.process import hostname, username
from runtui.store.reopening import opened_again
from runtui.store.safe_text import safe_text
from runtui.store.timestamps import timestamp_now

EDITS_DIR = "edits"
HISTORY_DIR = "history"

SETTLING_TIME = 600.0
"""Seconds after its folding for which an edit is shown, and folded again, when a late save dropped it."""

MOST_NAMED = 50
"""Runs up to which an edit of several in one go names them."""

_LARGEST_EDIT = 1024 * 1024
_DEEPEST_EDIT = 202
_NEVER_EDITED = frozenset({"command", "working_directory", "pipeline", "executed", "job"})
"""What is run again of a run, and how: an edit, which another user may have made, never changes that."""
"""Levels of nesting: what metadata that can be read may have, and three around it."""
_MOST_KNOWN = 10_000
_DIGITS = 20
"""Of the number that an edit's name begins with, its moment in nanoseconds, so that names sort by it."""

_known_edits: dict[tuple[str, str], Edit] = {}
"""Edits read before, by run and file name, which is random; what is in them never changes."""


class Missing:
    """Stands for the value of a key that is not there."""

    def __repr__(self) -> str:
        return "(not there)"


MISSING: Final = Missing()


class ValueChange(NamedTuple):
    """A key set to another value, or added (`old` is `MISSING`), or taken out (`new` is)."""

    key: str
    old: Any
    new: Any


class TagsChange(NamedTuple):
    """Tags added that were not there, and tags removed that were.

    Attributes:
        added, removed: The tags.
        before: All tags as they were, for taking the change back.
        order: Of a change that takes one back: all tags as they were before that one.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    before: tuple[Any, ...] = ()
    order: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """The key that changed."""
        return "tags"


Change = ValueChange | TagsChange


class Edit(NamedTuple):
    """What one user changed of one run at one moment.

    Attributes:
        edit_id: Its name; edits sort by it as they were made.
        at: When, ISO 8601 in UTC.
        user, host: By whom, and where.
        action: What the user did, such as ``tag`` or ``mark``.
        changes: What changed.
        reason: Why, in the user's words, or ``""``.
        runs: The runs that were edited in one go, this one included; empty where they are many.
        go: What the edits of that go have in common, or ``""``.
        undoes: The edit that this one takes back, or ``""``.
        folded_at: When the metadata that it was folded into was written, in seconds since the epoch of the
            file's server; 0 when the run's own writer knows it, None while it has not been folded in.
    """

    edit_id: str
    at: str
    user: str
    host: str
    action: str
    changes: tuple[Change, ...]
    reason: str = ""
    runs: tuple[str, ...] = ()
    undoes: str = ""
    folded_at: float | None = None
    go: str = ""


class Conflict(NamedTuple):
    """A key that the run's writer and a user both changed, each to something else."""

    key: str
    old: Any
    theirs: Any
    ours: Any

    @property
    def text(self) -> str:
        """The conflict in one line, safe to show."""
        theirs, ours = (
            safe_text("nothing" if value is MISSING else json.dumps(value, ensure_ascii=False), 80)
            for value in (self.theirs, self.ours)
        )
        return f"{safe_text(self.key, 80)}: the run's writer says {theirs}, an edit says {ours}"


class Overlaid:
    """Metadata with edits laid over it.

    Args:
        metadata: The result.

    Attributes:
        metadata: The result.
        touched: The keys in which it differs from the metadata below.
        conflicts: What was not laid over it, by key, since the writer changed the key as well.
        pending: The edits that are not folded in, in their order.
        last_edit_id: The name of the last of all edits, folded in or not, or ``""``.
    """

    __slots__ = ("conflicts", "last_edit_id", "metadata", "pending", "touched")

    def __init__(self, metadata: dict[str, Any]) -> None:
        self.metadata = metadata
        self.touched: set[str] = set()
        self.conflicts: dict[str, Conflict] = {}
        self.pending: tuple[Edit, ...] = ()
        self.last_edit_id = ""


def new_edit(
    action: str,
    changes: Sequence[Change],
    *,
    reason: str = "",
    runs: Sequence[str] = (),
    undoes: str = "",
    after: str = "",
    go: str = "",
) -> Edit:
    """Return an edit made now by the calling user.

    Args:
        action, changes, reason, undoes, go: As in `Edit`.
        runs: The runs that are edited in one go. Of more than `MOST_NAMED` none is named: each of so many
            edits would name all the others.
        after: The name of the run's last edit. It sorts behind that one even where its host's clock is slow.
    """
    number = max(time.time_ns(), _number_of(after) + 1)
    edit_id = f"{number:0{_DIGITS}d}-{os.urandom(6).hex()}"
    named = tuple(runs) if len(runs) <= MOST_NAMED else ()
    return Edit(
        edit_id,
        timestamp_now(),
        username(),
        hostname(),
        action,
        tuple(changes),
        reason,
        named,
        undoes,
        go=go,
    )


def overlay(metadata: Mapping[str, Any], edits: Iterable[Edit], modified: float | None = None) -> Overlaid:
    """Return `metadata` with `edits` laid over it, in their order.

    An edit takes hold of a key that still has the value it was made on. A key that has another value by now
    was changed by the run's writer: that is a conflict, which is shown and not guessed, until a later edit of
    the key, made on the writer's value, settles it. An edit that was folded in already takes hold again only
    where a save shortly after put the old value back.

    Args:
        metadata: What the run's writer says.
        edits: The run's edits.
        modified: When metadata.json was last written, in seconds since the epoch.
    """
    result = Overlaid(dict(metadata))
    pending = []
    edits = list(edits)
    last_folding: dict[str, float] = {}
    for edit in edits:
        if edit.folded_at is not None:
            for change in edit.changes:
                last_folding[change.key] = max(edit.folded_at, last_folding.get(change.key, 0.0))
    for edit in edits:
        if edit.folded_at is None:
            pending.append(edit)
        for change in edit.changes:
            if edit.folded_at is not None:
                folded = last_folding[change.key]
                if modified is None or not folded <= modified < folded + SETTLING_TIME:
                    continue
            if isinstance(change, TagsChange):
                _lay_tags(result, change)
            else:
                _lay_value(result, change)
    result.pending = tuple(pending)
    result.last_edit_id = edits[-1].edit_id if edits else ""
    result.touched = {
        key
        for key in {*metadata, *result.metadata}
        if metadata.get(key, MISSING) != result.metadata.get(key, MISSING)
    }
    return result


def inverse(change: Change) -> Change:
    """Return the change that takes `change` back."""
    if isinstance(change, TagsChange):
        return TagsChange(change.removed, change.added, order=change.before)
    return ValueChange(change.key, change.new, change.old)


def is_in_force(change: Change, metadata: Mapping[str, Any]) -> bool:
    """Return whether `metadata` still has what `change` made of it."""
    if isinstance(change, TagsChange):
        tags = _tags(metadata)
        return all(tag in tags for tag in change.added) and not any(tag in tags for tag in change.removed)
    return same_value(metadata.get(change.key, MISSING), change.new)


def same_value(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; NaN is the same as NaN, and 1 is not True."""
    if one is MISSING or other is MISSING:
        return one is other
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# On disk


def write_edit(base: str, name: str, edit: Edit) -> None:
    """Put an edit down beside the run `name` of the runs directory `base`.

    Raises:
        InvalidRunIdError: `name` is not one path component.
        OSError: It cannot be written, or the run is a link; nothing was changed.
    """
    run_dir = os.path.join(base, check_run_id(name))
    if os.path.islink(run_dir):
        raise NotADirectoryError(errno.ENOTDIR, "it is a symbolic link, edit it where it lies", run_dir)
    folder = private_folder(run_dir, EDITS_DIR)
    mark_edited(base, name)  # before, so that no crash hides the edit; after, so that it is looked at
    data = json.dumps(_as_json(edit), indent=2).encode()
    write_atomic(os.path.join(folder, f"{edit.edit_id}.json"), data, shared_in=run_dir)
    try:
        mark_edited(base, name)
    except OSError:
        pass


def read_edits(run_dir: str, *, strict: bool = False) -> list[Edit]:
    """Return the edits of the run in `run_dir`, folded in or not, in their order; no unreadable ones.

    Args:
        run_dir: The run's directory.
        strict: Whether edits that the file system does not let us read are an error, as they must be for
            whoever is about to change something.

    Raises:
        OSError: Only when `strict`.
    """
    found: dict[str, Edit] = {}
    # The history last: an edit that is moved there meanwhile is read from the one place or the other.
    for part in (EDITS_DIR, HISTORY_DIR):
        try:
            folder = present_folder(run_dir, part)
            names = opened_again(partial(os.listdir, folder))
        except OSError as error:
            if strict and not isinstance(error, FileNotFoundError):
                raise
            continue
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                try:
                    edit = _read(os.path.join(folder, name), is_folded=part == HISTORY_DIR)
                except FileNotFoundError:
                    continue  # moved to the history meanwhile
                except OSError:
                    if strict:
                        raise
                    continue
                if edit is not None:
                    found[edit.edit_id] = edit
    return [found[edit_id] for edit_id in sorted(found)]


def move_to_history(run_dir: str, edit: Edit, folded_ns: int = 0) -> None:
    """Note that an edit has been folded in.

    Args:
        run_dir: The run's directory.
        edit: The edit.
        folded_ns: When the metadata that it was folded into was written, in nanoseconds; whatever is written
            after that, even before this is noted, may have dropped it. 0 where the run's own writer folded
            it, which will not drop it.

    Raises:
        OSError: It cannot be moved; it counts as pending.
    """
    target = os.path.join(private_folder(run_dir, HISTORY_DIR), f"{edit.edit_id}.json")
    source = os.path.join(present_folder(run_dir, EDITS_DIR), f"{edit.edit_id}.json")
    try:
        found = os.lstat(source)
        if found.st_uid != os.geteuid() or found.st_nlink > 1:
            # Another user's, or a file that has another name elsewhere: it is not ours to date.
            write_atomic(target, json.dumps(_as_json(edit), indent=2).encode(), shared_in=run_dir)
            os.utime(target, ns=(folded_ns, folded_ns))
            discard(source)
            return
        os.utime(source, ns=(folded_ns, folded_ns), follow_symlinks=False)
        os.rename(source, target)
    except OSError as error:
        raise naming(source, error) from error


def forget_folding(run_dir: str, edit: Edit) -> None:
    """Note of an edit in the history that the run's writer knows it: no save of its drops it unawares."""
    try:
        folder = present_folder(run_dir, HISTORY_DIR)
        os.utime(os.path.join(folder, f"{edit.edit_id}.json"), (0, 0), follow_symlinks=False)
    except OSError:
        pass  # another user's: for a while it may be shown as a conflict


def _lay_tags(result: Overlaid, change: TagsChange) -> None:
    tags = result.metadata.get("tags")
    if not isinstance(tags, list):
        return
    order = list(change.order)
    if order and tags == _with_tags(order, change.removed, change.added):
        result.metadata["tags"] = order
    else:
        result.metadata["tags"] = _with_tags(tags, change.added, change.removed)


def _with_tags(tags: list[Any], added: Sequence[str], removed: Sequence[str]) -> list[Any]:
    kept = [tag for tag in tags if tag not in removed]
    return kept + [tag for tag in added if tag not in kept]


def _lay_value(result: Overlaid, change: ValueChange) -> None:
    key = change.key
    current = result.metadata.get(key, MISSING)
    earlier = result.conflicts.pop(key, None)
    if same_value(current, change.old):
        if change.new is MISSING:
            result.metadata.pop(key, None)
        else:
            result.metadata[key] = change.new
        return
    is_on_top = earlier is not None and same_value(earlier.ours, change.old)
    old = earlier.old if earlier is not None and is_on_top else change.old
    # Where both came to say the same, or the edits took each other back, there is nothing to settle.
    if not same_value(current, change.new) and not same_value(old, change.new):
        result.conflicts[key] = Conflict(key, old, current, change.new)


def _number_of(edit_id: str) -> int:
    """Return the number that an edit's name begins with; of a forged one that leaves none behind it, 0."""
    number = edit_id.partition("-")[0]
    is_usable = len(number) == _DIGITS and number.isascii() and number.isdecimal() and number < "9" * _DIGITS
    return int(number) if is_usable else 0


def _tags(metadata: Mapping[str, Any]) -> list[Any]:
    tags = metadata.get("tags")
    return tags if isinstance(tags, list) else []


def _as_json(edit: Edit) -> dict[str, Any]:
    changes: list[dict[str, Any]] = []
    for change in edit.changes:
        if isinstance(change, TagsChange):
            item: dict[str, Any] = {"key": "tags", "added": change.added, "removed": change.removed}
            changes.append(item | {"before": change.before, "order": change.order})
        else:
            item = {"key": change.key}
            if change.old is not MISSING:
                item["old"] = change.old
            if change.new is not MISSING:
                item["new"] = change.new
            changes.append(item)
    return {
        "id": edit.edit_id,
        "at": edit.at,
        "user": edit.user,
        "host": edit.host,
        "action": edit.action,
        "changes": changes,
        "reason": edit.reason,
        "runs": list(edit.runs),
        "undoes": edit.undoes,
        "go": edit.go,
    }


def _read(path: str, *, is_folded: bool) -> Edit | None:
    # Of its folders only the run counts: an edit goes from one to the other of the run's two.
    name = (os.path.dirname(os.path.dirname(path)), os.path.basename(path))
    try:
        edit = _known_edits.get(name)
        if edit is None:
            edit = _parse(opened_again(partial(_content, path)))
            if f"{edit.edit_id}.json" != name[1]:
                return None  # it would be moved, and dated, under that name
            if len(_known_edits) >= _MOST_KNOWN:
                _known_edits.clear()
            _known_edits[name] = edit
        return edit._replace(folded_at=os.lstat(path).st_mtime_ns / 1e9) if is_folded else edit
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _content(path: str) -> bytes:
    """Return what is in an edit's file; nothing of what is a link, a FIFO, a directory, or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return b""
        raise
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        is_fine = stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST_EDIT
        return file.read() if is_fine else b""


def _parse(data: bytes) -> Edit:
    found = json.loads(data)
    if is_deeper(found, _DEEPEST_EDIT):
        raise ValueError("nested too deeply")
    return _from_json(found)


def _from_json(data: dict[str, Any]) -> Edit:
    changes: list[Change] = []
    for item in data["changes"]:
        if "added" in item:
            before, order = (tuple(item.get(key, ())) for key in ("before", "order"))
            changes.append(TagsChange(_texts(item["added"]), _texts(item["removed"]), before, order))
        elif item["key"] in _NEVER_EDITED:
            raise ValueError("it would change what is run")
        else:
            changes.append(ValueChange(str(item["key"]), item.get("old", MISSING), item.get("new", MISSING)))
    return Edit(
        str(data["id"]),
        str(data["at"]),
        str(data["user"]),
        str(data["host"]),
        str(data["action"]),
        tuple(changes),
        str(data.get("reason", "")),
        _texts(data.get("runs", [])),
        str(data.get("undoes", "")),
        go=str(data.get("go", "")),
    )


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
