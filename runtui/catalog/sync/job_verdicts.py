"""A scheduler's word on a run's job, put above what the run itself and its processes tell."""

from __future__ import annotations

from runtui.store.record import JobOrigin, JobStatus, RunRecord
from runtui.store.status import RunStatus
from runtui.text.lazy_pattern import LazyPattern

_TOGETHER = 60.0
"""Seconds between the end of a run and that of its job, up to which the one tells of the other.

Slurm kills a job 30 seconds after its first signal (``KillWait``).
"""

_FAILED = RunStatus.FAILED.value
_CANCELLED, _COMPLETED, _OUT_OF_MEMORY = "CANCELLED", "COMPLETED", "OUT_OF_MEMORY"

_SAYS_ONLY_THAT = LazyPattern(
    r"(?:terminated|interrupted|killed) by |its launcher was killed|the process that supervised it was killed"
    r"|exit code (?:12[89]|1[3-9]\d|2\d\d)\b"
)
"""Reasons by which it was ended from outside, without why."""


def with_job_status(run: RunRecord, status: JobStatus) -> RunRecord:
    """Return a run with what its scheduler reports of its job, which counts for more than other evidence.

    A run whose job waits is waiting, also when an earlier attempt of it failed; where the job has begun anew
    in another run, it is the earlier attempt. One that claims to be alive while its job has ended, has failed
    as the scheduler says. One that ended well by its own word is in doubt where the scheduler says otherwise.

    Args:
        run: The run as read.
        status: The report.
    """
    if run.job is None or run.job[:2] != status.note[:2]:
        return run
    note = status.note
    known = {"job.state": note.state, "job.reason": note.detail, "job.node": note.node}
    values = {key: value for key, value in known.items() if value}
    run = run._replace(job=note, values={**run.values, **values})
    if status.is_earlier and run.status != RunStatus.COMPLETED:
        return _requeued(run, status)
    if status.is_waiting:
        return (
            _not_ended(run, RunStatus.INITIALISING)
            if run.status != RunStatus.COMPLETED or _is_submitted(run)
            else run
        )
    if run.is_derived:
        return _with_record(run, status)
    if not run.is_live:
        return _with_verdict(run, status)
    if not status.is_over:
        # A script goes on after one of its runs was killed.
        return run if run.is_lost and not _is_submitted(run) else run._replace(stale_reason="", is_lost=False)
    if status.is_recorded:
        return run
    if status.end and status.is_told:
        return run._replace(
            status=_FAILED,
            completed=status.ended,
            reason=status.end,
            stale_reason="",
            is_lost=False,
            digest=None,
        )
    if status.end:
        return run._replace(stale_reason=status.end, is_lost=True, completed=status.ended or run.completed)
    return run


def _is_submitted(run: RunRecord) -> bool:
    return run.job is not None and run.job.origin is JobOrigin.SUBMITTED


def _not_ended(run: RunRecord, status: RunStatus) -> RunRecord:
    """Return a run whose job has not ended, without what was known of an end."""
    return run._replace(
        status=status.value,
        completed=None,
        reason="",
        stale_reason="",
        is_lost=False,
        digest=None,
    )


def _requeued(run: RunRecord, status: JobStatus) -> RunRecord:
    """Return an earlier attempt of a job, which is not what became of it."""
    if run.is_reason_typed and not run.is_live:
        return run
    later = f"its later attempt is {status.later}" if status.later else "a later attempt has begun"
    return run._replace(
        status=_FAILED,
        completed=run.completed or status.ended,
        reason=f"job {status.note.job_id} was requeued: {later}",
        stale_reason="",
        is_lost=False,
        digest=None,
    )


def _with_record(run: RunRecord, status: JobStatus) -> RunRecord:
    """Return a run whose status was only derived from its files with the scheduler's record of its job.

    A log that tells of a failure counts for more than an exit code of 0, which is the last command's.
    """
    if not status.is_over:
        return _not_ended(run, RunStatus.RUNNING)
    is_failure = status.end != "" and status.is_told
    if not is_failure and (status.note.state != _COMPLETED or run.status == _FAILED):
        return run
    run = run._replace(
        completed=status.ended or run.completed, stale_reason="", is_lost=False, is_derived=False
    )
    if is_failure:
        return run._replace(status=_FAILED, reason=status.end, digest=None)
    return run._replace(status=RunStatus.COMPLETED.value)


def _with_verdict(run: RunRecord, status: JobStatus) -> RunRecord:
    """Return a run that has ended with the scheduler's word on its end."""
    if not status.word or _is_apart(run, status):
        return run
    if run.status == RunStatus.COMPLETED and status.note.state != _CANCELLED:
        return run._replace(stale_reason=f"exit code 0, but {status.word}", digest=None)
    is_open = not run.is_reason_typed and (not run.reason or _SAYS_ONLY_THAT.match(run.reason))
    if run.status == _FAILED and is_open:
        return run._replace(reason=status.word, digest=None)
    return run


def _is_apart(run: RunRecord, status: JobStatus) -> bool:
    """Return whether a job went on for long after a run in it had ended, and its end says nothing of that."""
    if _is_submitted(run) or status.note.state == _OUT_OF_MEMORY:
        return False
    return status.ended is not None and run.completed is not None and status.ended - run.completed > _TOGETHER
