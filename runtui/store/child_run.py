"""Children of a run, which resume from a checkpoint of it or of an ancestor, or run again from the start."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtui.store.atomic import discard
from runtui.store.checkpoint_choice import choose_checkpoint
from runtui.store.checkpoints import Checkpoint, resumable_checkpoints
from runtui.store.cleanup.trash import move_to_trash
from runtui.store.current_run import CurrentRun
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.run_edits import set_status
from runtui.store.errors import MetadataError, RunNotFoundError, StoreError, explain
from runtui.store.git import git_commit
from runtui.store.index import point_current, read_current, read_index, update_cached_index
from runtui.store.index_lock import index_lock
from runtui.store.json_object import parse_object
from runtui.store.lineage import RERUN_KEY, checkpoint_line
from runtui.store.manager import RunManager, inherited_tags
from runtui.store.metadata import LARGEST_METADATA
from runtui.store.parameter_changes import ChangedValue, ParameterChanges, changed_params
from runtui.store.paths import CONFIG_FILE, CURRENT_LINK, PARAMS_FILE, check_run_id
from runtui.store.process import is_alive
from runtui.store.regular_file import read_file
from runtui.store.rows import read_record
from runtui.store.run_ids import directory_of
from runtui.store.sealed_record import RecordKind, write_sealed_record
from runtui.store.status import RunStatus
from runtui.store.torn_file import ATTEMPTS
from runtui.store.writer import read_writer
from runtui.text.sanitize import safe_text

_COPIED_FILES = (PARAMS_FILE, CONFIG_FILE)
_KIND_OF_CHILD = re.compile(r" \((?:resumed|rerun)\)$")


@dataclass(frozen=True, slots=True)
class ResumeOptions:
    """Options for a child run.

    Attributes:
        checkpoint: The name or the path of the checkpoint to start from; by default the newest that can be
            used.
        params: Parameters to change or to add.
        mark_parent: Whether the parent gets the status ``resumed``.
        from_start: Whether the child starts anew, without any checkpoint.
        shown: The command that the user was shown; none where that is not to be checked.
    """

    checkpoint: str | None = None
    params: ParameterChanges = field(default_factory=dict)
    mark_parent: bool = False
    from_start: bool = False
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resumption:
    """A child that was created.

    Attributes:
        run_id: The child.
        parent: The run it continues.
        checkpoint: The checkpoint that it starts from; None if it runs again from the start.
        skipped: Newer checkpoints that could not be used, each with its problem; the newest first.
        copied: The parent's files that were copied.
        notes: What did not go as it should, in lines that are safe to show.
        current: The run that ``current`` pointed to before, or None.
        changes: The parameters that differ from its parent's.
    """

    run_id: str
    parent: str
    checkpoint: Checkpoint | None
    skipped: tuple[Checkpoint, ...]
    copied: tuple[str, ...]
    notes: tuple[str, ...]
    current: str | None
    changes: tuple[ChangedValue, ...] = ()


_NO_OPTIONS = ResumeOptions()


def resume(
    base: str,
    name: str,
    options: ResumeOptions = _NO_OPTIONS,
    files: Mapping[str, bytes] | None = None,
    changes: tuple[ChangedValue, ...] = (),
    description: str = "",
) -> Resumption:
    """Create a child of the run `name`, which resumes from a checkpoint or starts anew. Starts nothing.

    The child gets the parent's parameters and configuration, its description, its tags and ``resumed`` or
    ``rerun``. One that resumes gets a copy of the parent's list of checkpoints; which one it starts from
    stands in its metadata under ``resume_checkpoint``. In one that starts anew ``rerun_of`` names its parent.

    Args:
        base: The runs directory.
        name: The run to resume, or to run again.
        options: What the child is to be like. Its checkpoint may lie anywhere along the line of ancestors.
        files: Files of the child by their names, its parameters among them with all changes made; by default
            copies of its parent's.
        changes: The changes made in `files`.
        description: That of its parent, where a change makes it another one.

    Raises:
        StoreError: The run cannot be read, or a parameter cannot be changed, or it has no such checkpoint
            that can be used. Or a file of it cannot be read.
        OSError: The child cannot be written; nothing is left of it.
    """
    base = os.path.abspath(base)  # the checkpoint's path must lead there from wherever the child is launched
    try:
        parent = read_overlaid(base, check_run_id(name), strict=True).metadata
    except MetadataError as fault:
        raise RunNotFoundError(f"run {safe_text(name)} cannot be read: {fault}") from None
    except OSError as error:  # its edits, one of which may have changed what the child inherits
        why = explain(error, with_path=False)
        raise StoreError(f"the edits of run {safe_text(name)} cannot be read: {why}") from None
    if description:
        parent = {**parent, "description": description}
    checkpoint, skipped = (None, ()) if options.from_start else _checkpoint(base, name, parent, options)
    notes: list[str] = []
    if files is None:
        files, notes = _read_files(base, name)
        if options.params:
            files[PARAMS_FILE], changes = _with_params(files, options.params)
    manager = _ManagerOfChild(base, files)
    current = read_current(base)
    parent_id = _id_of(base, name, parent)
    chosen = None if checkpoint is None else {"name": checkpoint.name, "path": checkpoint.path}
    child = manager.create_run(
        _description(parent, parent_id, from_start=checkpoint is None),
        _tags(parent, from_start=checkpoint is None),
        parent_run_id=parent_id,
        **_lineage(parent, parent_id, chosen),
    )
    notes += manager.notes
    if chosen is not None:
        try:
            write_sealed_record(manager.directory, RecordKind.CHECKPOINT, chosen)
        except OSError as error:
            notes.append(
                f"the checkpoint it resumes at was not noted, so runtui cannot launch it: {explain(error)}"
            )
    if options.mark_parent:
        notes += [outcome.text for outcome in set_status(base, [name], RunStatus.RESUMED) if not outcome.done]
    return Resumption(child, name, checkpoint, skipped, tuple(files), tuple(notes), current, changes)


def _checkpoint(
    base: str, name: str, parent: Mapping[str, Any], options: ResumeOptions
) -> tuple[Checkpoint, tuple[Checkpoint, ...]]:
    """Return the checkpoint to resume from, and the newer ones that cannot be used."""
    checkpoints = resumable_checkpoints(base, name, parent, checkpoint_line(base, name, parent))
    chosen = choose_checkpoint(checkpoints, options.checkpoint, name, os.path.join(base, name))
    return chosen, checkpoints.skipped if options.checkpoint is None else ()


def _tags(parent: Mapping[str, Any], *, from_start: bool) -> list[str]:
    *own, resumed = inherited_tags(parent)
    if from_start:
        own, resumed = [tag for tag in own if tag != resumed], "rerun"
    return list(dict.fromkeys([*own, resumed]))


def _lineage(
    parent: Mapping[str, Any], parent_id: str, chosen: Mapping[str, object] | None
) -> dict[str, Any]:
    """Return what a child's metadata say of where it starts."""
    if chosen is None:
        return {RERUN_KEY: parent_id}
    listed = parent.get("checkpoints")
    return {
        "resumed_from": parent_id,
        "checkpoints": listed if isinstance(listed, list) else [],
        "resume_checkpoint": chosen,
    }


