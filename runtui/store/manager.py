"""`RunManager`: the class that simulations write their run directories with."""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtui.store.checkpoints import find_checkpoints
from runtui.store.edits.edit_files import read_edits, supersede
from runtui.store.edits.fold import RUN_LOCK, fold_as_writer, settled_edits
from runtui.store.edits.merge import changed_keys, encode, merge, plain_json, snapshot, without_foreign
from runtui.store.edits.model import Edit
from runtui.store.edits.overlay import overlay
from runtui.store.errors import (
    InvalidRunIdError,
    LockTimeoutError,
    MetadataError,
    OutsideRunError,
    RunExistsError,
    RunNotFoundError,
    explain,
)
from runtui.store.git import git_commit
from runtui.store.index import (
    index_lock,
    point_current,
    rebuild_index,
    summary_of,
    update_index,
)
from runtui.store.lineage import ancestry_on_disk
from runtui.store.lock import FileLock
from runtui.store.metadata import read_metadata, read_owned
from runtui.store.paths import (
    CHECKPOINTS_DIR,
    CONFIG_FILE,
    INDEX_FILE,
    LOGS_DIR,
    METADATA_FILE,
    PARAMS_FILE,
    PRIVATE_DIR,
    RESULTS_DIR,
    SUPERVISOR_FILE,
    WRITER_FILE,
    check_new_run_id,
    check_run_id,
    sandboxed_join,
)
from runtui.store.process import hostname, username
from runtui.store.run import Run
from runtui.store.run_listing import run_names
from runtui.store.safe_directory import SafeDirectory
from runtui.store.scheduler_jobs import job_here, job_key, job_of
from runtui.store.status import ENDED_STATUSES, RunStatus
from runtui.store.timestamps import parse_timestamp, timestamp_now
from runtui.store.writer import record_writer
from runtui.text.sanitize import safe_text

_log = logging.getLogger("runtui")

_SUBFOLDERS = (RESULTS_DIR, CHECKPOINTS_DIR, LOGS_DIR)


