"""The edits that users make to a run: what changed, by whom, when and why."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from runtui.store.process import hostname, username
from runtui.store.timestamps import timestamp_now

MOST_NAMED = 50
"""Greatest number of runs whose names an edit of all of them lists."""
_DIGITS = 20
"""Digits of the number that an edit's name begins with, its time in nanoseconds, so that names sort by it."""


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


def inverse(change: MetadataEdit) -> MetadataEdit:
    """Return the change that undoes `change`."""
    if isinstance(change, TagsChange):
        return TagsChange(change.removed, change.added, order=change.before)
    return ValueChange(change.key, change.new, change.old)


def same_value(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; NaN is the same as NaN, and 1 is not True."""
    if one is MISSING or other is MISSING:
        return one is other
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _number_of(edit_id: str) -> int:
    """Return the number that an edit's name begins with; of a forged one that leaves none behind it, 0."""
    number = edit_id.partition("-")[0]
    is_usable = len(number) == _DIGITS and number.isascii() and number.isdecimal() and number < "9" * _DIGITS
    return int(number) if is_usable else 0
