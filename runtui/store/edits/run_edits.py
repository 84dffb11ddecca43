"""Operations on runs: the one layer through which the command line and the screens change anything.

Each action works on several runs, tells of each what it did or why it could not, and does the rest all the
same. Each is an edit, folded into the metadata as soon as that is safe, and can be undone.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runtui.store.edits.adoption import ADOPT, adoption_of, undo_adoption
from runtui.store.edits.edit_files import read_edits, write_edit
from runtui.store.edits.edit_index import edited_runs
from runtui.store.edits.fold import fold, read_overlaid
from runtui.store.edits.model import (
    MISSING,
    Edit,
    MetadataEdit,
    TagsChange,
    ValueChange,
    inverse,
    new_edit,
    same_value,
)
from runtui.store.edits.overlay import Overlaid, is_in_force
from runtui.store.errors import StoreError, explain
from runtui.store.failure import USER_REASON
from runtui.store.index import index_edits
from runtui.store.notes import MOST_NOTE_CHARACTERS, NOTE_KEY, tidy_note
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, check_run_id
from runtui.store.recognition import is_run_metadata
from runtui.store.record import LOST
from runtui.store.status import RunStatus
from runtui.text.folding import composed
from runtui.text.sanitize import safe_text

UNDO = "undo"

_LONGEST_VALUE = 120  # characters


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an operation on a run.

    Attributes:
        name: The run.
        done: Whether the run is now as asked for.
        text: The result, or why there is none, in one line that is safe to show.
        edit_id: The edit that was made, or ``""`` when there was nothing to change.
    """

    name: str
    done: bool
    text: str
    edit_id: str = ""


ProgressCallback = Callable[[int, int], bool]
"""Callback that receives the numbers of finished and of all runs, and returns whether to continue."""

STOPPED = "not done: the action was cancelled"
"""Message for a run that a cancelled action did not reach."""


def no_progress(_done: int, _total: int) -> bool:
    """Callback that never cancels."""
    return True


Executor = Callable[[Sequence[str], Callable[[str], None]], None]
"""Function that calls another one with each of some names, in any order, perhaps several at a time."""


def in_turn(names: Sequence[str], work: Callable[[str], None]) -> None:
    """Call `work` with each name, one after the other."""
    for name in names:
        work(name)


def edit_tags(
    base: str,
    names: Sequence[str],
    add: Sequence[str],
    remove: Sequence[str],
    told: ProgressCallback = no_progress,
    each: Executor = in_turn,
) -> list[Outcome]:
    """Add tags to runs and remove tags from them.

    Args:
        base: The runs directory.
        names: The runs.
        add, remove: The tags.
        told: Progress callback.
        each: Executor that goes through the runs.
    """

    def change(overlaid: Overlaid, _name: str) -> list[MetadataEdit]:
        tags = overlaid.metadata.get("tags", MISSING)
        if not isinstance(tags, list):
            if add:
                return [ValueChange("tags", tags, list(dict.fromkeys(add)))]
            return [ValueChange("tags", tags, tags)] if "tags" in overlaid.conflicts else []
        there = {composed(tag) for tag in tags if isinstance(tag, str)}
        unwanted = set(map(composed, remove))
        added = tuple(tag for tag in dict.fromkeys(add) if composed(tag) not in there)
        # As the run has them, however the user's keyboard writes them.
        removed = tuple(tag for tag in dict.fromkeys(filter(_is_text, tags)) if composed(tag) in unwanted)
        is_settling = "tags" in overlaid.conflicts  # also by saying again what the run's writer says
        return [TagsChange(added, removed, tuple(tags))] if added or removed or is_settling else []

    return _edit_runs(base, names, "tag", change, lambda _name: "", told, each)


def set_status(
    base: str,
    names: Sequence[str],
    status: RunStatus,
    reason: str = "",
    told: ProgressCallback = no_progress,
    each: Executor = in_turn,
) -> list[Outcome]:
    """Set the status of runs.

    A status that the run's writer changed meanwhile, so that both say something else, is settled by this.

    Args:
        base: The runs directory.
        names: The runs.
        status: The status.
        reason: Why, in the user's words; with another status ``""`` removes the reason of the one before.
        told: Progress callback.
        each: Executor that goes through the runs.
    """

    def change(overlaid: Overlaid, _name: str) -> list[MetadataEdit]:
        changes = _status_change(overlaid, status)
        old, new = overlaid.metadata.get(USER_REASON, MISSING), reason.strip() or MISSING
        # Also of a status that stays: most reasons are found out about runs that have failed already.
        if (changes or new is not MISSING) and not same_value(old, new):
            changes.append(ValueChange(USER_REASON, old, new))
        return changes

    return _edit_runs(base, names, "mark", change, lambda _name: reason, told, each)


