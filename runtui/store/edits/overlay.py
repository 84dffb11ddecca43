"""Metadata overlaid with the edits that were made to a run, and where the two are in conflict.

What is shown is metadata.json overlaid with the edits. An edit that was folded in is compared with the
metadata all the same: a save by a program that had read the file before drops it, minutes or months later,
and no clock tells. Only when the run's writer, knowing of an edit, sets its key to something else does the
edit stop counting: it is then called *superseded*.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from runtui.store.edits.model import MISSING, Edit, MetadataEdit, TagsChange, ValueChange, same_value
from runtui.text.sanitize import safe_text

_NO_CHANGE = TagsChange((), ())


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


def is_in_force(change: MetadataEdit, metadata: Mapping[str, Any]) -> bool:
    """Return whether `metadata` still has the result of `change`."""
    current = metadata.get(change.key, MISSING)
    as_tags = _as_tags(change)
    if isinstance(change, ValueChange) and (as_tags is None or same_value(current, change.new)):
        return same_value(current, change.new)
    assert as_tags is not None
    tags = current if isinstance(current, list) else []
    return all(tag in tags for tag in as_tags.added) and not any(tag in tags for tag in as_tags.removed)


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
