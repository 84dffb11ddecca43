"""The current run of a `RunManager`, and the steps of saving it, each of which can be overridden."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from runtui.store.current_run import CurrentRun, remove_item
from runtui.store.edits.edit_files import read_edits
from runtui.store.errors import LockTimeoutError, MetadataError, OutsideRunError, RunNotFoundError, explain
from runtui.store.git import program_commit
from runtui.store.index import point_current, update_index
from runtui.store.index_lock import index_lock
from runtui.store.metadata import read_metadata
from runtui.store.named_run import run_named
from runtui.store.paths import INDEX_FILE, METADATA_FILE, PRIVATE_DIR, sandboxed_join
from runtui.store.plain_json import plain_json, plain_metadata, snapshot
from runtui.store.run_directory import pinned
from runtui.store.safe_directory import SafeDirectory
from runtui.store.save_turns import Save, SaveTurns
from runtui.store.scheduler_jobs import job_entries, job_here, job_of
from runtui.store.status import RunStatus
from runtui.text.sanitize import safe_text

log = logging.getLogger("runtui")
"""The log that the classic class writes to."""

_ABSENT = object()

_SAVED_WITH = ("_blake2", "encodings.ascii", "getpass", "orjson", "subprocess", "runtui.store.edits.overlay")
"""Modules that a save may need, loaded before: a signal handler that saves while one is loaded finds half
of it."""


class RunKeeper:
    """Keeper of a current run.

    Args:
        base_runs_dir, auto_create: As of `RunManager`.
    """

    def __init__(self, base_runs_dir: str | os.PathLike[str] = "runs", auto_create: bool = True) -> None:
        self.base_runs_dir = Path(base_runs_dir)
        self.index_file = self.base_runs_dir / INDEX_FILE
        self.run_id: str | None = None
        self.run_dir: Path | None = None
        self._current: CurrentRun | None = None
        self._metadata_of_none: dict[str, Any] = {}
        self._index_turns = SaveTurns(self._write_index, self._warn)
        self._newest: str | None = None
        for module in _SAVED_WITH:
            with suppress(ImportError):  # what is not there is not loaded later, either
                import_module(module)
        if auto_create:
            self.base_runs_dir.mkdir(parents=True, exist_ok=True)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Take over the state of the manager that this one is a copy of, here or in another process."""
        self.__dict__.update(state)
        self._index_turns = SaveTurns(self._write_index, self._warn)

    @property
    def metadata(self) -> dict[str, Any]:
        """The current run's metadata. Changes made to it are stored at the next save."""
        return self._metadata_of_none if self._current is None else self._current.metadata

    @metadata.setter
    def metadata(self, metadata: dict[str, Any]) -> None:
        if self._current is None:
            self._metadata_of_none = metadata
        else:
            self._current.metadata = metadata

    @property
    def directory(self) -> SafeDirectory:
        """The current run's directory, and no other one that may be put in its place.

        Raises:
            RunNotFoundError: There is no current run.
        """
        if self._current is None:
            raise RunNotFoundError("no run is loaded: create or load one first")
        return self._current.directory

    # The steps of the classic class, under its names: programs call, override and patch them.

    def _save_metadata(self) -> None:
        """Store the current run's metadata as it is now in memory, keeping others' changes."""
        if self._current is None:
            self._warn_of_no_run("the metadata")
        else:
            self._current.save()

    def _get_git_commit(self) -> str | None:
        """Return the commit that new runs are created from, or None."""
        return program_commit()

    def _update_run_index(self) -> None:
        """Put the current run into the index; it is a cache, so a failure is only logged."""
        self._index_turns.save()

    def _update_current_symlink(self) -> None:
        """Point ``current`` to the current run; a failure is only logged."""
        current = self._current
        if current is None:
            return
        try:
            with index_lock(str(self.base_runs_dir)):
                point_current(str(self.base_runs_dir), current.run_id)
        except (OSError, LockTimeoutError) as error:
            self._warn(f"the link to the newest run was not set: {explain(error)}")

    # Steps of ours

    def _fill(self) -> None:
        """Put further files into a new run before it has metadata; where that fails nothing is left of it."""

    def _record_writer(self, run: CurrentRun) -> None:
        """Record beside the metadata which process writes a run, before each save."""
        run.record_writer()

    def _join_job(self, run: CurrentRun, changes: dict[str, Any]) -> None:
        """Add the scheduler's job that this process runs in to a run's changes, unless it tells of it."""
        job = job_here(os.environ)
        # The jobs of a pipeline's steps end before it does.
        if job is None or "steps" in run.metadata:
            return
        known = job_of(plain_metadata(run.metadata) | changes)
        if known is None or known[:2] != job[:2] or known.attempt != job.attempt:
            for key, value in job_entries(job, known).items():
                changes.setdefault(key, value)

    def _warn(self, text: str) -> None:
        """Report a problem that does no harm."""
        log.warning("%s", text)

    # Inside

    def _warn_of_no_run(self, what: str) -> None:
        self._warn(f"no run is loaded, so {what} cannot be saved: create or load one first")

    def _take(self, current: CurrentRun | None) -> None:
        self._current = current
        self.run_id = None if current is None else current.run_id
        self.run_dir = None if current is None else Path(current.directory.path)

    def _run(
        self, run_id: str, directory: SafeDirectory, metadata: dict[str, Any], saved: Mapping[str, Any] | None
    ) -> CurrentRun:
        return CurrentRun(run_id, directory, metadata, saved, self._record_writer, self._warn)

    def _open(self, named: str | os.PathLike[str]) -> None:
        """Make an existing run the current one.

        Raises:
            RunNotFoundError: There is no such run, or its metadata cannot be read.
            InvalidRunIdError: It names no run in the runs directory.
            OSError: Its directory cannot be opened.
        """
        name = self._named(named)
        # First: what is in the history by now is in the metadata that is read then.
        directory = pinned(self.base_runs_dir / name)
        edits = read_edits(directory.path)
        metadata = self._read(name)
        run = self._run(name, directory, metadata, snapshot(metadata))
        run.know_edits(edits)
        self._take(run)

    def _named(self, named: str | os.PathLike[str]) -> str:
        return run_named(str(self.base_runs_dir), named)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return read_metadata(os.path.join(self.base_runs_dir, name))
        except MetadataError as fault:
            raise RunNotFoundError(f"run {safe_text(name)} cannot be read: {fault}") from None

    def _status_text(self, status: object) -> str:
        # An enumeration of the program's own, of texts, is its values: as text it would be its name.
        status = status.value if isinstance(status, Enum) else status
        try:
            return RunStatus.parse(str(status)).value
        except ValueError as error:
            self._warn(f"{safe_text(str(error), 200)}; it is stored as it is")
            return str(status)

    def _change(self, run: CurrentRun, changes: Mapping[str, Any], removed: Iterable[str] = ()) -> None:
        """Change keys of a run's metadata and save them; where that fails they are as before."""
        for key, value in changes.items():
            plain_json(value, key)
        metadata = run.metadata
        changed = dict(changes)
        before = {key: metadata.get(key, _ABSENT) for key in (*changed, *removed)}
        metadata.update(changed)
        for key in removed:
            metadata.pop(key, None)

        def undo() -> None:
            for key, old in before.items():
                if metadata.get(key, _ABSENT) is not changed.get(key, _ABSENT):
                    continue  # it was changed meanwhile
                if old is _ABSENT:
                    metadata.pop(key, None)
                else:
                    metadata[key] = old

        self._save_change(run, undo)

    def _append(self, run: CurrentRun, key: str, item: object) -> None:
        """Append to a list in a run's metadata and save it; where that fails it is as before."""
        listed = run.metadata.get(key)
        if not isinstance(listed, list):
            kept = listed if isinstance(listed, tuple) else ()
            self._change(run, {key: [*kept, item]})
            return
        listed.append(item)
        self._save_change(run, partial(remove_item, listed, item))

    def _save_change(self, run: CurrentRun, undo: Callable[[], None] = lambda: None) -> None:
        """Save a change that was made in memory, and undo it there where that fails."""
        try:
            if run is self._current:
                self._save_metadata()
            else:
                run.save()  # a signal handler has created or loaded another one meanwhile
        except Exception:
            undo()
            raise

    def _refresh_index(self, run: CurrentRun) -> None:
        if run.summary != run.indexed:
            self._update_run_index()

    def _write_index(self, _save: Save) -> None:
        run, newest = self._current, self._newest
        if run is None:
            return
        summary = run.summary
        try:
            update_index(str(self.base_runs_dir), summary or None, newest)
        except (OSError, LockTimeoutError) as error:
            self._warn(f"the index was not brought up to date: {explain(error)}")
            return
        run.indexed = summary
        if self._newest == newest:
            self._newest = None

    def _write_file(self, run: CurrentRun, filename: str | os.PathLike[str], text: str) -> Path:
        run_dir = run.checked_dir()
        if os.path.isabs(filename):
            real = os.path.join(os.path.realpath(os.path.dirname(filename)), os.path.basename(filename))
            inside = os.path.relpath(real, os.path.realpath(run_dir))
        elif self.run_dir is not None and Path(filename).is_relative_to(self.run_dir):
            inside = os.path.relpath(filename, self.run_dir)
        else:
            inside = os.fspath(filename)
        path = sandboxed_join(run_dir, inside)
        relative = os.path.relpath(path, run_dir)
        if relative == METADATA_FILE or relative.split(os.sep)[0] == PRIVATE_DIR:
            raise OutsideRunError(f"{safe_text(relative, 80)} is kept by runtui: choose another name")
        run.directory.replace(relative, text.encode("utf-8", "surrogateescape"))
        return path
