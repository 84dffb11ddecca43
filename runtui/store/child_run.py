"""Resuming a run: a child that starts from a checkpoint of its parent, or of an ancestor."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
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
from runtui.store.lineage import ancestry_on_disk
from runtui.store.manager import RunManager, inherited_tags
from runtui.store.metadata import LARGEST_METADATA
from runtui.store.paths import CONFIG_FILE, CURRENT_LINK, PARAMS_FILE, check_run_id
from runtui.store.process import is_alive
from runtui.store.regular_file import read_file
from runtui.store.rows import read_record
from runtui.store.run_ids import directory_of
from runtui.store.sealed_record import RecordKind, read_sealed_record, write_sealed_record
from runtui.store.status import RunStatus
from runtui.store.torn_file import ATTEMPTS
from runtui.store.writer import read_writer
from runtui.text.sanitize import safe_text
from runtui.text.shell import shown_command

_COPIED_FILES = (PARAMS_FILE, CONFIG_FILE)


@dataclass(frozen=True, slots=True)
class ResumeOptions:
    """Options for a child run.

    Attributes:
        checkpoint: The name or the path of the checkpoint to start from; by default the newest that can be
            used.
        params: Parameters to change, by their dotted keys.
        mark_parent: Whether the parent gets the status ``resumed``.
    """

    checkpoint: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    mark_parent: bool = False


@dataclass(frozen=True, slots=True)
class Resumption:
    """A child that was created.

    Attributes:
        run_id: The child.
        parent: The run it continues.
        checkpoint: The checkpoint that it starts from.
        skipped: Newer checkpoints that could not be used, each with its problem; the newest first.
        copied: The parent's files that were copied.
        notes: What did not go as it should, in lines that are safe to show.
        current: The run that ``current`` pointed to before, or None.
    """

    run_id: str
    parent: str
    checkpoint: Checkpoint
    skipped: tuple[Checkpoint, ...]
    copied: tuple[str, ...]
    notes: tuple[str, ...]
    current: str | None


_NO_OPTIONS = ResumeOptions()


def resume(base: str, name: str, options: ResumeOptions = _NO_OPTIONS) -> Resumption:
    """Create a child of the run `name` that resumes from a checkpoint. Starts nothing.

    The child gets the parent's parameters and configuration, its tags and ``resumed``, and a copy of its list
    of checkpoints; which one it starts from stands in its metadata under ``resume_checkpoint``.

    Args:
        base: The runs directory.
        name: The run to resume.
        options: What the child is to be like. Its checkpoint may lie anywhere along the line of ancestors.

    Raises:
        StoreError: The run cannot be read, or has no such parameter, or no such checkpoint that can be used.
            Or a file of it cannot be read.
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
    checkpoints = resumable_checkpoints(base, name, parent, ancestry_on_disk(base, name, parent))
    checkpoint = choose_checkpoint(checkpoints, options.checkpoint, name, os.path.join(base, name))
    skipped = checkpoints.skipped if options.checkpoint is None else ()
    files, notes = _read_files(base, name)
    if options.params:
        files[PARAMS_FILE] = _with_params(files, options.params)
    manager = _ManagerOfChild(base, files)
    current = read_current(base)
    parent_id = _id_of(base, name, parent)
    listed = parent.get("checkpoints")
    child = manager.create_run(
        f"Resumed from {parent_id[:8]}",
        list(dict.fromkeys(inherited_tags(parent))),
        parent_run_id=parent_id,
        resumed_from=parent_id,
        checkpoints=listed if isinstance(listed, list) else [],
        resume_checkpoint={"name": checkpoint.name, "path": checkpoint.path},
    )
    notes += manager.notes
    chosen = {"name": checkpoint.name, "path": checkpoint.path}
    try:
        write_sealed_record(manager.directory, RecordKind.CHECKPOINT, chosen)
    except OSError as error:
        notes.append(
            f"the checkpoint it resumes at was not noted, so runtui cannot launch it: {explain(error)}"
        )
    if options.mark_parent:
        notes += [outcome.text for outcome in set_status(base, [name], RunStatus.RESUMED) if not outcome.done]
    return Resumption(child, name, checkpoint, skipped, tuple(files), tuple(notes), current)


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


