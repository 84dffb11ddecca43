"""What a scheduler says of a job decides over what its run says."""

from __future__ import annotations

from typing import Any

import pytest

from runtui.catalog.sync.job_verdicts import with_job_status
from runtui.store.record import JobInfo, JobOrigin, JobStatus, RunRecord

JOB = JobInfo("slurm", "41")


def of_job(status: str, reason: str = "", job: JobInfo = JOB, **more: Any) -> RunRecord:
    return RunRecord("r", "r", status, reason=reason, job=job, completed=1000.0, **more)


@pytest.mark.parametrize("status", ["failed", "checkpointed", "running"])
def test_run_with_a_pending_job_is_initialising(status: str) -> None:
    waiting = JobStatus(JOB._replace(state="PENDING", detail="BeginTime"), is_waiting=True)
    found = with_job_status(of_job(status, "terminated by SIGTERM", stale_reason="no output"), waiting)
    assert (found.status, found.is_failed, found.reason, found.completed) == ("initialising", False, "", None)
    assert found.values["job.state"] == "PENDING"


def test_running_run_fails_with_its_job() -> None:
    over = JobStatus(JOB, is_over=True, end="its node failed (NODE_FAIL)", is_told=True, ended=2000.0)
    found = with_job_status(of_job("running"), over)
    assert (found.status, found.reason, found.completed) == ("failed", "its node failed (NODE_FAIL)", 2000.0)
    assert with_job_status(of_job("running"), over._replace(is_recorded=True)).status == "running"
    lost = with_job_status(of_job("running"), over._replace(is_told=False, end="lost"))
    assert (lost.status, lost.is_lost) == ("running", True)


@pytest.mark.parametrize(("status", "ended"), [("failed", 1000.0), ("running", 900.0)])
def test_an_earlier_attempt_of_a_job_was_requeued(status: str, ended: float) -> None:
    joined = JOB._replace(origin=JobOrigin.JOINED)
    again = JobStatus(joined._replace(state="RUNNING"), is_earlier=True, later="r2", ended=900.0)
    run = of_job(status, "terminated by SIGTERM", joined)
    run = run._replace(completed=run.completed if status == "failed" else None)
    found = with_job_status(run, again)
    assert (found.status, found.is_lost, found.completed) == ("failed", False, ended)
    assert found.reason == "job 41 was requeued: its later attempt is r2"
    assert with_job_status(run, again._replace(later="")).reason.endswith("a later attempt has begun")
    assert with_job_status(of_job("completed", job=joined), again).status == "completed"
    typed = of_job("failed", "no licence", joined, is_reason_typed=True)
    assert with_job_status(typed, again).reason == "no licence"


def test_a_lost_run_ended_with_its_job() -> None:
    over = JobStatus(JOB, is_over=True, end="its job ended, and did not record it", ended=900.0)
    run = RunRecord("r", "r", "running", created=700.0, started=800.0, job=JOB)
    found = with_job_status(run, over)
    assert (found.is_lost, found.duration(5000.0)) == (True, 100.0)


def test_success_contradicted_by_the_scheduler_is_in_doubt() -> None:
    word = "it reached the scheduler's time limit (TIMEOUT)"
    over = JobStatus(JOB._replace(state="TIMEOUT"), is_over=True, word=word, ended=1010.0)
    found = with_job_status(of_job("completed"), over)
    assert (found.effective_status, found.is_failed, found.is_live) == ("completed?", True, False)
    assert found.stale_reason == f"exit code 0, but {word}"
    cancelled = over._replace(note=JOB._replace(state="CANCELLED"), word="it was cancelled (CANCELLED)")
    assert not with_job_status(of_job("completed"), cancelled).is_failed


def test_later_end_of_a_job_does_not_affect_an_earlier_run_in_it() -> None:
    joined = JOB._replace(origin=JobOrigin.JOINED)
    over = JobStatus(joined._replace(state="TIMEOUT"), is_over=True, word="late", ended=5000.0)
    assert not with_job_status(of_job("completed", job=joined), over).is_failed
    assert with_job_status(of_job("failed", "exit code 143", joined), over).reason == "exit code 143"
    soon = over._replace(ended=1075.0)  # an earlier command of a script that ran out of time in a later one
    assert not with_job_status(of_job("completed", job=joined), soon).is_failed
    assert with_job_status(of_job("completed", job=joined), soon._replace(ended=1035.0)).is_failed
    whole = over._replace(note=JOB._replace(state="TIMEOUT"))  # the run is all of the job
    assert with_job_status(of_job("completed"), whole).is_failed


def test_scheduler_reason_replaces_a_signal_but_not_an_error() -> None:
    over = JobStatus(JOB._replace(state="PREEMPTED"), is_over=True, word="it was preempted", ended=1010.0)
    assert with_job_status(of_job("failed", "terminated by SIGTERM"), over).reason == "it was preempted"
    assert with_job_status(of_job("failed", "KeyError: 'beta'"), over).reason == "KeyError: 'beta'"


def test_scheduler_has_the_record_that_a_run_of_another_program_lacks() -> None:
    joined = JOB._replace(origin=JobOrigin.JOINED)
    unknown = of_job("unknown", job=joined, is_derived=True)
    running = with_job_status(unknown, JobStatus(joined._replace(state="RUNNING")))
    assert (running.status, running.completed, running.is_derived) == ("running", None, True)
    done = JobStatus(joined._replace(state="COMPLETED"), is_over=True, end="not recorded", ended=2000.0)
    for run in (unknown, of_job("running", job=joined, is_derived=True)):
        found = with_job_status(run, done)
        assert (found.status, found.completed, found.is_derived) == ("completed", 2000.0, False)
    failed = of_job("failed", job=joined, is_derived=True)
    assert with_job_status(failed, done).status == "failed"
    over = done._replace(note=joined._replace(state="FAILED"), end="exit code 3", is_told=True)
    found = with_job_status(unknown, over)
    assert (found.status, found.reason, found.is_derived) == ("failed", "exit code 3", False)
    assert with_job_status(unknown, done._replace(note=joined._replace(state="GONE"))).status == "unknown"