def set_note(
    base: str,
    names: Sequence[str],
    text: str,
    told: ProgressCallback = no_progress,
    each: Executor = in_turn,
) -> list[Outcome]:
    """Set the note of runs.

    Args:
        base: The runs directory.
        names: The runs.
        text: The note, in any number of lines; one without words removes it.
        told: Progress callback.
        each: Executor that goes through the runs.

    Raises:
        StoreError: The note is too long.
    """
    note = tidy_note(text)
    if len(note) > MOST_NOTE_CHARACTERS:
        raise StoreError(
            f"the note has {len(note):,} characters: shorten it to {MOST_NOTE_CHARACTERS:,}, or save it as "
            "a file of the run"
        )
    return _set_text(base, names, "note", NOTE_KEY, note or MISSING, told, each)


def set_description(
    base: str,
    names: Sequence[str],
    text: str,
    told: ProgressCallback = no_progress,
    each: Executor = in_turn,
) -> list[Outcome]:
    """Set the description of runs.

    Args:
        base: The runs directory.
        names: The runs.
        text: The description, of which line breaks become spaces; ``""`` for none.
        told: Progress callback.
        each: Executor that goes through the runs.
    """
    return _set_text(base, names, "describe", "description", " ".join(text.split()), told, each)


def _set_text(
    base: str,
    names: Sequence[str],
    action: str,
    key: str,
    new: object,
    told: ProgressCallback,
    each: Executor,
) -> list[Outcome]:
    """Set a key of runs, or remove it, settling what the run's writer has set it to meanwhile."""

    def change(overlaid: Overlaid, _name: str) -> list[MetadataEdit]:
        old = overlaid.metadata.get(key, MISSING)
        is_same = same_value(old, new) or (old in (MISSING, None) and new in (MISSING, ""))
        return [] if is_same and key not in overlaid.conflicts else [ValueChange(key, old, new)]

    return _edit_runs(base, names, action, change, lambda _name: "", told, each)


def mark_lost(
    base: str, reasons: Mapping[str, str], told: ProgressCallback = no_progress, each: Executor = in_turn
) -> list[Outcome]:
    """Mark runs as failed that nothing works on any more, and record why where nothing else says it.

    Args:
        base: The runs directory.
        reasons: By run, how it is known that it is lost.
        told: Progress callback.
        each: Executor that goes through the runs.
    """

    def change(overlaid: Overlaid, name: str) -> list[MetadataEdit]:
        changes = _status_change(overlaid, RunStatus.FAILED)
        old = overlaid.metadata.get("error", MISSING)
        if changes and (old is MISSING or not old):
            changes.append(ValueChange("error", old, f"{LOST}: {reasons[name]}"))
        return changes

    return _edit_runs(base, list(reasons), "mark", change, lambda name: reasons[name], told, each)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _status_change(overlaid: Overlaid, status: RunStatus) -> list[MetadataEdit]:
    old = overlaid.metadata.get("status", MISSING)
    if old == status.value and "status" not in overlaid.conflicts:
        return []
    return [ValueChange("status", old, status.value)]


def undo(base: str, name: str, edit_id: str = "") -> list[Outcome]:
    """Undo the last edit of a run, or its adoption; of an edit of several runs in one operation, the whole.

    An edit is not undone where the value was changed again since.

    Args:
        base: The runs directory.
        name: The run.
        edit_id: The edit that is meant, where that was asked for.

    Raises:
        StoreError: The run has no edit to undo, or its last one is not the one that was meant.
        OSError: Its edits cannot be read; nothing was changed.
    """
    last = last_edit(base, name)
    if last is None:
        raise StoreError(f"{safe_text(name)} has no edit to undo")
    if edit_id and last.edit_id != edit_id:
        raise StoreError(f"{safe_text(name)} was edited again meanwhile: look at it before you undo that")
    if last.action == ADOPT:
        try:
            undo_adoption(base, name)
        except (StoreError, OSError) as error:
            return [Outcome(name, False, f"not undone: {_refusal(error)}")]
        return [Outcome(name, True, "undid the adoption")]
    outcomes: list[Outcome] = []
    folded: list[str] = []
    for other in _runs_of_operation(base, name, last):
        try:
            check_run_id(other)
            edit = last if other == name else _edit_of_operation(base, other, last)
        except (StoreError, OSError) as error:
            outcomes.append(Outcome(other, False, _refusal(error)))
            continue
        if edit is None:
            outcomes.append(Outcome(other, False, "its edit is not there any more"))
        else:
            outcomes.append(_undo_one(base, other, edit, last.runs, folded))
    index_edits(base, folded)
    return outcomes