def _id_of(base: str, name: str, metadata: Mapping[str, Any]) -> str:
    """Return the id by which a child finds the run `name` again, also when its directory is renamed."""
    run_id = metadata.get("run_id")
    return run_id if isinstance(run_id, str) and directory_of(base, run_id) == name else name


def discard_child(base: str, name: str, current: str | None = None) -> None:
    """Move a child that nothing has begun to work on to the trash, undoing `resume`.

    Args:
        base: The runs directory.
        name: The child.
        current: The run that ``current`` is to point to again, if it points to the child.

    Raises:
        StoreError: It has been started, or cannot be read; nothing was changed.
        OSError: It cannot be moved.
    """
    with index_lock(base):
        run = read_record(base, check_run_id(name), ATTEMPTS, is_edited=True)
        writer = read_writer(os.path.join(base, name))
        if run.status != RunStatus.INITIALISING or (writer is not None and is_alive(writer)):
            raise StoreError("it has been started: end it, and clean it up")
        entries, latest = read_index(base)
        entry = entries.get(name, {})
        move_to_trash(base, name, "its resuming was undone", entry, was_latest=name == latest)
        if read_current(base) == name:
            if current is not None and os.path.isdir(os.path.join(base, current)):
                point_current(base, current)
            else:
                discard(os.path.join(base, CURRENT_LINK))
    update_cached_index(base)


