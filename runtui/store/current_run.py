"""The run that a `RunManager` works on: its metadata in memory, saved without losing anybody's changes.

The dict in memory is the program's own, with the objects that the program has put there and may change at any
time. Each save compares them with what was saved last and applies the differences to the file as it is now.
What others have changed there is applied to the dict.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any, NamedTuple

from runtui.store.edits.edit_files import read_edits, supersede
from runtui.store.edits.fold import RUN_LOCK, fold_as_writer, settled_edits
from runtui.store.edits.merge import MERGED_LISTS, changed_keys, merge, without_foreign
from runtui.store.edits.model import MISSING, Edit
from runtui.store.edits.overlay import overlay
from runtui.store.errors import LockTimeoutError, MetadataError, OutsideRunError, RunNotFoundError, explain
from runtui.store.index import summary_of
from runtui.store.lock import FileLock
from runtui.store.metadata import LARGEST_METADATA, read_owned
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, WRITER_FILE
from runtui.store.plain_json import copied, encode, plain_json, plain_metadata, same_json
from runtui.store.record import FileStamp, stamp_of
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory
from runtui.store.save_turns import Save, SaveTurns
from runtui.store.writer import record_writer


class _Saved(NamedTuple):
    """Metadata as it was saved last, and the bytes of the file; None where others may have written it."""

    metadata: Mapping[str, Any]
    data: bytes | None


class CurrentRun:
    """A run with its metadata in memory.

    Args:
        run_id: Its id.
        directory: Its directory.
        metadata: The program's own dict.
        saved: Plain metadata that is on disk; None of a new run, which has none yet.
        record_writer: Called before each save, to record this process as the run's writer.
        warn: Reports a problem that does no harm.

    Attributes:
        run_id, directory, metadata: As above.
        summary: The entry in the index for what was written last.
        indexed: That entry as it was last put into the index.
    """

    def __init__(
        self,
        run_id: str,
        directory: SafeDirectory,
        metadata: dict[str, Any],
        saved: Mapping[str, Any] | None,
        record_writer: Callable[[CurrentRun], None],
        warn: Callable[[str], None],
    ) -> None:
        self.run_id = run_id
        self.directory = directory
        self.metadata = metadata
        self.summary: dict[str, Any] = {} if saved is None else self._entry(saved)
        self.indexed: dict[str, Any] = {}
        self._saved = _Saved(saved or {}, None)
        self._is_new = saved is None
        self._record_writer = record_writer
        self._warn = warn
        self._writer: tuple[int, FileStamp] | None = None
        self._is_edit_known: dict[str, bool] = {}
        self._lock: FileLock | None = None
        self._turns = SaveTurns(self._write, warn)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy has: all but the lock, which stays with the save that took it."""
        return self.__dict__ | {"_lock": None}

    @property
    def is_new(self) -> bool:
        """Whether it has never been saved."""
        return self._is_new

    def know_edits(self, edits: Sequence[Edit]) -> None:
        """Note edits that are in the metadata that was read."""
        self._is_edit_known = {edit.edit_id: True for edit in edits if edit.is_folded}

    def save(self) -> None:
        """Save the metadata as it is now in memory, keeping others' changes.

        Raises:
            TypeError: A value cannot be stored as JSON.
            RunNotFoundError: The directory is gone.
            OutsideRunError: Another directory is in its place.
            OSError: The file cannot be written; it is as it was.
        """
        self._turns.save()

    def checked_dir(self) -> Path:
        """Return the run's directory, which the user may have moved away and back.

        Raises:
            RunNotFoundError: It is gone.
            OutsideRunError: Another directory is in its place.
        """
        directory, run_dir = self.directory, Path(self.directory.path)
        if directory.is_in_place:
            return run_dir
        if not run_dir.is_dir():
            raise RunNotFoundError(f"the directory of run {self.run_id} is gone")
        if run_dir.is_symlink():
            raise OutsideRunError(f"run {self.run_id} is a symbolic link: load it where it lies")
        found, is_own = read_owned(directory.path)
        if not is_own or found.get("run_id") != self.run_id:
            raise OutsideRunError(
                f"another directory was put in the place of run {self.run_id}: move it away"
            )
        directory.pin()
        return run_dir

    def _write(self, save: Save) -> None:
        run_dir = str(self.checked_dir())
        self._record_writer(self)
        ours = plain_metadata(self.metadata)
        if self._is_new:
            self._replace(ours, ours, save)
            return
        if self._lock is not None and self._lock.is_held:
            self._merge(run_dir, ours, save)  # a signal handler's save, in the middle of another one
            return
        lock = FileLock(f"{PRIVATE_DIR}/{RUN_LOCK}", within=self.directory)
        try:
            self._lock = lock
            with lock:
                self._merge(run_dir, ours, save)
        except LockTimeoutError as error:
            # The run's own writer must not stand still, and since it merges, a lost lock harms nobody.
            self._warn(f"saving without a lock: {explain(error)}")
            self._merge(run_dir, ours, save)

    def _merge(self, run_dir: str, ours: dict[str, Any], save: Save) -> None:
        base = self._saved
        edits = read_edits(run_dir)
        if self._is_untouched(run_dir, base.data):
            merged = ours
        else:
            merged = merge(base.metadata, self._theirs(run_dir, base.metadata), ours)
        if not edits:
            self._replace(ours, merged, save)
            return
        overruled = self._overruled(edits, changed_keys(base.metadata, ours))
        overlaid = overlay(merged, [edit for edit in edits if edit not in overruled])
        self._replace(ours, overlaid.metadata, save)
        for edit in overruled:
            supersede(run_dir, edit)
        self._is_edit_known.update({edit.edit_id: True for edit in settled_edits(overlaid)})
        try:
            fold_as_writer(run_dir, overlaid)
        except OSError as error:
            # What they say is stored; that they still count as pending changes nothing.
            self._warn(f"edits were not put into the history: {explain(error)}")

    def _is_untouched(self, run_dir: str, data: bytes | None) -> bool:
        """Return whether the file is, byte for byte, as this process has written it."""
        if data is None:
            return False
        try:
            with open_regular(os.path.join(run_dir, METADATA_FILE)) as file:
                return file.status.st_size == len(data) and file.read(LARGEST_METADATA) == data
        except (OSError, MetadataError):
            return False

    def _theirs(self, run_dir: str, base: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            theirs, is_own = read_owned(run_dir)
        except MetadataError:
            return base
        return theirs if is_own else without_foreign(base, theirs)

    def _replace(self, ours: dict[str, Any], merged: dict[str, Any], save: Save) -> None:
        data = encode(merged)
        self.directory.replace(METADATA_FILE, data, save.check)
        self.summary = self._entry(merged)
        # First the program's dict: to a handler that strikes in between, what others have changed would else
        # look as if the program had taken it back.
        if merged is not ours:
            bring_in(self.metadata, ours, merged)
        # The save that a handler's has interrupted may still put an older state in its place.
        if not save.is_interrupting:
            self._saved, self._is_new = _Saved(merged, data), False

    def _overruled(self, edits: Sequence[Edit], changed: Sequence[str]) -> list[Edit]:
        """Return the edits in the history that a save of the keys `changed` knowingly overrules.

        What we set in spite of them is meant. One that we first see as we set its key is not known: it
        becomes a conflict.
        """
        overruled = []
        for edit in edits:
            if edit.is_folded and not edit.is_superseded:
                is_changed = any(change.key in changed for change in edit.changes)
                if self._is_edit_known.setdefault(edit.edit_id, not is_changed) and is_changed:
                    overruled.append(edit)
        return overruled

    def record_writer(self) -> None:
        """Record beside the metadata that this process writes the run, for telling dead runs from live ones.

        Another process may have recorded itself since the last save.

        Raises:
            OSError: It cannot be written.
        """
        if self._writer is None or self._writer != self._recorded_writer():
            record_writer(self.directory)
            self._writer = self._recorded_writer()

    def _recorded_writer(self) -> tuple[int, FileStamp] | None:
        try:
            found = os.lstat(os.path.join(self.directory.path, PRIVATE_DIR, WRITER_FILE))
        except OSError:
            return None
        return os.getpid(), stamp_of(found)

    def _entry(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        return summary_of({**metadata, "run_id": self.run_id})


def bring_in(live: dict[str, Any], ours: Mapping[str, Any], merged: Mapping[str, Any]) -> None:
    """Put into the program's dict what others have changed, and leave alone what it has changed meanwhile.

    The objects that the program may have kept stay where they are, above all the lists of tags and
    checkpoints. Each step is one of the interpreter, so that a thread or a handler can append meanwhile.

    Args:
        live: The program's dict.
        ours: What was in it when the save began, as plain JSON.
        merged: What was saved.
    """
    for key, value in merged.items():
        if key in ours and same_json(ours[key], value):
            continue
        mine = live.get(key, MISSING)
        if key in MERGED_LISTS and isinstance(mine, list) and isinstance(value, list):
            _bring_in_items(mine, ours.get(key), value)
        elif (mine is MISSING) if key not in ours else same_json(plain_json(mine, key), ours[key]):
            live[key] = copied(value)
    for key in ours:
        if key not in merged and key in live and same_json(plain_json(live[key], key), ours[key]):
            del live[key]


def remove_item(items: list[Any], item: object) -> None:
    """Remove an object from a list: that one, the last time that it is there, and no equal one."""
    for place in range(len(items) - 1, -1, -1):
        if items[place] is item:
            del items[place]
            return


def _bring_in_items(live: list[Any], ours: Any, merged: list[Any]) -> None:
    before = Counter(map(dumps, ours if isinstance(ours, list) else []))
    after = Counter(map(dumps, merged))
    present = [dumps(plain_json(item, "")) for item in list(live)]
    gone, new = (before - after) & (Counter(present) - after), (after - before) & (after - Counter(present))
    for item in reversed(list(live)):
        text = dumps(plain_json(item, ""))
        if gone[text] > 0:
            gone[text] -= 1
            remove_item(live, item)
    for place, item in enumerate(merged):
        if new[dumps(item)] > 0:
            new[dumps(item)] -= 1
            live.insert(place, copied(item))
