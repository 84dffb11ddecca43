"""One run as a row: what every table, filter and listing works on."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from runtui.store.failure import FailureKind, FailureSummary, LogWarning
from runtui.store.status import LIVE_STATUSES, RunStatus
from runtui.text.format import CLOCKS_DIFFER

Value = str | float | int | bool
"""Value of a run's key. Text is safe to show; lists and objects are their JSON text, cut short."""

LOST = "lost"
"""Effective status of a run that claims to run while nothing works on it any more."""

STOP_THEM = "cancel it to stop them"
"""End of the reason of a lost run whose processes are still alive."""

_FAILED = RunStatus.FAILED.value
_COMPLETED = RunStatus.COMPLETED.value

NO_VALUES: Mapping[str, Value] = MappingProxyType({})
"""The values of every run of which none were asked for."""

NO_UNREAD: Mapping[str, str] = MappingProxyType({})
"""The unread keys of every run whose files can be read."""


FileStamp = bytes
"""State of a file, which differs after a change, without reading it.

Bytes, because a hundred thousand of them are kept, and compared: as tuples each takes three times the memory.
"""

STAMP_SIZE = 24
"""Bytes of a stamp."""

_words = struct.Struct("<QQQ").pack
_64_BITS = (1 << 64) - 1


def stamp_of(status: os.stat_result) -> FileStamp:
    """Return the stamp of a file with this status."""
    try:
        return _words(status.st_ino, status.st_size, status.st_mtime_ns)
    except struct.error:
        # Modified before 1970.
        return _words(status.st_ino, status.st_size, status.st_mtime_ns & _64_BITS)


def modified_ns(stamp: FileStamp) -> int:
    """Return when a file was last modified, in nanoseconds since the epoch."""
    return int.from_bytes(stamp[-8:], "little", signed=True)


def size_in(stamp: FileStamp) -> int:
    """Return how many bytes a file had."""
    return int.from_bytes(stamp[8:16], "little")


class RecordState(Enum):
    """Readability of a run's metadata."""

    READ = "read"
    WRITING = "being written"
    BROKEN = "broken"
    DANGLING = "a link that leads nowhere"
    OTHER = "no run"


_UNREAD = {
    RecordState.READ: "",
    RecordState.WRITING: "writing",
    RecordState.BROKEN: "broken",
    RecordState.DANGLING: "dangling",
    RecordState.OTHER: "no run",
}
"""Effective statuses of runs of which no status is known."""


class JobOrigin(StrEnum):
    """Evidence for the job that a run belongs to."""

    SUBMITTED = ""  # runtui submitted the run as that job
    JOINED = "joined"  # it ran inside the job
    FILE = "file"  # its directory has a file with the name of the job's output
    GUESSED = "guessed"  # a key that names no scheduler has a number that may be the job's


class JobInfo(NamedTuple):
    """The job of a scheduler that a run belongs to, as last reported. All text is safe to show.

    Attributes:
        system: The scheduler's name.
        job_id: Its id there.
        state: Its state, in the scheduler's own word.
        detail: Why it waits, or how long it may still run, or ``""``.
        node: Node that it runs on, or ``""``.
        origin: How it is known that the run belongs to it.
        attempt: How many times it had been begun anew when the run began, as far as that is recorded.
    """

    system: str
    job_id: str
    state: str = ""
    detail: str = ""
    node: str = ""
    origin: JobOrigin = JobOrigin.SUBMITTED
    attempt: int = 0


