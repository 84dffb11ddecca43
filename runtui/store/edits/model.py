"""Edits: changes that users make to a run, each a small file of its own until it is folded into the metadata.

A live run's metadata.json has one writer, which is not us. So an edit is first a file in the run's
``.runtui/edits/``, written aside and renamed into place under a name that no other host can choose: it
needs no lock and loses nothing. What is shown is metadata.json overlaid with the edits. Once folded in, an
edit lies in ``.runtui/history/``, and is compared with the metadata all the same: a save by a program that
had read the file before drops it, minutes or months later, and no clock tells. Only when the run's writer,
knowing of an edit, sets its key to something else does the edit stop counting: it is then called
*superseded*.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from runtui.store.atomic import naming
from runtui.store.dot_dir import present_folder, private_folder
from runtui.store.edits.edit_index import mark_edited
from runtui.store.errors import IrregularFileError, MetadataError, explain
from runtui.store.estale import opened_again
from runtui.store.json_object import is_deeper
from runtui.store.paths import PRIVATE_DIR, check_run_id
from runtui.store.process import hostname, username
from runtui.store.protected_keys import PROTECTED_KEYS
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import timestamp_now
from runtui.text.sanitize import safe_text

EDITS_DIR = "edits"
HISTORY_DIR = "history"

FORMAT = 1
"""The version of what is in an edit's file. A file without one is of the first."""

_SUPERSEDED = ".superseded"
"""Suffix of the name of an edit in the history that its run's writer has changed knowingly."""

MOST_NAMED = 50
"""Greatest number of runs whose names an edit of all of them lists."""

_LARGEST_EDIT = 1024 * 1024  # bytes
_DEEPEST_EDIT = 202
"""Levels of nesting: what metadata that can be read may have, and three around it."""
_MOST_KNOWN = 100_000  # edits
_DIGITS = 20
"""Digits of the number that an edit's name begins with, its time in nanoseconds, so that names sort by it."""

_known_edits: dict[tuple[str, str, str], Edit] = {}
"""Edits read before, by run, folder and file name, which is random; what is in them never changes."""


class Missing:
    """Placeholder for the value of a key that is not there."""

    def __repr__(self) -> str:
        return "(not there)"


MISSING: Final = Missing()


class ValueChange(NamedTuple):
    """A key set to another value, added (`old` is `MISSING`), or removed (`new` is)."""

    key: str
    old: Any
    new: Any


class TagsChange(NamedTuple):
    """Tags that were added and tags that were removed.

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


MetadataEdit = ValueChange | TagsChange

_NO_CHANGE = TagsChange((), ())


class Edit(NamedTuple):
    """A change that one user made to one run at one moment.

    Attributes:
        edit_id: Its name; edits sort by it as they were made.
        at: When, ISO 8601 in UTC.
        user, host: By whom, and where.
        action: The user's action, such as ``tag`` or ``mark``.
        changes: What changed.
        reason: Why, in the user's words, or ``""``.
        runs: The runs that were edited in one operation, this one included; empty where they are many.
        undoes: The edit that this one undoes, or ``""``.
        go: Id that the edits of one operation share, or ``""``.
        is_folded: Whether it was put into the metadata.
        is_superseded: Whether the run's writer, knowing of it, has set its key to something else since.
    """

    edit_id: str
    at: str
    user: str
    host: str
    action: str
    changes: tuple[MetadataEdit, ...]
    reason: str = ""
    runs: tuple[str, ...] = ()
    undoes: str = ""
    go: str = ""
    is_folded: bool = False
    is_superseded: bool = False


class UnreadableEdit(NamedTuple):
    """A file in the place of an edit that is not one, or an edit that cannot be read.

    Attributes:
        path: Its path below the run, as the file system spells it.
        why: Why it cannot be read, in a few words that are safe to show.
    """

    path: str
    why: str


class _UnreadableError(Exception):
    """An edit that cannot be read; the message says why, in words for the user."""


class Conflict(NamedTuple):
    """A key that the run's writer and a user both changed, to different values."""

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
    """Metadata with edits applied.

    Args:
        metadata: The result.

    Attributes:
        metadata: The result.
        touched: The keys in which it differs from the metadata below.
        conflicts: Changes that were not applied, by key, since the writer changed the key as well.
        pending: The edits that are not folded in, in their order.
        dropped: The edits that were folded in, and that a later save has dropped.
        last_edit_id: The name of the last of all edits, folded in or not, or ``""``.
    """

    __slots__ = ("conflicts", "dropped", "last_edit_id", "metadata", "pending", "touched")

    def __init__(self, metadata: dict[str, Any]) -> None:
        self.metadata = metadata
        self.touched: set[str] = set()
        self.conflicts: dict[str, Conflict] = {}
        self.pending: tuple[Edit, ...] = ()
        self.dropped: tuple[Edit, ...] = ()
        self.last_edit_id = ""