def typed_value(text: str) -> Any:
    """Return the value that a user typed: JSON where it is that, such as ``0.5`` or ``[1, 2]``, else text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _with_params(files: Mapping[str, bytes], changes: Mapping[str, Any]) -> bytes:
    """Return a parent's file of parameters with some of them changed; all else stays as it is.

    Args:
        files: The parent's files that are copied.
        changes: The changes, by the parameters' dotted keys.

    Raises:
        StoreError: It has no such parameter or no such file, or that cannot be read.
    """
    if PARAMS_FILE not in files:
        # Only the program knows how it takes parameters, and in which of its files they count.
        where = (
            f"change it in the child's {CONFIG_FILE}" if CONFIG_FILE in files else "give it to the program"
        )
        keys = ", ".join(safe_text(key, 80) for key in changes)
        why = f"cannot be changed: the parent has no {PARAMS_FILE}"
        raise StoreError(f"{keys} {why}; resume it without --set, then {where}")
    try:
        params = parse_object(files[PARAMS_FILE] or b"{}", name=PARAMS_FILE)
    except MetadataError as error:
        raise StoreError(f"the parameters cannot be changed: {error}") from None
    places = {safe_text(key, 200): (holder, last) for key, holder, last in _places(params)}
    for key, value in changes.items():
        place = places.get(key)
        if place is None:
            raise StoreError(f"there is no parameter {safe_text(key, 80)}")
        place[0][place[1]] = value
    return json.dumps(params, indent=2, ensure_ascii=False).encode()


def _places(params: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted key of each value, what holds the value, and its key or place there."""
    stack: list[tuple[str, Any]] = [("", params)]
    while stack:
        prefix, holder = stack.pop()
        items: Iterable[tuple[Any, Any]]
        is_list = isinstance(holder, list)
        items = list(enumerate(holder)) if is_list else holder.items()
        for key, item in items:
            name = f"{prefix}[{key}]" if is_list else f"{prefix}.{key}" if prefix else str(key)
            yield name, holder, key
            if isinstance(item, (dict, list)):
                stack.append((name, item))


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


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """The command that a run was recorded with, whose metadata the calling user owns.

    Attributes:
        words: It, word by word, as it is; never for showing.
        directory: The directory that it ran in.
        system: The scheduler whose job it was, or ``""``.
        resources: What that job was given.
        has_input: Whether it read a file as its standard input, which is not kept for another run.
    """

    words: tuple[str, ...]
    directory: str
    system: str = ""
    resources: Mapping[str, str] = field(default_factory=dict)
    has_input: bool = False

    @property
    def text(self) -> str:
        """The command in one line that is safe to show."""
        return shown_command(self.words, 400)


def own_command(base: str, name: str) -> OwnCommand | None:
    """Return the command that the calling user had the run `name` launched with; None where there is none.

    What others may have written is never taken for it: see `sealed_record`.
    """
    record = read_sealed_record(base, name, RecordKind.COMMAND)
    words, directory = record.get("command"), record.get("working_directory")
    if not isinstance(words, list) or not words or not isinstance(directory, str):
        return None
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        return None
    job = _job_of(read_sealed_record(base, name, RecordKind.JOB))
    return OwnCommand(tuple(words), directory, *job, has_input=record.get("has_input") is True)


def _job_of(job: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the scheduler whose job a run was, or ``""``, and what the job was given."""
    if not isinstance(system := job.get("system"), str):
        return "", {}
    given = job.get("resources")
    items = given.items() if isinstance(given, dict) else ()
    return system, {str(key): value for key, value in items if isinstance(value, str) and "\0" not in value}