class JobStatus(NamedTuple):
    """A scheduler's report on a run's job.

    Attributes:
        note: The job.
        is_waiting: Whether it waits in the queue, perhaps again, with all of its tasks.
        is_over: Whether it has ended, or is gone.
        end: How it ended where that is not as it should be, in one line that is safe to show, or ``""``.
        is_told: Whether the scheduler itself said so, or else it follows from what is not there.
        word: What the scheduler says of an end that the program did not cause, in one line, or ``""``.
        ended: When it ended, or else when the run wrote last, in seconds since the epoch, or None.
        is_recorded: Whether the run has recorded its end itself meanwhile.
        is_final: Whether the scheduler knows nothing of it any more, so that nothing will change.
        is_earlier: Whether the run was an earlier attempt of the job, which was begun anew since.
        later: Id of the run that is its latest attempt, safe to show, or ``""``.
    """

    note: JobInfo
    is_waiting: bool = False
    is_over: bool = False
    end: str = ""
    is_told: bool = False
    word: str = ""
    ended: float | None = None
    is_recorded: bool = False
    is_final: bool = False
    is_earlier: bool = False
    later: str = ""


class RunRecord(NamedTuple):
    """One run as a row: what every table, filter and listing works on. All text is safe to show.

    Attributes:
        name: The run's directory as the file system spells it, below `folder`; for building paths, never for
            showing.
        run_id: The directory's name, safe to show.
        created, started, completed: Seconds since the epoch, or None. `created` falls back to the time
            the metadata (or the directory) was last modified, and then `created_is_guess` is set. Of a lost
            run `completed` is when its job ended, or else when it wrote last.
        parent: The parent's run id as written in the file, below `folder`, or None.
        problem: The fault of the metadata, in one line, or ``""``.
        stale_reason: For a live status: why the run looks dead, in one line, or ``""``; for ``completed``:
            why that is in doubt.
        is_lost: Whether that is known rather than suspected.
        stamp: The state of metadata.json this was read from, or of the directory of a run of another program;
            None when there was no file.
        edits: How many edits are applied to the metadata and not folded into it yet.
        conflict: What the run's writer and a user both changed, in one line, or ``""``.
        reason: The reason that a user typed for the status, or else that the simulation recorded for its
            failure, in one line, or ``""``.
        values: Values for the keys that were asked for when the run was read.
        digest: Of a run that failed or looks dead why, as far as its logs have been read for that.
        warning: Of a run that completed the sign in its logs that something is wrong all the same; None where
            they have not been read for that.
        job: The job of a scheduler that it belongs to, or None.
        folder: The part of `name`, `parent` and `recorded_id` that tells which of several runs directories
            they lie in, with a slash at its end; ``""`` where they are names in one runs directory.
        recorded_id: The run id as written in the file, below `folder`, where the directory is called
            otherwise; else ``""``. For finding, never for showing.
        is_reason_typed: Whether a user typed `reason`, which then counts before what its logs say.
        unread: Of the keys that were asked for, those that a file may have which cannot be read, each with
            why, in one line. Their values are unknown, which is not the same as missing.
        layout: Of a run of another program, without a metadata.json, the name of its layout; else ``""``.
        adopted_layout: Of a run of another program that was adopted, the name of the layout that it was read
            by; else ``""``.
        is_derived: Whether no record gives its status, which was derived from its files.
        step_kinds: Of a run that failed by its steps their kinds of failure, that of `reason` first.
        values_stamp: The state of the parameter files that `values` are from, and of those that the row of a
            run of another program follows from; ``""`` where none were read.
        note: What users wrote about it, in one line, as `store.notes` keeps it; ``""`` for nothing.
        may_hold_runs: Of a run of another program, adopted or not, whether it has folders in which further
            runs may lie.
    """

    name: str
    run_id: str
    status: str = ""
    description: str = ""
    tags: Sequence[str] = ()
    created: float | None = None
    created_is_guess: bool = False
    started: float | None = None
    completed: float | None = None
    host: str = ""
    user: str = ""
    parent: str | None = None
    checkpoints: int = 0
    problem: str = ""
    stale_reason: str = ""
    state: RecordState = RecordState.READ
    stamp: FileStamp | None = None
    edits: int = 0
    conflict: str = ""
    reason: str = ""
    values: Mapping[str, Value] = NO_VALUES
    digest: FailureSummary | None = None
    is_lost: bool = False
    job: JobInfo | None = None
    folder: str = ""
    recorded_id: str = ""
    is_reason_typed: bool = False
    unread: Mapping[str, str] = NO_UNREAD
    layout: str = ""
    is_derived: bool = False
    step_kinds: tuple[FailureKind, ...] = ()
    values_stamp: str = ""
    may_hold_runs: bool = False
    warning: LogWarning | None = None
    adopted_layout: str = ""
    note: str = ""

    @property
    def name_there(self) -> str:
        """The run's name in its own runs directory."""
        return self.name[len(self.folder) :]

    @property
    def parent_there(self) -> str | None:
        """The parent's name in the runs directory of both."""
        return self.parent and self.parent[len(self.folder) :]

    @property
    def recorded_there(self) -> str:
        """The run id as written in the file, where the directory is called otherwise."""
        return self.recorded_id[len(self.folder) :]

    def below(self, folder: str) -> RunRecord:
        """Return the run, of one runs directory, as one of several has it: with names below `folder`."""
        return self.from_above(folder)._replace(folder=folder) if folder else self

    def from_above(self, folder: str) -> RunRecord:
        """Return the run of a folder as a directory above has it: with names that begin with the folder.

        Args:
            folder: The folder's path from that directory, with a slash at its end; or ``""``.
        """
        if not folder:
            return self
        return self._replace(
            name=folder + self.name,
            parent=self.parent and folder + self.parent,
            recorded_id=self.recorded_id and folder + self.recorded_id,
        )

    def in_folder(self, folder: str) -> RunRecord:
        """Return the run as a folder that its names begin with has it: the reverse of `from_above`."""
        size = len(folder)
        if not size:
            return self
        return self._replace(
            name=self.name[size:],
            parent=self.parent and self.parent[size:],
            recorded_id=self.recorded_id and self.recorded_id[size:],
            folder=self.folder[size:],
        )

    @property
    def is_live(self) -> bool:
        """Whether the run claims that something is working on it."""
        return self.status in LIVE_STATUSES

    @property
    def effective_status(self) -> str:
        """The status as it appears: ``lost`` or ``running?`` where it looks dead, ``completed?`` in doubt."""
        if self.is_lost:
            return LOST
        if not self.status:
            return _UNREAD[self.state]
        return f"{self.status}?" if self.stale_reason else self.status

    @property
    def is_failed(self) -> bool:
        """Whether the run needs a look: it failed, looks dead, or its success is in doubt."""
        return self.status == _FAILED or bool(self.stale_reason)

    @property
    def has_warning(self) -> bool:
        """Whether the run completed, and its logs are known to have a sign that something is wrong."""
        return self.warning is not None and self.warning.line != "" and self.can_have_warning

    @property
    def can_have_warning(self) -> bool:
        """Whether the run completed, without doubt."""
        return self.status == _COMPLETED and not self.stale_reason and self.state is RecordState.READ

    @property
    def failure_kind(self) -> FailureKind | None:
        """The kind of the failure that its logs tell of; None where they have not been read.

        Of a run that died without a word it is `FailureKind.LOST` if that is known, or recorded, else
        `FailureKind.STALE`.
        """
        if self.digest is None:
            return None
        kind = self.digest.kind
        only_looks_dead = self.is_live and not self.is_lost
        return FailureKind.STALE if kind is FailureKind.LOST and only_looks_dead else kind

    def duration(self, now: float) -> float | None:
        """Return how long the run took (or has taken up to `now`), in seconds, or None when unknown."""
        begin = self.created if self.started is None else self.started
        if begin is None or self.created_is_guess:
            return None
        end = now if self.status in LIVE_STATUSES and not self.is_lost else self.completed
        if end is None:
            return None
        if end < begin - CLOCKS_DIFFER:
            return None  # one of them is wrong
        return end - begin if end > begin else 0.0