def new_edit(
    action: str,
    changes: Sequence[MetadataEdit],
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


def overlay(metadata: Mapping[str, Any], edits: Iterable[Edit]) -> Overlaid:
    """Return `metadata` with `edits` applied, in their order.

    An edit takes hold of a key that still has the value it was made on. A key that has another value by now
    was changed by the run's writer: that is a conflict, which is shown and not guessed, until a later edit of
    the key, made on the writer's value, settles it. The same holds for an edit that was folded in: where the
    old value is back, a save dropped it. Tags are added and removed whatever else is done to the list.

    Args:
        metadata: The metadata by the run's writer.
        edits: The run's edits.
    """
    result = Overlaid(dict(metadata))
    edits = list(edits)
    counting = [edit for edit in edits if not edit.is_superseded]
    has_tags = isinstance(result.metadata.get("tags"), list)
    net = _net_of_folded(counting, result.metadata.get("tags"))
    dropped: list[Edit] = []
    for edit in counting:
        for change in edit.changes:
            if edit.is_folded and has_tags and _as_tags(change) is not None:
                is_laid = _lay_tags(result, net.get(edit.edit_id, _NO_CHANGE))
            elif isinstance(change, TagsChange):
                is_laid = _lay_tags(result, change)
            else:
                is_laid = _lay_value(result, change)
            if is_laid and edit.is_folded and (not dropped or dropped[-1] is not edit):
                dropped.append(edit)
    result.pending = tuple(edit for edit in counting if not edit.is_folded)
    result.last_edit_id = edits[-1].edit_id if edits else ""
    result.touched = {
        key
        for key in {*metadata, *result.metadata}
        if not same_value(metadata.get(key, MISSING), result.metadata.get(key, MISSING))
    }
    result.dropped = tuple(
        edit for edit in dropped if any(change.key in result.touched for change in edit.changes)
    )
    return result


def _net_of_folded(edits: Sequence[Edit], tags: object) -> dict[str, TagsChange]:
    """Return, by edit, what is left to do of the changes of tags that were folded in.

    Of several changes of one tag the last counts: a tag that was added and removed again is not to be added.
    """
    if not isinstance(tags, list):
        return {}
    last: dict[str, tuple[str, bool]] = {}
    for edit in edits:
        if edit.is_folded:
            for change in filter(None, map(_as_tags, edit.changes)):
                last.update(dict.fromkeys(change.added, (edit.edit_id, True)))
                last.update(dict.fromkeys(change.removed, (edit.edit_id, False)))
    present = {tag for tag in tags if isinstance(tag, str)}
    net: dict[str, TagsChange] = {}
    for tag, (edit_id, is_added) in last.items():
        if is_added != (tag in present):
            change = net.get(edit_id, _NO_CHANGE)
            net[edit_id] = (
                change._replace(added=(*change.added, tag))
                if is_added
                else change._replace(removed=(*change.removed, tag))
            )
    return net


def inverse(change: MetadataEdit) -> MetadataEdit:
    """Return the change that undoes `change`."""
    if isinstance(change, TagsChange):
        return TagsChange(change.removed, change.added, order=change.before)
    return ValueChange(change.key, change.new, change.old)


def is_in_force(change: MetadataEdit, metadata: Mapping[str, Any]) -> bool:
    """Return whether `metadata` still has the result of `change`."""
    current = metadata.get(change.key, MISSING)
    as_tags = _as_tags(change)
    if isinstance(change, ValueChange) and (as_tags is None or same_value(current, change.new)):
        return same_value(current, change.new)
    assert as_tags is not None
    tags = current if isinstance(current, list) else []
    return all(tag in tags for tag in as_tags.added) and not any(tag in tags for tag in as_tags.removed)


def same_value(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; NaN is the same as NaN, and 1 is not True."""
    if one is MISSING or other is MISSING:
        return one is other
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# On disk


def write_edit(base: str, name: str, edit: Edit) -> None:
    """Write an edit beside the run `name` of the runs directory `base`.

    Raises:
        InvalidRunIdError: `name` is not one path component.
        OSError: It cannot be written, or the run is a link; nothing was changed.
    """
    run_dir = os.path.join(base, check_run_id(name))
    if os.path.islink(run_dir):
        raise NotADirectoryError(errno.ENOTDIR, "it is a symbolic link, edit it where it lies", run_dir)
    private_folder(run_dir, EDITS_DIR)
    mark_edited(base, name)  # before, so that no crash hides the edit; after, so that it is looked at
    data = json.dumps(_as_json(edit), indent=2).encode()
    SafeDirectory(run_dir).replace(_path_of(edit), data, is_shared=True)
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
    return [edit for edit in look_for_edits(run_dir, strict=strict) if isinstance(edit, Edit)]


def unreadable_edits(run_dir: str) -> list[UnreadableEdit]:
    """Return the files of the run in `run_dir` that should be edits and cannot be read."""
    return [edit for edit in look_for_edits(run_dir) if isinstance(edit, UnreadableEdit)]


def look_for_edits(run_dir: str, *, strict: bool = False) -> list[Edit | UnreadableEdit]:
    """Return the edits of the run in `run_dir`, folded in or not, in their order, also unreadable ones.

    Args:
        run_dir: The run's directory.
        strict: As of `read_edits`.

    Raises:
        OSError: Only when `strict`.
    """
    found: dict[str, Edit | UnreadableEdit] = {}
    # The history last: an edit that is moved there meanwhile is read from the one place or the other.
    for part in (EDITS_DIR, HISTORY_DIR):
        try:
            folder = present_folder(run_dir, part)
            names = opened_again(partial(os.listdir, folder))
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                if strict:
                    raise
                found[part] = UnreadableEdit(f"{PRIVATE_DIR}/{part}", explain(error, with_path=False))
            continue
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                try:
                    edit = _read(run_dir, part, name)
                except FileNotFoundError:
                    continue  # moved to the history meanwhile
                except OSError as error:
                    if strict:
                        raise
                    edit = UnreadableEdit(f"{PRIVATE_DIR}/{part}/{name}", explain(error, with_path=False))
                found[_edit_id_in(name)] = edit
    return [found[edit_id] for edit_id in sorted(found)]


def move_to_history(run_dir: str, edit: Edit) -> None:
    """Move an edit that has been folded in to the history.

    Args:
        run_dir: The run's directory.
        edit: The edit.

    Raises:
        OSError: It cannot be moved; it counts as pending.
    """
    private_folder(run_dir, HISTORY_DIR)
    folded = edit._replace(is_folded=True)
    try:
        _move(run_dir, edit, folded)
    except PermissionError:
        # Another user's in a sticky folder: what lies in the history counts, whatever lies beside it.
        data = json.dumps(_as_json(edit), indent=2).encode()
        SafeDirectory(run_dir).replace(_path_of(folded), data, is_shared=True)


def supersede(run_dir: str, edit: Edit) -> None:
    """Record of an edit in the history that the run's writer, knowing of it, has set its key anew."""
    try:
        _move(run_dir, edit, edit._replace(is_superseded=True))
    except OSError:
        pass  # another user's: it is shown as a conflict, which whoever sees it can settle


def _move(run_dir: str, edit: Edit, moved: Edit) -> None:
    source, target = _path_of(edit), _path_of(moved)
    directory = SafeDirectory(run_dir)
    try:
        with (
            directory.folder(os.path.dirname(source)) as before,
            directory.folder(os.path.dirname(target)) as after,
        ):
            os.rename(os.path.basename(source), os.path.basename(target), src_dir_fd=before, dst_dir_fd=after)
    except OSError as error:
        raise naming(os.path.join(run_dir, source), error) from error


def _path_of(edit: Edit) -> str:
    folder = HISTORY_DIR if edit.is_folded else EDITS_DIR
    return f"{PRIVATE_DIR}/{folder}/{edit.edit_id}{_SUPERSEDED if edit.is_superseded else ''}.json"


def _edit_id_in(name: str) -> str:
    return name.removesuffix(".json").removesuffix(_SUPERSEDED)


def _lay_tags(result: Overlaid, change: TagsChange) -> bool:
    """Add and remove tags; return whether anything changed."""
    if change is _NO_CHANGE:
        return False
    current = result.metadata.get("tags", MISSING)
    conflict = result.conflicts.pop("tags", None)
    if conflict is not None and same_value(conflict.ours, list(change.before)):
        # It was made on top of the edit that is in conflict, not on what the writer says.
        ours = _with_tags(list(change.before), change.added, change.removed)
        result.conflicts["tags"] = conflict._replace(ours=ours)
        return False
    if not isinstance(current, list):
        if not change.added:
            return False
        if current is MISSING or current is None:
            result.metadata["tags"] = list(change.added)
            return True
        ours = _with_tags(list(change.before), change.added, change.removed)
        result.conflicts["tags"] = Conflict("tags", list(change.before), current, ours)
        return False
    order = list(change.order)
    if order and current == _with_tags(order, change.removed, change.added):
        tags = order
    else:
        tags = _with_tags(current, change.added, change.removed)
    result.metadata["tags"] = tags
    return tags != current


def _as_tags(change: MetadataEdit) -> TagsChange | None:
    """Return as a change of single tags also one that made a list of tags, or undid that; else None.

    That is what a first tag of a run without tags is. Where the run's writer has put a list there since, both
    are meant.
    """
    if isinstance(change, TagsChange):
        return change
    if change.key != "tags":
        return None
    before, after = ([] if value in (MISSING, None) else value for value in (change.old, change.new))
    if not (isinstance(before, list) and isinstance(after, list) and (not before or not after)):
        return None
    if not all(isinstance(tag, str) for tag in (*before, *after)):
        return None
    return TagsChange(tuple(after), tuple(before), tuple(before))


def _with_tags(tags: list[Any], added: Sequence[str], removed: Sequence[str]) -> list[Any]:
    kept = [tag for tag in tags if tag not in removed]
    return kept + [tag for tag in added if tag not in kept]


def _lay_value(result: Overlaid, change: ValueChange) -> bool:
    """Set a key, or note a conflict; return whether anything changed."""
    key = change.key
    current = result.metadata.get(key, MISSING)
    if same_value(current, change.old):
        result.conflicts.pop(key, None)
        if change.new is MISSING:
            result.metadata.pop(key, None)
        else:
            result.metadata[key] = change.new
        return not same_value(change.old, change.new)
    if isinstance(current, list) and (as_tags := _as_tags(change)) is not None:
        return _lay_tags(result, as_tags)
    earlier = result.conflicts.pop(key, None)
    is_on_top = earlier is not None and same_value(earlier.ours, change.old)
    old = earlier.old if earlier is not None and is_on_top else change.old
    # Where both have the same value now, or the edits undid each other, there is nothing to settle.
    if not same_value(current, change.new) and not same_value(old, change.new):
        result.conflicts[key] = Conflict(key, old, current, change.new)
    return False


def _number_of(edit_id: str) -> int:
    """Return the number that an edit's name begins with; of a forged one that leaves none behind it, 0."""
    number = edit_id.partition("-")[0]
    is_usable = len(number) == _DIGITS and number.isascii() and number.isdecimal() and number < "9" * _DIGITS
    return int(number) if is_usable else 0


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
        "format": FORMAT,
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


def _read(run_dir: str, part: str, name: str) -> Edit | UnreadableEdit:
    known = (run_dir, part, name)
    edit = _known_edits.get(known)
    if edit is not None:
        return edit
    shown = f"{PRIVATE_DIR}/{part}/{name}"
    try:
        edit = _parse(_content(f"{run_dir}/{shown}"))
    except _UnreadableError as error:
        return UnreadableEdit(shown, str(error))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return UnreadableEdit(shown, "it is damaged")
    if edit.edit_id != _edit_id_in(name):
        return UnreadableEdit(shown, "it is called otherwise inside")  # it would be moved under that name
    if part == HISTORY_DIR:
        edit = edit._replace(is_folded=True, is_superseded=name.endswith(f"{_SUPERSEDED}.json"))
    if len(_known_edits) >= _MOST_KNOWN:
        _known_edits.clear()
    _known_edits[known] = edit
    return edit


def _content(path: str) -> bytes:
    """Return the contents of an edit's file.

    Raises:
        _UnreadableError: It is a link, a FIFO or a directory, or too large.
        OSError: It cannot be read.
    """
    try:
        with opened_again(partial(open_regular, path)) as file:
            return file.read(_LARGEST_EDIT)
    except IrregularFileError:
        raise _UnreadableError("it is not a regular file") from None
    except MetadataError:
        raise _UnreadableError(f"it has more than {_LARGEST_EDIT // 1024 // 1024} MiB") from None


def _parse(data: bytes) -> Edit:
    found = json.loads(data)
    version = found.get("format", FORMAT)
    if version != FORMAT:
        raise _UnreadableError("it is of a newer version of runtui" if version > FORMAT else "it is damaged")
    if data.count(b"[") + data.count(b"{") > _DEEPEST_EDIT and is_deeper(found, _DEEPEST_EDIT):
        raise ValueError("nested too deeply")
    return _from_json(found)


def _from_json(data: dict[str, Any]) -> Edit:
    changes: list[MetadataEdit] = []
    for item in data["changes"]:
        if "added" in item:
            before, order = (tuple(item.get(key, ())) for key in ("before", "order"))
            changes.append(TagsChange(_texts(item["added"]), _texts(item["removed"]), before, order))
        elif item["key"] in PROTECTED_KEYS:
            raise _UnreadableError("it would change what is run, which no edit may")
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
