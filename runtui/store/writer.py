"""The processes that work on a run: recorded beside its metadata, for telling a dead run from a live one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from runtui.store.paths import PRIVATE_DIR, SUPERVISOR_FILE
from runtui.store.process import ProcessIdentity, is_alive, this_process
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import (
    RecordKind,
    UnprovenError,
    prove_record,
    read_believable_record,
    write_sealed_record,
)

_MOST_OTHER_WRITERS = 16
"""Most processes that are recorded beside the last writer, such as a pool's workers and their parent."""


class Supervision(NamedTuple):
    """The supervisor of a command or pipeline that runs as a run, and records its end.

    Attributes:
        process: Does the work.
        guard: Records the end where that is killed; None where there is no such process.
        mark: What all processes that were started carry, as `runtui.store.marked_processes` says, or ``""``.
    """

    process: ProcessIdentity
    guard: ProcessIdentity | None
    mark: str

    @property
    def is_alive(self) -> bool | None:
        """Whether any process is left that will record the run's end; None when this host cannot know."""
        found = [is_alive(each) for each in (self.process, self.guard) if each is not None]
        return True if True in found else None if None in found else False


def record_writer(directory: SafeDirectory) -> None:
    """Record the calling process as the one that writes the run in a directory.

    Those that wrote it before and are still alive, such as the program that started this process, are kept.

    Raises:
        OSError: It cannot be written.
    """
    this = this_process()
    others = [
        process.as_json()
        for process in _processes(read_believable_record(directory.path, RecordKind.WRITER))
        if process != this and is_alive(process)
    ]
    write_sealed_record(
        directory, RecordKind.WRITER, {**this.as_json(), "others": others[:_MOST_OTHER_WRITERS]}
    )


def read_writer(run_dir: str) -> ProcessIdentity | None:
    """Return the process that wrote the run in `run_dir` last; None when that is not known.

    Where that has ended and an earlier one has not, the earlier one.
    """
    processes = _processes(read_believable_record(run_dir, RecordKind.WRITER))
    alive = (process for process in processes if is_alive(process) is not False)
    return next(alive, processes[0] if processes else None)


def record_supervisor(directory: SafeDirectory, mark: str = "", guard: ProcessIdentity | None = None) -> None:
    """Record the calling process as the one that runs something as the run in a directory.

    Args:
        directory: The run's directory.
        mark, guard: As of `Supervision`.

    Raises:
        OSError: It cannot be written.
    """
    more = {"mark": mark, "guard": None if guard is None else guard.as_json()}
    write_sealed_record(directory, RecordKind.SUPERVISOR, {**this_process().as_json(), **more})


def forget_supervisor(directory: SafeDirectory) -> None:
    """Record that nothing supervises the run in a directory any more, and that its end is recorded."""
    directory.discard(f"{PRIVATE_DIR}/{SUPERVISOR_FILE}")


def read_supervisor(run_dir: str) -> Supervision | None:
    """Return the supervisor of the run in `run_dir`; None when runtui has none, or that is not known."""
    return _supervision(read_believable_record(run_dir, RecordKind.SUPERVISOR))


def own_supervisor(run_dir: str) -> Supervision | None:
    """Return the supervisor of the run in `run_dir`, if this user has recorded one; else None.

    Raises:
        UnprovenError: Another user may have recorded it.
    """
    try:
        return _supervision(prove_record(run_dir, RecordKind.SUPERVISOR))
    except UnprovenError as error:
        # It names no process: that may be one of this user's that has nothing to do with the run.
        raise UnprovenError(
            f"nothing was stopped, for the record of its process is not proven: {error}"
        ) from None


def _processes(data: Mapping[str, Any] | None) -> list[ProcessIdentity]:
    """Return the processes that a record of a run's writers names, the last one first."""
    others = data.get("others") if data is not None else None
    found = [data, *others[:_MOST_OTHER_WRITERS]] if isinstance(others, list) else [data]
    return [process for process in map(ProcessIdentity.from_json, found) if process is not None]


def _supervision(data: Mapping[str, Any] | None) -> Supervision | None:
    process = ProcessIdentity.from_json(data)
    if data is None or process is None:
        return None
    mark = data.get("mark")
    return Supervision(
        process, ProcessIdentity.from_json(data.get("guard")), mark if isinstance(mark, str) else ""
    )
