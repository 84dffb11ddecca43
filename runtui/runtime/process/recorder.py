"""Recording the course of a run that is executed here, even where the disk is full."""

from __future__ import annotations

import errno
import os
from typing import Any

from runtui.runtime.process.cancellation import forget_cancellation
from runtui.store.current_run import CurrentRun
from runtui.store.errors import RunNotFoundError, StoreError
from runtui.store.git import git_commit
from runtui.store.manager import RunManager
from runtui.store.marked_processes import MARK_VARIABLE
from runtui.store.paths import PRIVATE_DIR, RESERVE_FILE
from runtui.store.process import process_of
from runtui.store.safe_directory import SafeDirectory
from runtui.store.scheduler_jobs import job_here
from runtui.store.status import LIVE_STATUSES, RunStatus
from runtui.store.timestamps import timestamp_now
from runtui.store.writer import forget_supervisor, record_supervisor
from runtui.text.sanitize import safe_text

_RESERVED = 64 * 1024
"""Bytes kept on the disk while a run works: space to record its end when its output has filled all other."""

_RESERVE = f"{PRIVATE_DIR}/{RESERVE_FILE}"

_OF_AN_END = ("error", "exit_code", "signal", "still_running", "left_behind")
"""Facts about an end that an earlier attempt in the same run may have left, and that no longer hold."""

_NODE_VARIABLE = "SLURMD_NODENAME"

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class Starter(RunManager):
    """Creator of runs that the calling process is going to supervise, and that are lost without it."""

    def _get_git_commit(self) -> str | None:
        """Return the working directory's: runtui's own is none of the run's."""
        return git_commit()

    def _record_writer(self, run: CurrentRun) -> None:
        """Record this process as the supervisor as well, before there is any metadata."""
        super()._record_writer(run)
        if run.is_new:
            record_supervisor(run.directory)


class _Writer(RunManager):
    """Writer of a run that is there."""

    def open(self, name: str) -> None:
        """Open the run.

        Raises:
            RunNotFoundError: There is no such run, or its metadata cannot be read.
        """
        try:
            self._open(name)
        except (OSError, StoreError) as error:
            raise RunNotFoundError(f"run {safe_text(name)} cannot be read, or is gone") from error


class _Observer(_Writer):
    """Editor of a run that another process writes: only that one shows that the run is alive."""

    def _record_writer(self, run: CurrentRun) -> None:
        """Keep the recorded writer of the run; the lock needs the folder all the same."""
        run.directory.make_shared_folder(PRIVATE_DIR)

    def _join_job(self, run: CurrentRun, changes: dict[str, Any]) -> None:
        """Leave out the job that this process runs in: the run is another one."""


class Recorder:
    """Recorder of the work on a run.

    Args:
        base: The runs directory.
        name: The run.
        is_writer: Whether this process does the work, and the run is alive as long as it is.

    Raises:
        RunNotFoundError: There is no such run, or its metadata cannot be read.
    """

    def __init__(self, base: str, name: str, *, is_writer: bool = True) -> None:
        self._manager = (_Writer if is_writer else _Observer)(base, auto_create=False)
        self._manager.open(name)
        self._unsaved: dict[str, Any] = {}

    @property
    def directory(self) -> SafeDirectory:
        """The run's directory, and no other one that may be put in its place."""
        return self._manager.directory

    @property
    def metadata(self) -> dict[str, Any]:
        """The run's metadata as of the last save."""
        return self._manager.metadata

    def refresh(self) -> None:
        """Read the metadata again, which others may have changed."""
        try:
            self._manager.open(self._manager.run_id or "")
        except RunNotFoundError:
            pass  # what is known of it is saved

    def prepare(self) -> None:
        """Record that this process supervises the run, and reserve space for recording its end.

        Without that space the run works all the same.

        Raises:
            OSError: The former cannot be done.
        """
        forget_cancellation(self.directory)  # of an earlier attempt
        try:
            record_supervisor(self.directory, os.environ.get(MARK_VARIABLE, ""), process_of(os.getppid()))
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
        try:
            self.directory.make_shared_folder(PRIVATE_DIR)
            descriptor = self.directory.open(_RESERVE, os.O_WRONLY | os.O_CREAT)
        except OSError:
            return
        try:
            os.write(descriptor, bytes(_RESERVED))
        except OSError:
            pass
        finally:
            os.close(descriptor)

    def begin(self, **facts: Any) -> None:
        """Record that the run is at work; where its output has filled the disk already, not before its end.

        Raises:
            OSError: It cannot be written for another reason.
        """
        for key in _OF_AN_END:
            self._manager.metadata.pop(key, None)
        facts |= self._job_facts("RUNNING")
        try:
            self._manager.update_status(RunStatus.RUNNING, **facts)
            if self._status() is not RunStatus.RUNNING:
                # A user had marked it before, which is put in first; that was said of the earlier attempt.
                self._manager.update_status(RunStatus.RUNNING)
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            self._unsaved = {"started_at": timestamp_now(), **facts}

    def note(self, **facts: Any) -> None:
        """Record facts about the work, whatever the status is.

        Raises:
            OSError: They cannot be written.
        """
        if (ended := self.metadata.get("completed_at")) is not None:
            facts.setdefault("completed_at", ended)
        self._manager.update_status(self._status() or RunStatus.RUNNING, **facts)

    def end(self, failure: str, **facts: Any) -> None:
        """Record that the work is over.

        Where the command writes the run itself and has said how it ended, its word stands, unless it says
        nothing of a failure.

        Args:
            failure: Why it failed, in one line, or ``""``.
            **facts: Further metadata.

        Raises:
            OSError: It cannot be written.
        """
        self.refresh()  # with what the command wrote
        said = self._status()
        status = said if said is not None and said.value not in LIVE_STATUSES else RunStatus.COMPLETED
        if failure:
            if said is not RunStatus.FAILED or not self.metadata.get("error"):
                facts["error"] = failure
            status = RunStatus.FAILED
        facts = self._job_facts("FAILED" if status is RunStatus.FAILED else "COMPLETED") | facts
        try:
            self._save(status, self._unsaved | facts)
            forget_supervisor(self.directory)
        finally:
            self.directory.discard(_RESERVE)

    def _save(self, status: RunStatus, facts: dict[str, Any]) -> None:
        try:
            self._manager.update_status(status, **facts)
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            self.directory.discard(_RESERVE)
            self._manager.update_status(status, **facts)

    def _job_facts(self, state: str) -> dict[str, Any]:
        """Return the job that this process is of the run, with a new state; nothing outside of one."""
        job, here = self.metadata.get("job"), job_here(os.environ)
        if not isinstance(job, dict) or here is None or (job.get("system"), job.get("id")) != here[:2]:
            return {}
        kept = {key: value for key, value in job.items() if key not in ("reason", "left")}
        node = {"node": name} if (name := os.environ.get(_NODE_VARIABLE)) else {}
        return {"job": {**kept, "state": state, **node}}

    def _status(self) -> RunStatus | None:
        try:
            return RunStatus.parse(self.metadata.get("status", ""))
        except ValueError:
            return None