class RunManager:
    """Creator of run directories and keeper of their metadata: a drop-in for the format's classic class.

    An instance has at most one current run, the one created or loaded last. Saving never loses what other
    programs changed: the file is read again under a lock, only the keys changed here are put in, and the
    file is replaced whole. One instance belongs to one thread.

    Args:
        base_runs_dir: The runs directory.
        auto_create: Whether to make it when it is missing.

    Attributes:
        base_runs_dir: The runs directory.
        index_file: Its ``.run_index.json``.
        run_id, run_dir: The current run, or None.
        metadata: The current run's metadata. Changes made to it are stored at the next save.
    """

    def __init__(self, base_runs_dir: str | os.PathLike[str] = "runs", auto_create: bool = True) -> None:
        self.base_runs_dir = Path(base_runs_dir)
        self.index_file = self.base_runs_dir / INDEX_FILE
        self.run_id: str | None = None
        self.run_dir: Path | None = None
        self.metadata: dict[str, Any] = {}
        self._saved: dict[str, Any] = {}
        self._is_edit_known: dict[str, bool] = {}
        self._directory: SafeDirectory | None = None
        self._writer_pid = 0
        self._is_saving = False
        self._deferred: dict[str, Any] = {}
        if auto_create:
            self.base_runs_dir.mkdir(parents=True, exist_ok=True)

    # Creating and loading

    def create_run(
        self,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        run_id: str | None = None,
        **kwargs: Any,
    ) -> str:
        """Create a run and make it the current one.

        Args:
            description: One line for people; by default ``Simulation run <first 8 of run_id>``.
            tags: The run's tags.
            run_id: The directory's name; by default a new UUID4.
            **kwargs: Further metadata; ``git_commit`` is the working directory's by default.

        Returns:
            The run id.

        Raises:
            RunExistsError: There is a run of that id; it is left as it is.
            InvalidRunIdError: The id is not a plain, single path component.
            TypeError: A value cannot be stored as JSON. Nothing is created.
            OSError: The directory cannot be made. Nothing is left of it.
        """
        name = check_new_run_id(run_id if run_id is not None else str(uuid.uuid4()))
        metadata: dict[str, Any] = {
            "run_id": name,
            "created_at": timestamp_now(),
            "description": f"Simulation run {name[:8]}",
            "status": RunStatus.INITIALISING.value,
            "tags": _check_tags(tags or []),
            "hostname": hostname(),
            "user": username(),
            "git_commit": kwargs["git_commit"] if "git_commit" in kwargs else git_commit(),
            "parent_run_id": None,
            "checkpoints": [],
            "started_at": None,
            "completed_at": None,
        }
        if description is not None:
            metadata["description"] = plain_json(description, "description")
        metadata.update({key: plain_json(value, key) for key, value in kwargs.items()})
        metadata["status"] = RunStatus.parse(metadata["status"]).value
        run_dir = self.make_run_dir(name, must_be_new=True)
        directory = _pinned(run_dir)
        if not directory.is_empty(apart_from=_SUBFOLDERS):
            raise RunExistsError(f"another directory was put in the place of {name}: choose another run id")
        try:
            self._take(name, directory, metadata, saved={})
            self._record_writer()
            self._fill()
            directory.replace(METADATA_FILE, encode(metadata))
        except BaseException:
            self._take(None, None, {}, saved={})
            _remove_new_run(directory)
            raise
        self._saved = snapshot(metadata)
        try:
            with index_lock(str(self.base_runs_dir)):
                point_current(str(self.base_runs_dir), name)
        except (OSError, LockTimeoutError) as error:
            self._warn(f"the link to the newest run was not set: {explain(error)}")
        self._update_index(latest=name)
        return name

    def create_child_run(
        self,
        parent_run_id: str,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        copy_checkpoints: bool = True,
        **kwargs: Any,
    ) -> str:
        """Create a run that continues another one, and make it the current one.

        Args:
            parent_run_id: The run to continue.
            description: By default ``Resumed from <first 8 of parent>``.
            tags: By default the parent's tags and ``resumed``.
            copy_checkpoints: Whether the child's list of checkpoints starts as a copy of its parent's. The
                files stay where they are; `find_checkpoint` finds them.
            **kwargs: Further metadata, and ``run_id``.

        Returns:
            The child's run id.

        Raises:
            RunNotFoundError: There is no such parent, or its metadata cannot be read.
            InvalidRunIdError, RunExistsError, TypeError, OSError: As `create_run`.
        """
        parent = self._read(parent_run_id)
        if tags is None:
            tags = inherited_tags(parent)
        checkpoints = parent.get("checkpoints")
        lineage = {
            "parent_run_id": parent_run_id,
            "resumed_from": parent_run_id,
            "checkpoints": checkpoints if copy_checkpoints and isinstance(checkpoints, list) else [],
        }
        if description is None:
            description = f"Resumed from {parent_run_id[:8]}"
        return self.create_run(description, tags, **(lineage | kwargs))

    def make_run_dir(self, run_uid: str, *, must_be_new: bool = False) -> Path:
        """Make the sandboxed folder of a run, with its subfolders, and return its path.

        Args:
            run_uid: The folder's name.
            must_be_new: Whether a folder that exists is refused.

        Raises:
            RunExistsError: It exists and `must_be_new` is set.
            RunNotFoundError: The runs directory does not exist.
            InvalidRunIdError: The name is not a plain, single path component.
            OSError: It cannot be made.
        """
        run_dir = self.base_runs_dir / check_new_run_id(run_uid)
        try:
            run_dir.mkdir(exist_ok=not must_be_new)
        except FileExistsError:
            raise RunExistsError(f"there is a run {run_uid} already: choose another run id") from None
        except FileNotFoundError:
            raise RunNotFoundError(
                f"there is no runs directory {safe_text(str(self.base_runs_dir))}: create it, or pass "
                "auto_create=True"
            ) from None
        if run_dir.is_symlink():
            raise RunExistsError(f"{run_uid} is a symbolic link: choose another run id")
        try:
            for part in _SUBFOLDERS:
                with SafeDirectory(run_dir).folder(part, make=True):
                    pass
        except OSError:
            if must_be_new:
                _remove_new_run(SafeDirectory(run_dir))
            raise
        return run_dir

    def load_run(self, run_id: str) -> bool:
        """Make an existing run the current one.

        Returns:
            False when there is no such run or its metadata cannot be read; the current run is then kept.
        """
        try:
            run_dir = self.base_runs_dir / check_run_id(run_id)
            # First: what is in the history by now is in the metadata that is read then.
            directory = _pinned(run_dir)
            known = {edit.edit_id: True for edit in read_edits(str(run_dir)) if edit.is_folded}
            metadata = self._read(run_id)
        except (OSError, RunNotFoundError, InvalidRunIdError):
            return False
        self._take(run_id, directory, metadata, saved=metadata)
        self._is_edit_known = known
        return True

    def get_run(self, run_id: str | None = None) -> Run:
        """Return a handle on a run's files; by default on the current run's.

        Raises:
            RunNotFoundError: There is no such run, or no current one.
            InvalidRunIdError: The id is not a plain, single path component.
        """
        name = run_id if run_id is not None else self.run_id
        if name is None:
            raise RunNotFoundError("no run is loaded: create or load one, or name one")
        return Run(self.base_runs_dir / check_run_id(name))

    # Changing the current run

    def update_status(self, status: RunStatus | str, **kwargs: Any) -> None:
        """Set the current run's status, and any further metadata, in one save.

        The first ``running`` sets ``started_at``; ``completed`` and ``failed`` set ``completed_at``.

        Raises:
            ValueError: It is no status of the format.
            TypeError: A value cannot be stored as JSON. Nothing is changed.
            RunNotFoundError: No run is loaded, or its directory is gone.
            OSError: The file cannot be written; it is as it was.
        """
        known = RunStatus.parse(status)
        changes = {key: plain_json(value, key) for key, value in kwargs.items()}
        changes["status"] = known.value
        now = timestamp_now()
        if known is RunStatus.RUNNING and not self.metadata.get("started_at"):
            changes.setdefault("started_at", now)
        if known in ENDED_STATUSES:
            changes.setdefault("completed_at", now)
        self._join_job(changes)
        self._save(changes)

    def add_checkpoint(
        self, checkpoint_name: str, checkpoint_path: str | os.PathLike[str] | None = None
    ) -> None:
        """Add a checkpoint to the current run's list.

        Args:
            checkpoint_name: What to call it.
            checkpoint_path: Its file; stored as given.

        Raises:
            RunNotFoundError: No run is loaded, or its directory is gone.
            OSError: The file cannot be written; it is as it was.
        """
        listed = self.metadata.get("checkpoints")
        entry = {
            "name": plain_json(checkpoint_name, "checkpoint_name"),
            "created_at": timestamp_now(),
            "path": None if checkpoint_path is None else os.fspath(checkpoint_path),
        }
        self._save({"checkpoints": [*(listed if isinstance(listed, list) else []), entry]})

    def save_config(self, config_data: Any, filename: str = "config.yaml") -> Path:
        """Store the run's configuration and return its path.

        Args:
            config_data: A dict or list, stored as JSON text (which YAML can read), or text, stored as it is.
            filename: A name in the run's directory.

        Raises:
            RunNotFoundError: No run is loaded, or its directory is gone.
            OutsideRunError: The name would lead out of the run's directory.
            TypeError: A value cannot be stored as JSON.
            OSError: It cannot be written; an older one is as it was.
        """
        if isinstance(config_data, str):
            text = config_data
        else:
            text = json.dumps(plain_json(config_data, filename or CONFIG_FILE), indent=2)
        return self._write_file(filename, text)

    def save_run_params(self, params: Mapping[str, Any]) -> Path:
        """Store the run's parameters in ``run_params.json`` and return its path.

        Raises:
            RunNotFoundError: No run is loaded, or its directory is gone.
            TypeError: A value cannot be stored as JSON.
            OSError: It cannot be written; an older one is as it was.
        """
        return self._write_file(PARAMS_FILE, json.dumps(plain_json(params, PARAMS_FILE), indent=2))

    # Paths

    def get_results_dir(self) -> Path | None:
        """Return the current run's ``results/``; None when no run is loaded."""
        return None if self.run_dir is None else self.run_dir / RESULTS_DIR

    def get_logs_dir(self) -> Path | None:
        """Return the current run's ``logs/``; None when no run is loaded."""
        return None if self.run_dir is None else self.run_dir / LOGS_DIR

    def get_checkpoints_dir(self) -> Path | None:
        """Return the directory in which the current run's checkpoints lie; None when no run is loaded.

        That is the run's own ``checkpoints/``, and of a child that has saved none yet the nearest
        ancestor's that holds some.
        """
        if self.run_dir is None or self.run_id is None:
            return None
        own = self.run_dir / CHECKPOINTS_DIR
        if _has_entries(own):
            return own
        for ancestor in ancestry_on_disk(str(self.base_runs_dir), self.run_id, self.metadata).names:
            directory = self.base_runs_dir / ancestor / CHECKPOINTS_DIR
            if _has_entries(directory):
                return directory
        return own

    def find_checkpoint(self, checkpoint_name: str | None = None) -> Path | None:
        """Return the file of a checkpoint of the current run, wherever along its ancestors it lies.

        Args:
            checkpoint_name: Its name; by default the newest whose file exists.
        """
        if self.run_id is None:
            return None
        base = str(self.base_runs_dir)
        line = ancestry_on_disk(base, self.run_id, self.metadata)
        for checkpoint in reversed(find_checkpoints(base, self.run_id, self.metadata, line)):
            if checkpoint.path is not None and checkpoint_name in (None, checkpoint.name):
                return Path(checkpoint.path)
        return None

    # All runs

    def list_runs(
        self, limit: int | None = None, status_filter: RunStatus | str | None = None
    ) -> list[dict[str, Any]]:
        """Return the summaries (as in the index) of the runs in the directory, newest first.

        Read from the directories, not from the index. Runs whose metadata cannot be read are left out.

        Args:
            limit: The greatest number to return.
            status_filter: Only runs of that status.

        Raises:
            OSError: The runs directory cannot be listed.
        """
        wanted = None if status_filter is None else str(status_filter)
        dated = []
        for name in run_names(str(self.base_runs_dir)):
            try:
                summary = summary_of(self._read(name)) | {"run_id": name}
            except RunNotFoundError:
                continue
            if wanted is None or summary["status"] == wanted:
                dated.append((parse_timestamp(summary["created_at"]) or 0.0, name, summary))
        dated.sort(key=lambda item: item[:2], reverse=True)
        return [summary for _created, _name, summary in dated[:limit]]

    def get_latest_run(self) -> str | None:
        """Return the id of the run created last, or None when there is none.

        Raises:
            OSError: The runs directory cannot be listed.
        """
        newest = self.list_runs(limit=1)
        return newest[0]["run_id"] if newest else None

    def cleanup_old_runs(self, keep_count: int = 10, older_than_days: float | None = None) -> list[str]:
        """Move old runs to the trash (``.trash/`` in the runs directory).

        Spared, however old: live runs, the target of ``current``, runs tagged ``keep``, other users' runs,
        links, and runs whose checkpoints a run that stays may need.

        Args:
            keep_count: How many of the newest runs stay.
            older_than_days: Only runs older than that are taken.

        Returns:
            The ids of the runs taken.

        Raises:
            OSError: The runs directory cannot be listed.
            LockTimeoutError: Another program kept the lock.
        """
        # A third of all that there would be to load.
        from runtui.store.cleanup.plan import carry_out, choose_old, plan_on_disk

        base = str(self.base_runs_dir)
        older_than = None if older_than_days is None else time.time() - older_than_days * 86400
        plan = plan_on_disk(base, lambda runs: choose_old(runs, keep_count, older_than))
        return [decision.name for decision in carry_out(base, plan).moved]

    def rebuild_index(self) -> int:
        """Write ``.run_index.json`` anew from the directories and return the number of its entries.

        Raises:
            OSError: It cannot be written; it is as it was.
            LockTimeoutError: Another program kept its lock.
        """
        return rebuild_index(str(self.base_runs_dir))

    # Inside

    def _take(
        self,
        run_id: str | None,
        directory: SafeDirectory | None,
        metadata: dict[str, Any],
        saved: Mapping[str, Any],
    ) -> None:
        self.run_id, self.metadata, self._directory = run_id, metadata, directory
        self.run_dir = None if directory is None else Path(directory.path)
        self._saved = snapshot(saved)
        self._is_edit_known = {}
        self._writer_pid = 0

    def _read(self, run_id: str) -> dict[str, Any]:
        run_dir = self.base_runs_dir / check_run_id(run_id)
        try:
            return read_metadata(str(run_dir))
        except MetadataError as fault:
            raise RunNotFoundError(f"run {safe_text(run_id)} cannot be read: {fault}") from None

    def _fill(self) -> None:
        """Put further files into a new run before it has metadata; where that fails nothing is left of it."""

    def _warn(self, text: str) -> None:
        """Report a problem that does no harm."""
        _log.warning("%s", text)

    def _save(self, changes: Mapping[str, Any]) -> None:
        """Store `changes` and whatever was changed in `self.metadata`, keeping others' changes.

        On failure `self.metadata` is as it was before. A signal handler that records the run's end may
        strike in the middle of another save: its changes are stored right after that, even when the handler
        raises an exception.
        """
        if self._is_saving:
            self._deferred.update(changes)
            return
        self._is_saving = True
        try:
            self._save_now(changes)
        finally:
            try:
                while self._deferred:
                    deferred, self._deferred = self._deferred, {}
                    self._save_now(deferred)
            finally:
                self._is_saving = False

    def _save_now(self, changes: Mapping[str, Any]) -> None:
        self._check_run_dir()
        ours = self.metadata | {
            key: plain_json(self.metadata[key], key) for key in changed_keys(self._saved, self.metadata)
        }
        ours.update(changes)
        self._record_writer()
        try:
            with FileLock(f"{PRIVATE_DIR}/{RUN_LOCK}", within=self.directory):
                merged = self._replace_metadata(ours)
        except LockTimeoutError as error:
            # The run's own writer must not stand still, and since it merges, a lost lock harms nobody.
            self._warn(f"saving without a lock: {explain(error)}")
            merged = self._replace_metadata(ours)
        self._saved = snapshot(merged)
        self.metadata.clear()
        self.metadata.update(merged)
        self._update_index()

    @property
    def directory(self) -> SafeDirectory:
        """The current run's directory, and no other one that may be put in its place.

        Raises:
            RunNotFoundError: There is no current run.
        """
        if self._directory is None:
            raise RunNotFoundError("no run is loaded: create or load one first")
        return self._directory

    def _check_run_dir(self) -> Path:
        """Return the current run's directory, which the user may have moved away and back."""
        directory = self.directory
        assert self.run_dir is not None
        if directory.is_in_place:
            return self.run_dir
        if not self.run_dir.is_dir():
            raise RunNotFoundError(f"the directory of run {self.run_id} is gone")
        if self.run_dir.is_symlink():
            raise OutsideRunError(f"run {self.run_id} is a symbolic link: load it where it lies")
        found, is_own = read_owned(directory.path)
        if not is_own or found.get("run_id") != self.run_id:
            raise OutsideRunError(
                f"another directory was put in the place of run {self.run_id}: move it away"
            )
        directory.pin()
        return self.run_dir

    def _replace_metadata(self, ours: dict[str, Any]) -> dict[str, Any]:
        assert self.run_dir is not None
        run_dir = str(self.run_dir)
        try:
            theirs, is_own = read_owned(run_dir)
        except MetadataError:
            theirs, is_own = self._saved, True
        if not is_own:
            theirs = without_foreign(self._saved, theirs)
        edits = read_edits(run_dir)
        overruled = self._overruled(edits, changed_keys(self._saved, ours))
        standing = [edit for edit in edits if edit not in overruled]
        overlaid = overlay(merge(self._saved, theirs, ours), standing)
        self.directory.replace(METADATA_FILE, encode(overlaid.metadata))
        for edit in overruled:
            supersede(run_dir, edit)
        self._is_edit_known.update({edit.edit_id: True for edit in settled_edits(overlaid)})
        try:
            fold_as_writer(run_dir, overlaid)
        except OSError as error:
            # What they say is stored; that they still count as pending changes nothing.
            self._warn(f"edits were not put into the history: {explain(error)}")
        return overlaid.metadata

    def _write_file(self, filename: str, text: str) -> Path:
        run_dir = self._check_run_dir()
        path = sandboxed_join(run_dir, filename)
        self.directory.replace(os.path.relpath(path, run_dir), text.encode("utf-8", "surrogateescape"))
        return path

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

    def _join_job(self, changes: dict[str, Any]) -> None:
        """Record the scheduler's job that this process runs in, unless the run tells of it."""
        job = job_here(os.environ)
        # The jobs of a pipeline's steps end before it does.
        if job is None or "steps" in self.metadata:
            return
        known = job_of(self.metadata | changes)
        if known is None or known[:2] != job[:2]:
            changes.setdefault(job_key(job.system), job.job_id)

    def _record_writer(self) -> None:
        """Record beside the metadata which process writes this run, for telling dead runs from live ones."""
        assert self.run_dir is not None
        if self._writer_pid == os.getpid() and (self.run_dir / PRIVATE_DIR).is_dir():
            return
        record_writer(self.directory)
        self._writer_pid = os.getpid()

    def _update_index(self, latest: str | None = None) -> None:
        """Update the index; it is a cache, so a failure is only logged."""
        try:
            changed = None if self.run_id is None else self.metadata | {"run_id": self.run_id}
            update_index(str(self.base_runs_dir), changed, latest)
        except (OSError, LockTimeoutError) as error:
            self._warn(f"the index was not brought up to date: {explain(error)}")