def undo_each(base: str, names: Sequence[str]) -> list[Outcome]:
    """Undo the last edit of several runs, and what they have in common once, as `undo` does.

    Args:
        base: The runs directory.
        names: The runs.
    """
    found: list[Outcome | Edit] = []
    for name in names:
        try:
            found.append(last_edit(base, name) or Outcome(name, False, "has no edit to undo"))
        except (StoreError, OSError) as error:
            found.append(Outcome(name, False, _refusal(error)))
    outcomes: dict[str, Outcome] = {}
    for name, last in zip(names, found, strict=True):
        if isinstance(last, Outcome):
            outcomes[name] = last
        elif name not in outcomes:  # with another run it may have been undone already
            try:
                outcomes |= {outcome.name: outcome for outcome in undo(base, name, last.edit_id)}
            except (StoreError, OSError) as error:
                outcomes[name] = Outcome(name, False, _refusal(error))
    return list(outcomes.values())


def take_back(
    base: str, edits: Mapping[str, str], told: ProgressCallback = no_progress, each: Executor = in_turn
) -> list[Outcome]:
    """Undo certain edits, each unless its value was changed again since.

    Args:
        base: The runs directory.
        edits: By run the edit's name, as in `Outcome.edit_id`.
        told: Progress callback.
        each: Executor that goes through the runs.
    """
    outcomes: dict[str, Outcome] = {}
    folded: list[str] = []
    go = os.urandom(8).hex()

    def undo_one(name: str) -> None:
        if not told(len(outcomes), len(edits)):
            outcomes[name] = Outcome(name, False, STOPPED)
            return
        try:
            found = {edit.edit_id: edit for edit in read_edits(os.path.join(base, name), strict=True)}
        except OSError as error:
            outcomes[name] = Outcome(name, False, _refusal(error))
            return
        edit_id = edits[name]
        if edit_id not in found:
            outcomes[name] = Outcome(name, False, "its edit is not there any more")
        elif any(edit.undoes == edit_id for edit in found.values()):
            outcomes[name] = Outcome(name, True, "was undone already")
        else:
            outcomes[name] = _undo_one(base, name, found[edit_id], tuple(edits), folded, go)

    each(list(edits), undo_one)
    index_edits(base, folded)
    return [outcomes[name] for name in edits]


def last_edit(base: str, name: str) -> Edit | None:
    """Return the edit of the run that an undo would revert, or its adoption, or None.

    Raises:
        OSError: Its edits cannot be read.
    """
    edits = read_edits(os.path.join(base, check_run_id(name)), strict=True)
    undone = {edit.undoes for edit in edits}
    standing = [edit for edit in edits if edit.action != UNDO and edit.edit_id not in undone]
    adoption = adoption_of(base, name)
    if adoption is not None and not (standing and standing[-1].at > adoption.at):
        return adoption
    return standing[-1] if standing else None


def describe_change(change: MetadataEdit) -> str:
    """Return a change in a few words, safe to show: ``tags +prod -old``, ``status running → failed``."""
    if isinstance(change, TagsChange):
        signs = [f"+{tag}" for tag in change.added] + [f"-{tag}" for tag in change.removed]
        return safe_text("tags " + " ".join(signs), 300)
    key = "reason" if change.key == USER_REASON else change.key
    return safe_text(f"{key} {_value_text(change.old)} → {_value_text(change.new)}", 300)


