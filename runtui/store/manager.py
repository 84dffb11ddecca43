"""`RunManager`: the class that simulations write their run directories with."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtui.store.errors import ParentNotFoundError, RunNotFoundError, StoreError
from runtui.store.paths import PARAMS_FILE, check_new_run_id
from runtui.store.plain_json import plain_json
from runtui.store.process import hostname, username
from runtui.store.run import Run
from runtui.store.run_directory import make_run_directory, pinned_new, remove_new_run
from runtui.store.run_finder import RunFinder
from runtui.store.run_keeper import log
from runtui.store.status import ENDED_STATUSES, RunStatus
from runtui.store.timestamps import timestamp_now
from runtui.text.sanitize import safe_text


class RunManager(RunFinder):
    """Creator of run directories and keeper of their metadata: a drop-in for the format's classic class.

    An instance has at most one current run, the one created or loaded last. Saving never loses what other
    programs changed: the file is read again under a lock, only what was changed here is put in, and the
    file is replaced whole. Several threads and signal handlers may use one instance.

    Values that are handed over are kept as they are, and saved as they are by then at each save.

    Args:
        base_runs_dir: The runs directory.
        auto_create: Whether to make it when it is missing.

    Attributes:
        base_runs_dir: The runs directory.
        index_file: Its ``.run_index.json``.
        run_id, run_dir: The current run, or None.
    """

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
            **kwargs: Further metadata; ``git_commit`` is by default that of the working directory, or of the
                program's own where that has none.

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
            "description": description or f"Simulation run {name[:8]}",
            "status": RunStatus.INITIALISING.value,
            "tags": _check_tags([] if tags is None else tags),
            "hostname": hostname(),
            "user": username(),
            "git_commit": kwargs["git_commit"] if "git_commit" in kwargs else self._get_git_commit(),
            "parent_run_id": None,
            "checkpoints": [],
            "started_at": None,
            "completed_at": None,
            **kwargs,
        }
        metadata["status"] = self._status_text(metadata["status"])
        for key, value in metadata.items():
            plain_json(value, key)
        directory = pinned_new(self.make_run_dir(name, must_be_new=True))
        self._take(self._run(name, directory, metadata, saved=None))
        try:
            self._fill()
            self._save_metadata()
        except BaseException:
            self._take(None)
            remove_new_run(directory)
            raise
        self._update_current_symlink()
        self._newest = name
        self._update_run_index()
        log.info("created run %s", safe_text(name))
        return name

    def create_child_run(
        self,
        parent_run_id: str | os.PathLike[str],
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
            ParentNotFoundError: There is no such parent, or its metadata cannot be read.
            InvalidRunIdError, RunExistsError, TypeError, OSError: As `create_run`.
        """
        name = self._named(parent_run_id)
        try:
            parent = self._read(name)
        except RunNotFoundError as error:
            raise ParentNotFoundError(str(error)) from None
        if tags is None:
            tags = inherited_tags(parent)
        checkpoints = parent.get("checkpoints")
        lineage = {
            "parent_run_id": name,
            "resumed_from": name,
            "checkpoints": checkpoints if copy_checkpoints and isinstance(checkpoints, list) else [],
        }
        return self.create_run(description or f"Resumed from {name[:8]}", tags, **(lineage | kwargs))

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
        return make_run_directory(self.base_runs_dir, run_uid, must_be_new=must_be_new)

    def load_run(self, run_id: str | os.PathLike[str]) -> bool:
        """Make an existing run the current one.

        Args:
            run_id: Its id, its path, or ``"current"``.

        Returns:
            False when there is no such run or its metadata cannot be read; the current run is then kept.
        """
        try:
            self._open(run_id)
        except (OSError, StoreError) as error:
            log.error("run %s cannot be loaded: %s", safe_text(str(run_id), 80), error)
            return False
        log.info("loaded run %s", safe_text(str(self.run_id)))
        return True

    def get_run(self, run_id: str | os.PathLike[str] | None = None) -> Run:
        """Return a handle on a run's files; by default on the current run's.

        Raises:
            RunNotFoundError: There is no such run, or no current one.
            InvalidRunIdError: It is not a run in the runs directory.
        """
        name = run_id if run_id is not None else self.run_id
        if name is None:
            raise RunNotFoundError("no run is loaded: create or load one, or name one")
        return Run(self.base_runs_dir / self._named(name))

    # Changing the current run. Where none is loaded a warning is logged, and nothing is done.

    def update_status(self, status: RunStatus | str, **kwargs: Any) -> None:
        """Set the current run's status, and any further metadata, in one save.

        The first ``running`` sets ``started_at``; ``completed`` and ``failed`` set ``completed_at``. A status
        that is none of the format's is stored, with a warning.

        Raises:
            TypeError: A value cannot be stored as JSON. Nothing is changed.
            RunNotFoundError: The run's directory is gone.
            OSError: The file cannot be written; it is as it was.
        """
        current = self._current
        if current is None:
            self._warn_of_no_run("the status")
            return
        text = self._status_text(status)
        changes = {"status": text, **kwargs}
        now = timestamp_now()
        if text == RunStatus.RUNNING and not current.metadata.get("started_at"):
            changes.setdefault("started_at", now)
        if text in ENDED_STATUSES:
            changes.setdefault("completed_at", now)
        self._join_job(current, changes)
        self._change(current, changes)
        self._update_run_index()
        log.info("run %s is %s", safe_text(str(current.run_id)), safe_text(text))

    def add_checkpoint(
        self, checkpoint_name: str, checkpoint_path: str | os.PathLike[str] | None = None
    ) -> None:
        """Add a checkpoint to the current run's list.

        Args:
            checkpoint_name: What to call it.
            checkpoint_path: Its file; stored as given.

        Raises:
            RunNotFoundError: The run's directory is gone.
            OSError: The file cannot be written; it is as it was.
        """
        current = self._current
        if current is None:
            self._warn_of_no_run("the checkpoint")
            return
        entry = {
            "name": plain_json(checkpoint_name, "checkpoint_name"),
            "created_at": timestamp_now(),
            "path": os.fspath(checkpoint_path) if checkpoint_path else None,
        }
        self._append(current, "checkpoints", entry)
        self._refresh_index(current)
        log.info("added checkpoint %s", safe_text(str(checkpoint_name), 80))

    def save_metadata(self, metadata: Mapping[str, Any], overwrite: bool = False) -> None:
        """Put keys into the current run's metadata and save it.

        Args:
            metadata: The keys and their values.
            overwrite: Whether they replace all metadata but the run's id and the date of its creation.

        Raises:
            TypeError: A value cannot be stored as JSON. Nothing is changed.
            RunNotFoundError: The run's directory is gone.
            OSError: The file cannot be written; it is as it was.
        """
        current = self._current
        if current is None:
            self._warn_of_no_run("the metadata")
            return
        kept = {*metadata, "run_id", "created_at"}
        removed = [key for key in list(current.metadata) if key not in kept] if overwrite else []
        self._change(current, metadata, removed)
        self._refresh_index(current)

    def save(self) -> None:
        """Save what was changed in the current run's metadata.

        Raises:
            TypeError, RunNotFoundError, OSError: As `save_metadata`.
        """
        current = self._current
        if current is None:
            self._warn_of_no_run("the metadata")
            return
        self._save_change(current)
        self._refresh_index(current)

    def save_config(self, config_data: Any, filename: str | os.PathLike[str] = "config.yaml") -> Path | None:
        """Store the run's configuration and return its path; None where no run is loaded.

        Args:
            config_data: A dict or list, stored as JSON text (which YAML can read), or text, stored as it is;
                of anything else its text.
            filename: A name in the run's directory, or a path that leads there.

        Raises:
            RunNotFoundError: The run's directory is gone.
            OutsideRunError: The name would lead out of the run's directory, or is of a file that is kept by
                this class.
            TypeError: A value cannot be stored as JSON.
            OSError: It cannot be written; an older one is as it was.
        """
        if self._current is None:
            self._warn_of_no_run("the configuration")
            return None
        if isinstance(config_data, (Mapping, list)):
            text = json.dumps(plain_json(config_data, os.path.basename(filename)), indent=2)
        else:
            text = str(config_data)
        return self._write_file(self._current, filename, text)

    def save_run_params(self, params: Mapping[str, Any]) -> Path | None:
        """Store the run's parameters in ``run_params.json`` and return its path; None where no run is loaded.

        Raises:
            RunNotFoundError: The run's directory is gone.
            TypeError: A value cannot be stored as JSON.
            OSError: It cannot be written; an older one is as it was.
        """
        if self._current is None:
            self._warn_of_no_run("the parameters")
            return None
        text = json.dumps(plain_json(params, PARAMS_FILE), indent=2)
        return self._write_file(self._current, PARAMS_FILE, text)


def inherited_tags(parent: Mapping[str, Any]) -> list[str]:
    """Return the tags of a child without tags of its own: its parent's, and ``resumed`` once more."""
    tags = parent.get("tags")
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return [*texts, "resumed"]


def _check_tags(tags: Sequence[str]) -> list[str]:
    """Return tags as a list, which is the program's own where that is one.

    Raises:
        TypeError: They are no texts.
    """
    texts = tags if isinstance(tags, list) else [] if isinstance(tags, str) else list(tags)
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in texts):
        raise TypeError("tags: give a list of texts")
    return texts