def inherited_tags(parent: Mapping[str, Any]) -> list[str]:
    """Return the tags of a child without tags of its own: its parent's, and ``resumed``."""
    tags = parent.get("tags")
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return texts if "resumed" in texts else [*texts, "resumed"]


def _check_tags(tags: Sequence[str]) -> list[str]:
    texts = [] if isinstance(tags, str) else list(tags)
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in texts):
        raise TypeError("tags: give a list of texts")
    return texts


def _has_entries(directory: Path) -> bool:
    try:
        with os.scandir(directory) as listing:
            return any(listing)
    except OSError:
        return False


def _pinned(run_dir: Path) -> SafeDirectory:
    directory = SafeDirectory(run_dir)
    directory.pin()
    return directory


def _remove_new_run(directory: SafeDirectory) -> None:
    """Remove what a failed `create_run` made: only files and directories that it makes itself."""
    private = (f"{PRIVATE_DIR}/{WRITER_FILE}", f"{PRIVATE_DIR}/{SUPERVISOR_FILE}")
    for file in (*private, PARAMS_FILE, CONFIG_FILE, METADATA_FILE):
        directory.discard(file)
    for part in (*_SUBFOLDERS, PRIVATE_DIR):
        directory.discard_folder(part)
    try:
        Path(directory.path).rmdir()
    except OSError:
        pass
