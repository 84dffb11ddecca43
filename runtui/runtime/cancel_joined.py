"""Cancelling the job that a run belongs to and that runtui did not submit.

Which job that is follows from what others wrote, and a job may be doing more than this run. So the job is
looked up first, and refused where it can be another one's; the user is told which one it is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from runtui.batch.base import JobPhase, JobReport
from runtui.batch.job_status import RunJob, has_ended_before
from runtui.batch.registry import SYSTEMS
from runtui.store.errors import StoreError
from runtui.store.metadata import read_owned
from runtui.store.process import username
from runtui.store.record import JobInfo, JobOrigin
from runtui.store.rows import read_record, read_records
from runtui.store.run_listing import run_entries
from runtui.store.scheduler_jobs import (
    ended_lately,
    job_of,
    job_of_files,
    may_have_job_by_files,
    schedulers_here,
)
from runtui.text.sanitize import safe_text

_MOST_READ = 5000  # runs, of which the others in the same job are named
_MOST_NAMED = 5  # runs


def joined_job(base: str, name: str) -> RunJob | None:
    """Return a run with the job that it belongs to by its metadata or its files; None where they name none.

    Args:
        base: The runs directory.
        name: The run.
    """
    run = read_record(base, name)
    if may_have_job_by_files(run) and ended_lately(run, time.time()):
        run = run._replace(job=job_of_files(os.path.join(base, name)))
    if run.job is None or run.job.origin is JobOrigin.SUBMITTED or run.job.system not in schedulers_here():
        return None
    return RunJob(base, run)


def cancel_joined(run: RunJob, told: Callable[[str], None]) -> str | None:
    """Cancel the job that a run belongs to, and return in one line what was done.

    Args:
        run: The run.
        told: Called with which job it is, before it is cancelled.

    Returns:
        None where the job is not in the queue, or has ended or begun anew after the run had ended.

    Raises:
        StoreError: It is not known well enough that this is the run's job, it is somebody else's, or the
            scheduler does not answer.
    """
    job = run.job
    if job.system not in SYSTEMS:
        raise StoreError(f"runtui cannot cancel jobs of {job.system}: cancel job {job.job_id} there")
    system = SYSTEMS[job.system]()
    report = system.poll([job.job_id]).get(job.job_id)
    if report is None or report.phase is JobPhase.ENDED:
        return None
    if not run.run.is_live and report.phase is not JobPhase.QUEUED:
        return None
    if (why := _why_not(run, report)) is not None:
        raise StoreError(why)
    told(_said_of(run, report))
    system.cancel([job.job_id])
    return f"cancelled job {job.job_id}"


def _why_not(run: RunJob, report: JobReport) -> str | None:
    """Return why a job is not to be cancelled for a run, or None."""
    job_id = run.job.job_id
    if report.user and report.user != username():
        return f"job {job_id} belongs to {report.user}"
    if report.is_array:
        return f"job {job_id} is an array, and which of its tasks the run is is unknown: cancel that one"
    if report.started is not None and has_ended_before(run, report.started):
        return f"job {job_id} was requeued and has begun anew in a later run: cancel that one"
    if _is_certain(run):
        return None
    run_dir = os.path.realpath(os.path.join(run.base, run.run.name_there))
    if not report.directory:
        return f"only a file or a number tells that job {job_id} is the run's: cancel it in the scheduler"
    if not _holds(os.path.realpath(report.directory), run_dir):
        there = safe_text(report.directory, 200)
        return f"job {job_id} works in {there}, so it may be another run's: cancel it in the scheduler"
    return None


def _is_certain(run: RunJob) -> bool:
    """Return whether this user wrote which job it is, under a key that says so."""
    if run.job.origin is not JobOrigin.JOINED:
        return False
    metadata, is_own = read_owned(os.path.join(run.base, run.run.name_there))
    return is_own and _same(job_of(metadata), run.job)


def _same(job: JobInfo | None, other: JobInfo) -> bool:
    return job is not None and job[:2] == other[:2]


def _holds(directory: str, run_dir: str) -> bool:
    """Return whether a job's working directory is a run's, in it, or the folder of a project around it."""
    if directory == run_dir or directory.startswith(f"{run_dir}{os.sep}"):
        return True
    everything = {os.sep, os.path.realpath(os.path.expanduser("~"))}
    return directory not in everything and run_dir.startswith(f"{directory}{os.sep}")


def _said_of(run: RunJob, report: JobReport) -> str:
    where = f" on {report.node}" if report.node else ""
    text = f"its job is {run.job.system} {run.job.job_id}, {report.state}{where}"
    if others := _others(run):
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        text += f"; it ends with it: {', '.join(others[:_MOST_NAMED])}{more}"
    return text


def _others(run: RunJob) -> list[str]:
    """Return the ids of the other live runs in the same job, safe to show."""
    names = [entry.name for entry in run_entries(run.base) if entry.name != run.run.name_there]
    if len(names) > _MOST_READ:
        return []
    runs = read_records(run.base, names)
    return [other.run_id for other in runs if other.is_live and _same(other.job, run.job)]