def _with_params(
    files: Mapping[str, bytes], changes: ParameterChanges
) -> tuple[bytes, tuple[ChangedValue, ...]]:
    """Return a parent's file of parameters with changes, and what changes in it.

    Args:
        files: The parent's files that are copied.
        changes: The changes.

    Raises:
        StoreError: A change cannot be applied, or there is no such file, or that cannot be read.
    """
    if PARAMS_FILE not in files:
        # Only the program knows how it takes parameters, and in which of its files they count.
        where = (
            f"change it in the child's {CONFIG_FILE}" if CONFIG_FILE in files else "give it to the program"
        )
        keys = ", ".join(safe_text(key, 80) for key in changes)
        why = f"cannot be changed: the parent has no {PARAMS_FILE}"
        raise StoreError(f"{keys} {why}; create the child without --set, then {where}")
    try:
        params = parse_object(files[PARAMS_FILE] or b"{}", name=PARAMS_FILE)
    except MetadataError as error:
        raise StoreError(f"the parameters cannot be changed: {error}") from None
    changed, told = changed_params(params, changes)
    return json.dumps(changed, indent=2, ensure_ascii=False).encode(), told


def _description(parent: Mapping[str, Any], parent_id: str, *, from_start: bool) -> str:
    """Return a child's description: its parent's, and how it came about."""
    own = parent.get("description")
    if not isinstance(own, str) or not own.strip():
        return f"{'Rerun of' if from_start else 'Resumed from'} {parent_id[:8]}"
    return f"{_KIND_OF_CHILD.sub('', own)} ({'rerun' if from_start else 'resumed'})"


class _ManagerOfChild(RunManager):
    """Creator of runs that have copies of files from the first moment on, with notes of its problems."""

    def __init__(self, base: str, files: Mapping[str, bytes]) -> None:
        super().__init__(base, auto_create=False)
        self._files = files
        self.notes: list[str] = []

    def _fill(self) -> None:
        for filename, data in self._files.items():
            self.directory.replace(filename, data)

    def _get_git_commit(self) -> str | None:
        """Return the working directory's: runtui's own is none of the run's."""
        return git_commit()

    def _record_writer(self, run: CurrentRun) -> None:
        """Leave that to whoever starts the child: until then nothing works on it."""

    def _warn(self, text: str) -> None:
        self.notes.append(safe_text(text))


def _read_files(base: str, parent: str) -> tuple[dict[str, bytes], list[str]]:
    files: dict[str, bytes] = {}
    notes: list[str] = []
    for filename in _COPIED_FILES:
        try:
            path = os.path.join(base, parent, filename)
            # A link could lead to a file that only we may read, and the child may be read by others.
            files[filename], _stamp = read_file(path, LARGEST_METADATA, follow_link=False)
        except FileNotFoundError:
            continue
        except MetadataError as error:
            notes.append(f"{filename} was not copied: {safe_text(str(error))}")
        except OSError as error:
            why = explain(error, with_path=False)
            raise StoreError(f"{filename} of run {safe_text(parent)} cannot be read: {why}") from None
    return files, notes
