"""Stopping a run that is at work, on this host or in a scheduler."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from functools import partial

from runtui.batch.base import BatchError, JobPhase
from runtui.batch.registry import SYSTEMS
from runtui.runtime.cancel_joined import cancel_joined, joined_job
from runtui.runtime.leftovers import end_leftovers, leftovers
from runtui.runtime.process.cancellation import note_cancellation
from runtui.runtime.process.recorder import Recorder
from runtui.store.edits.run_edits import Outcome
from runtui.store.errors import MetadataError, RunNotFoundError, StoreError, explain
from runtui.store.metadata import read_any_metadata
from runtui.store.paths import check_run_id
from runtui.store.process import ProcessIdentity, hostname, is_alive, username
from runtui.store.sealed_record import RecordKind, read_sealed_record
from runtui.store.status import RunStatus, is_live_status, normal_status
from runtui.store.writer import Supervision, own_supervisor, read_writer
from runtui.text.sanitize import safe_text


def _unheard(_text: str) -> None:
    pass


def cancel_runs(
    base: str, names: Sequence[str], told: Callable[[str, str], None] | None = None
) -> list[Outcome]:
    """Stop runs, and return the outcome of each.

    Args:
        base: The runs directory.
        names: The runs.
        told: Called with a run and what is going to be done for it, where more than the run may end.
    """
    outcomes = []
    for name in names:
        try:
            say = _unheard if told is None else partial(told, name)
            outcomes.append(Outcome(name, True, cancel_run(base, name, say)))
        except StoreError as error:
            outcomes.append(Outcome(name, False, str(error)))
        except OSError as error:
            outcomes.append(Outcome(name, False, explain(error)))
    return outcomes


def cancel_run(base: str, name: str, told: Callable[[str], None] = _unheard) -> str:
    """Stop a run, and return in one line what was done; it may take some seconds to end.

    The process that supervises it is asked to end, and ends and records the run in turn; of a run that
    is a job of a scheduler, or in one, the job is cancelled. Another one that a program writes by itself is
    left alone.

    Args:
        base: The runs directory.
        name: The run.
        told: Called with what is going to be done, where more than the run may end.

    Raises:
        StoreError: It is not at work, is somebody else's, or cannot be reached from here.
        OSError: Its process cannot be sent a signal, or its end cannot be recorded.
    """
    run_dir = os.path.join(os.path.abspath(base), check_run_id(name))
    try:
        metadata = read_any_metadata(run_dir)
    except MetadataError as error:
        raise RunNotFoundError(f"it cannot be read: {error}") from None
    status = metadata.get("status")
    if not isinstance(status, str):
        raise StoreError("its status is not text; mark it failed if it is lost")
    if not is_live_status(status):
        if isinstance(metadata.get("job"), dict) and _is_in_queue(base, name):
            return _cancel_job(base, name, has_begun=False)  # it was begun anew, and waits
        if done := _cancel_waiting_job_around(base, name, told):
            return done
        raise StoreError(f"already {safe_text(status, 40)}")
    supervision = own_supervisor(run_dir)
    if supervision is not None and supervision.is_alive:
        return _end(run_dir, supervision)
    if supervision is not None and supervision.is_alive is False and leftovers(supervision.mark):
        return _end_left(base, name, supervision.mark)
    writer = read_writer(run_dir) if supervision is None else supervision.process
    job = metadata.get("job")
    is_ours = isinstance(job, dict) and "system" in job

    def announce(text: str) -> None:
        if supervision is not None:
            note_cancellation(run_dir)  # it records its end itself
        told(text)

    run = None if is_ours else joined_job(os.path.abspath(base), name)
    if run is not None and (done := cancel_joined(run, announce)) is not None:
        return done
    if writer is not None and is_alive(writer):
        # It may be doing more than this run: a notebook, a whole sweep, or this program itself.
        raise StoreError(f"pid {writer.pid} was not started by runtui; stop it yourself")
    if is_ours:
        return _cancel_job(base, name, has_begun=normal_status(status) != RunStatus.INITIALISING)
    if writer is not None and writer.host != hostname():
        raise StoreError(f"it runs on {safe_text(writer.host, 80)}; cancel it there")
    raise StoreError("no process or job of it is known; mark it failed if it is lost")


def _cancel_waiting_job_around(base: str, name: str, told: Callable[[str], None]) -> str | None:
    """Cancel the job that a run was in and that waits to begin anew; return None where there is none."""
    run = joined_job(os.path.abspath(base), name)
    try:
        return None if run is None else cancel_joined(run, told)
    except BatchError:
        return None


def _end(run_dir: str, supervision: Supervision) -> str:
    if not is_alive(supervision.process):
        raise StoreError("its process was killed, and what it started is being stopped")
    note_cancellation(run_dir)
    _request_end(supervision.process)
    return f"stopping pid {supervision.process.pid}"


def _end_left(base: str, name: str, mark: str) -> str:
    """End the processes left by a run whose launcher was killed, and record that."""
    count = len(leftovers(mark))
    remaining = end_leftovers(mark)
    facts = {"still_running": remaining} if remaining else {}
    why = f"its launcher was killed; {username()} stopped what it had left"
    Recorder(base, name, is_writer=False).end(why, **facts)
    if remaining:
        raise StoreError(f"{remaining} of its processes cannot be stopped")
    return f"stopped {count} process{'' if count == 1 else 'es'} that its launcher had left"


def _request_end(process: ProcessIdentity) -> None:
    # By a descriptor, so that the number cannot pass to another process between the look and the signal.
    descriptor = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
    try:
        if not is_alive(process):
            raise StoreError("its process has just ended")
        if descriptor is not None:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        else:
            os.kill(process.pid, signal.SIGTERM)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _is_in_queue(base: str, name: str) -> bool:
    job = read_sealed_record(base, name, RecordKind.JOB)
    system, job_id = job.get("system"), job.get("id")
    if not (isinstance(system, str) and system in SYSTEMS and isinstance(job_id, str) and job_id):
        return False
    try:
        report = SYSTEMS[system]().poll([job_id]).get(job_id)
    except BatchError:
        return False
    return report is not None and report.phase is not JobPhase.ENDED


def _cancel_job(base: str, name: str, *, has_begun: bool) -> str:
    job = read_sealed_record(base, name, RecordKind.JOB)
    if not job:
        raise StoreError("another user may have written which job it is; cancel it in the scheduler")
    system, job_id = job.get("system"), job.get("id")
    if not isinstance(system, str) or system not in SYSTEMS or not isinstance(job_id, str) or not job_id:
        raise StoreError("the record of its job is invalid; cancel it in the scheduler")
    if job_id.startswith("-") or safe_text(job_id, 100) != job_id:
        raise StoreError("the recorded job id is invalid; cancel it in the scheduler")
    if has_begun:
        note_cancellation(os.path.join(base, name))  # it runs, and records its end itself
    SYSTEMS[system]().cancel([job_id])
    if not has_begun:
        Recorder(base, name, is_writer=False).end(f"cancelled by {username()} before it began")
    return f"cancelled job {job_id}"
