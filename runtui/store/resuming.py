"""Going on from a run: a child that starts where a checkpoint of its parent, or of an ancestor, left off."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtui.store.actions import set_status
from runtui.store.atomic import write_atomic
from runtui.store.errors import RunNotFoundError
from runtui.store.folding import read_overlaid
from runtui.store.lineage import Checkpoint, ancestry_on_disk, find_checkpoints
from runtui.store.manager import RunManager, inherited_tags
from runtui.store.metadata import LARGEST_METADATA, MetadataError, read_file
from runtui.store.paths import CONFIG_FILE, PARAMS_FILE, check_run_id
from runtui.store.safe_text import safe_text
from runtui.store.status import RunStatus

_COPIED_FILES = (PARAMS_FILE, CONFIG_FILE)


@dataclass(frozen=True, slots=True)
class Resumption:
    """A child that was created.

    Attributes:
        run_id: The child.
        parent: The run it goes on from.
        checkpoint: The checkpoint that it starts from.
        copied: The parent's files that were copied.
        notes: What did not go as it should, in lines that are safe to show.
    """

    run_id: str
    parent: str
    checkpoint: Checkpoint
    copied: tuple[str, ...]
    notes: tuple[str, ...]


def resume(
    base: str, name: str, checkpoint_name: str | None = None, *, mark_parent: bool = False
) -> Resumption:
    """Create a child of the run `name` that goes on from a checkpoint. Starts nothing.

    The child gets the parent's parameters and configuration, its tags and ``resumed``, and a copy of its list
    of checkpoints; which one it starts from stands in its metadata under ``resume_checkpoint``.

    Args:
        base: The runs directory.
        name: The run to go on from.
        checkpoint_name: The checkpoint; by default the newest whose file exists, wherever along the line of
            ancestors it lies.
        mark_parent: Whether the parent gets the status ``resumed``.

    Raises:
        StoreError: The run cannot be read, or has no such checkpoint, or the file of it is missing.
        OSError: A file cannot be read, or the child cannot be written; nothing is left of it.
    """
    base = os.path.abspath(base)  # the checkpoint's path must lead there from wherever the child is launched
    try:
        parent = read_overlaid(base, check_run_id(name), strict=True).metadata
    except MetadataError as fault:
        raise RunNotFoundError(f"run {safe_text(name)} cannot be read: {fault}") from None
    line = ancestry_on_disk(base, name, parent).names
    checkpoint = choose_checkpoint(find_checkpoints(base, name, parent, line), checkpoint_name, name)
    files, notes = _read_files(base, name)
    manager = _ManagerOfChild(base, files)
    child = manager.create_child_run(
        name,
        tags=inherited_tags(parent),
        resume_checkpoint={"name": checkpoint.name, "path": checkpoint.path},
    )
    notes += manager.notes
    if mark_parent:
        notes += [outcome.text for outcome in set_status(base, [name], RunStatus.RESUMED) if not outcome.done]
    return Resumption(child, name, checkpoint, tuple(files), tuple(notes))


def choose_checkpoint(checkpoints: Sequence[Checkpoint], wanted: str | None, run: str) -> Checkpoint:
    """Return the checkpoint to start from: the one of the name `wanted`, or the newest that can be used.

    Args:
        checkpoints: Those of the run, the oldest first.
        wanted: A name, or None.
        run: The run, for the message.

    Raises:
        RunNotFoundError: There is none that can be used; the message says which there are.
    """
    shown = safe_text(run, 80)
    if not checkpoints:
        raise RunNotFoundError(f"{shown} has no checkpoints to resume from")
    usable = [checkpoint for checkpoint in checkpoints if checkpoint.path is not None]
    if wanted is not None:
        named = [checkpoint for checkpoint in checkpoints if checkpoint.name == wanted]
        if not named:
            names = ", ".join(checkpoint.name for checkpoint in list(checkpoints)[-8:])
            raise RunNotFoundError(f"{shown} has no checkpoint {safe_text(wanted, 80)!r}: there are {names}")
        usable = [checkpoint for checkpoint in named if checkpoint.path is not None]
    if not usable:
        what = "the checkpoint" if wanted is not None else f"all {len(checkpoints)} checkpoints"
        raise RunNotFoundError(f"the files of {what} of {shown} are missing: nothing to resume from")
    return max(usable, key=lambda checkpoint: (checkpoint.created or 0.0, checkpoints.index(checkpoint)))


class _ManagerOfChild(RunManager):
    """Creates runs with copies of files from the first moment on, and notes what did not go well."""

    def __init__(self, base: str, files: Mapping[str, bytes]) -> None:
        super().__init__(base, auto_create=False)
        self._files = files
        self.notes: list[str] = []

    def _fill(self, run_dir: Path) -> None:
        for filename, data in self._files.items():
            write_atomic(run_dir / filename, data)

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
    return files, notes