def _edit_runs(
    base: str,
    names: Sequence[str],
    action: str,
    changes_of: Callable[[Overlaid, str], list[MetadataEdit]],
    reason_of: Callable[[str], str],
    told: ProgressCallback,
    each: Executor,
) -> list[Outcome]:
    wanted = list(dict.fromkeys(names))
    outcomes: dict[str, Outcome] = {}
    changes: dict[str, tuple[list[MetadataEdit], str]] = {}

    def prepare(name: str) -> None:
        if not told(0, len(wanted)):
            outcomes[name] = Outcome(name, False, STOPPED)
            return
        try:
            _check_editable(base, name)
            overlaid = read_overlaid(base, name, strict=True)
            if not is_run_metadata(overlaid.metadata):
                raise StoreError("its metadata.json is another program's")
            wished = changes_of(overlaid, name)
        except (StoreError, OSError) as error:
            outcomes[name] = Outcome(name, False, _refusal(error))
            return
        if wished:
            changes[name] = (wished, overlaid.last_edit_id)
        else:
            outcomes[name] = Outcome(name, True, "unchanged")

    each(wanted, prepare)
    together = [name for name in wanted if name in changes]
    go = os.urandom(8).hex() if len(together) > 1 else ""
    folded: list[str] = []

    def put(name: str) -> None:
        if told(len(outcomes), len(wanted)):
            wished, last = changes[name]
            edit = new_edit(action, wished, reason=reason_of(name), runs=together, after=last, go=go)
            outcomes[name] = _put(base, name, edit, folded)
        else:
            outcomes[name] = Outcome(name, False, STOPPED)

    each(together, put)
    index_edits(base, folded)  # a cache: what hinders that does no harm
    return [outcomes[name] for name in wanted]


def _undo_one(
    base: str, name: str, edit: Edit, runs: Sequence[str], folded: list[str], go: str = ""
) -> Outcome:
    try:
        _check_editable(base, name)
        overlaid = read_overlaid(base, name, strict=True)
    except (StoreError, OSError) as error:
        return Outcome(name, False, _refusal(error))
    for change in edit.changes:
        if not is_in_force(change, overlaid.metadata):
            return Outcome(name, False, f"not undone: {describe_change(change)}, but it was changed since")
    taken_back = [inverse(change) for change in reversed(edit.changes)]
    back = new_edit(UNDO, taken_back, runs=runs, undoes=edit.edit_id, after=overlaid.last_edit_id, go=go)
    return _put(base, name, back, folded)


def _put(base: str, name: str, edit: Edit, folded: list[str]) -> Outcome:
    """Make an edit, and note in `folded` when it is in the metadata."""
    text = ", ".join(describe_change(change) for change in edit.changes)
    try:
        write_edit(base, name, edit)
    except OSError as error:
        return Outcome(name, False, _refusal(error))
    folding = fold(base, name)
    if not folding.reason:
        folded.append(name)
    pending = f" (not yet in metadata.json: {safe_text(folding.reason)})" if folding.reason else ""
    if pending and not os.path.lexists(os.path.join(base, name, METADATA_FILE)):
        whose = "the folder's" if os.path.isfile(os.path.join(base, name)) else "its"
        pending = f" (kept in {whose} {PRIVATE_DIR}/: the run has no {METADATA_FILE})"
    return Outcome(name, True, text + pending, edit.edit_id)


def _refusal(error: StoreError | OSError) -> str:
    if isinstance(error, StoreError):
        return safe_text(str(error))
    return safe_text(f"cannot be edited: {explain(error)}")


def _check_editable(base: str, name: str) -> None:
    found = os.lstat(os.path.join(base, check_run_id(name)))
    if stat.S_ISLNK(found.st_mode):
        raise StoreError("it is a symbolic link: edit it in the directory it lies in")
    is_shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid != os.geteuid() and not is_shared:
        # Also for root, whose files in it would stop its owner's simulation.
        raise StoreError("it belongs to another user: ask its owner to do it")


def _runs_of_operation(base: str, name: str, edit: Edit) -> Sequence[str]:
    # A copied run has edits that name only the run it was copied from.
    if edit.runs:
        return edit.runs if name in edit.runs else (name,)
    if not edit.go:
        return (name,)
    others = [other for other in edited_runs(base) if _has_edit_of(base, other, edit.go)]
    return others if name in others else (name,)


def _has_edit_of(base: str, name: str, go: str) -> bool:
    return any(edit.go == go for edit in read_edits(os.path.join(base, name)))


def _edit_of_operation(base: str, name: str, edit: Edit) -> Edit | None:
    """Return the edit of another run that was made in the same operation as `edit`."""
    undone = set()
    found = None
    for other in read_edits(os.path.join(base, name), strict=True):
        undone.add(other.undoes)
        is_twin = (other.action, other.user, other.host, other.runs, other.go) == (
            edit.action,
            edit.user,
            edit.host,
            edit.runs,
            edit.go,
        )
        if is_twin:
            found = other
    return found if found is not None and found.edit_id not in undone else None


def _value_text(value: object) -> str:
    if value is MISSING:
        return "(nothing)"
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        value = f"{value[: _LONGEST_VALUE - 1]}…"
    return json.dumps(value, ensure_ascii=False)
