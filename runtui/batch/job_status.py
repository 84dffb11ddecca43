"""States of the jobs that runs belong to, by one query for all of them.

Answers are kept in the user's cache directory, so that several programs of a user query the scheduler no more
often than one.
"""

from __future__ import annotations

import os
import pwd
import re
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from runtui.batch.base import (
    REASONS,
    BatchError,
    BatchSystem,
    JobPhase,
    JobReport,
    Verdict,
    verdict_of,
)
from runtui.batch.commands import answers_within, in_threads
from runtui.batch.exit_files import EXIT_NAME, codes_in, names_in
from runtui.batch.intervals import batch_interval, next_pause
from runtui.batch.job_memory import Said, read_memory, write_memory
from runtui.batch.registry import SYSTEMS
from runtui.logs.read.log_files import last_output
from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.paths import JOB_DIR, PRIVATE_DIR
from runtui.store.record import JobInfo, JobOrigin, JobStatus, RunRecord, modified_ns
from runtui.store.scheduler_jobs import ended_lately
from runtui.store.status import RunStatus, is_live_status
from runtui.text.sanitize import safe_text

_JOB_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+\[\]-]{0,60}")

_SOONEST = 5.0
"""Seconds between two queries at least, also when runs have changed since."""

_MOST_ENDED = 10_000
"""Runs that have ended, the newest, whose jobs are asked about: one may have been begun anew."""

_SLACK = 120.0
"""Seconds by which the clocks of hosts may differ."""

_SETTLED_AFTER = 7 * 86400.0
"""Seconds after which a log that ended well is believed without its scheduler's word."""

_LATE = 600.0
"""Seconds after the end of a run in which the accounting may still learn of its job."""


class RunJob(NamedTuple):
    """Run that belongs to a job.

    Attributes:
        base: Its runs directory.
        run: The run, as read, with its job.
    """

    base: str
    run: RunRecord

    @property
    def job(self) -> JobInfo:
        """The job."""
        assert self.run.job is not None
        return self.run.job


class JobAnswers(NamedTuple):
    """Answers of schedulers.

    Attributes:
        states: States of jobs, by runs directory and name of the run; without jobs that have no answer yet.
        silent: What did not answer, in one line each that is safe to show.
    """

    states: Mapping[tuple[str, str], JobStatus]
    silent: tuple[str, ...] = ()


def query_jobs(
    runs: Sequence[RunJob], *, patience: float | None = None, is_fresh: bool = False
) -> JobAnswers:
    """Return the states of the jobs of runs. May block for half a minute.

    Args:
        runs: Runs that belong to jobs, live ones and ended ones.
        patience: Seconds to wait at most, or None for as long as schedulers need.
        is_fresh: Whether the answer must be of now, and not of up to half a minute ago.
    """
    by_system: dict[str, list[RunJob]] = {}
    for run in runs:
        if run.job.system in SYSTEMS and _JOB_ID.fullmatch(run.job.job_id):
            by_system.setdefault(run.job.system, []).append(run)
    if not by_system:
        return JobAnswers({})
    memory = read_memory()
    to_be_asked = {
        name: _to_be_asked(group, memory.setdefault(name, Said()), is_fresh=is_fresh)
        for name, group in by_system.items()
    }
    questions = [
        partial(_ask, SYSTEMS[name](), memory[name], asked)
        for name, asked in to_be_asked.items()
        if asked and _is_due(asked, memory[name], is_fresh=is_fresh)
    ]
    if questions:
        with answers_within(patience):
            in_threads(questions)  # one that hangs takes no time from the others
        write_memory(memory)
    silent = [_silence(memory[name]) for name, asked in to_be_asked.items() if asked and memory[name].problem]
    found: dict[tuple[str, str], JobStatus] = {}
    for name, group in by_system.items():
        said = memory[name]
        runs_of = _by_job(group)
        for run in group:
            if run.job.job_id in said.queue and (status := _status_of(run, said)) is not None:
                attempts = runs_of[run.base, run.job.job_id]
                found[run.base, run.run.name_there] = _of_attempt(run, status, said, attempts)
    return JobAnswers(found, tuple(silent))


def waiting_runs(base: str, runs: Sequence[RunRecord], patience: float | None = None) -> dict[str, str]:
    """Return why runs are not to be cleaned up for what schedulers say of their jobs, by name.

    Args:
        base: The runs directory.
        runs: Runs that have ended, and belong to jobs.
        patience: Seconds to wait at most, or None for as long as schedulers need.
    """
    answers = query_jobs([RunJob(base, run) for run in runs], patience=patience, is_fresh=True)
    found = {}
    now = time.time()
    for run in runs:
        assert run.job is not None
        status = answers.states.get((base, run.name_there))
        if status is not None and not status.is_over:
            state = f"{status.note.state} {status.note.detail}".strip()
            found[run.name_there] = f"its job {run.job.job_id} is in the queue: {state}"
        elif answers.silent and (status is None or not status.is_final) and ended_lately(run, now):
            found[run.name_there] = f"its job may be waiting: {'; '.join(answers.silent)}"
    return found


def _to_be_asked(runs: Sequence[RunJob], said: Said, *, is_fresh: bool) -> list[RunJob]:
    """Return the runs whose jobs may have other states than the known ones: live ones, then the newest."""
    live = [run for run in runs if run.run.is_live]
    now = time.time()
    ended = [run for run in runs if not (run.run.is_live or _ended_well_long_ago(run.run, now))]
    if not is_fresh:
        ended = [run for run in ended if not _is_settled(run.job.job_id, said)]
    ended.sort(key=lambda run: run.run.completed or run.run.created or 0.0, reverse=True)
    return live + ended[:_MOST_ENDED]


def _ended_well_long_ago(run: RunRecord, now: float) -> bool:
    """Return whether a log tells of a good end so long ago that no scheduler has more to say of it."""
    is_well = run.is_derived and run.status == RunStatus.COMPLETED
    return is_well and run.completed is not None and now - run.completed > _SETTLED_AFTER


def _is_settled(job: str, said: Said) -> bool:
    """Return whether the scheduler has said that it does not know a job any more."""
    return job in said.queue and said.queue[job] is None and job in said.accounts


def _is_due(runs: Sequence[RunJob], said: Said, *, is_fresh: bool) -> bool:
    age = time.time() - said.at
    interval = next_pause(batch_interval(), said.silence)
    if not 0 <= age < interval:
        return True
    if is_fresh and not said.silence and any(run.job.job_id not in said.queue for run in runs):
        return True
    if age < min(_SOONEST, interval):
        return False
    # What changed since then, may have changed with its job.
    return is_fresh or (not said.silence and any(_is_news(run, said) for run in runs))


def _is_news(run: RunJob, said: Said) -> bool:
    if run.job.job_id not in said.queue:
        return True
    stamp = run.run.stamp
    is_over = _is_over(said.queue[run.job.job_id])
    return stamp is not None and not is_over and not run.run.is_live and modified_ns(stamp) / 1e9 > said.at


def _ask(system: BatchSystem, said: Said, runs: Sequence[RunJob]) -> None:
    said.at = time.time()
    # One query refreshes the shared cache, also for the runs of other programs.
    at_work = [job for job, report in said.queue.items() if not _is_over(report)]
    ids = list(dict.fromkeys([*(run.job.job_id for run in runs), *at_work]))
    try:
        reports = system.poll(ids)
    except BatchError as error:
        said.silence += 1  # what was known stays known
        said.problem = str(error)
        return
    said.silence, said.problem, said.answered = 0, "", said.at
    for job in ids:
        said.queue.pop(job, None)  # the last that was asked for comes last
        said.queue[job] = reports.get(job)
    # The accounting learns of an end a little later than the queue.
    late = {run.job.job_id for run in runs if said.at - _last_moment(run.run) < _LATE}
    for job in ids:
        account = said.accounts.get(job)
        if not _is_over(reports.get(job)) or (job in late and (account is None or not _is_over(account))):
            said.accounts.pop(job, None)
    if unknown := [job for job in ids if _is_over(reports.get(job)) and job not in said.accounts]:
        try:
            told = system.account(unknown)
        except BatchError as error:
            said.problem = str(error)
            return
        said.accounts |= {job: told.get(job) for job in unknown}


def _last_moment(run: RunRecord) -> float:
    written = 0.0 if run.stamp is None else modified_ns(run.stamp) / 1e9
    return max(written, run.completed or 0.0) if not run.is_live else time.time()


def _silence(said: Said) -> str:
    since = f"; job states are as of {time.strftime('%H:%M:%S', time.localtime(said.answered))}"
    return safe_text(said.problem, 300) + (since if said.answered else "")


def _is_over(report: JobReport | None) -> bool:
    return report is None or report.phase is JobPhase.ENDED


def _status_of(run: RunJob, said: Said) -> JobStatus | None:
    """Return the state of a run's job; None where the answer says nothing of the run."""
    report, accounted = said.queue[run.job.job_id], said.accounts.get(run.job.job_id)
    told = next((each for each in (accounted, report) if each is not None and _is_over(each)), report)
    if told is not None and not _is_about(told, run):
        return None
    if report is not None and not _is_over(report):
        left = f"{report.left} left" if report.left and report.phase is JobPhase.RUNNING else ""
        note = run.job._replace(state=report.state, detail=report.reason or left, node=report.node)
        return JobStatus(note, is_waiting=report.phase is JobPhase.QUEUED and not report.is_array)
    state = "GONE" if told is None else told.state
    node = run.job.node if told is None else told.node or run.job.node
    status = JobStatus(
        run.job._replace(state=state, detail="", node=node),
        is_over=True,
        ended=None if told is None else told.ended,
        is_final=_is_settled(run.job.job_id, said),
    )
    if told is not None and told.is_array:
        return status  # of its tasks at least one has ended so, and it is not known which
    if told is None and run.job.origin is not JobOrigin.SUBMITTED:
        return (
            status if run.job.origin in (JobOrigin.JOINED, JobOrigin.FILE) else None
        )  # it may be another cluster's
    return _with_end(run, status, accounted, report)


def _by_job(runs: Sequence[RunJob]) -> Mapping[tuple[str, str], list[RunRecord]]:
    """Return the runs of each job, by runs directory and job."""
    found: dict[tuple[str, str], list[RunRecord]] = {}
    for run in runs:
        found.setdefault((run.base, run.job.job_id), []).append(run.run)
    return found


def _attempt(run: RunRecord) -> int:
    return 0 if run.job is None else run.job.attempt


def _of_attempt(run: RunJob, status: JobStatus, said: Said, runs: Sequence[RunRecord]) -> JobStatus:
    """Return the state of a run's job with whether the run was an earlier attempt of it.

    It was, where a run of the same job has a higher number of restarts, or where the job began after all that
    the run ever wrote.

    Args:
        run: The run.
        status: The state.
        said: The scheduler's answer.
        runs: All runs of the job.
    """
    if run.job.origin is JobOrigin.SUBMITTED:
        return status  # all attempts are the same run
    reports = (said.queue[run.job.job_id], said.accounts.get(run.job.job_id))
    begun = next((each.started for each in reports if each is not None and each.started is not None), None)
    latest = max(map(_attempt, runs))
    if latest > run.job.attempt:
        later = [other for other in runs if _attempt(other) == latest]
    elif begun is not None and has_ended_before(run, begun):
        later = [other for other in runs if (other.created or 0.0) >= begun]
    else:
        return status
    # A script may launch several runs: rather the one that does the same.
    same = [other for other in later if other.description == run.run.description]
    found = max(same or later, key=lambda other: other.created or 0.0, default=None)
    return status._replace(
        is_earlier=True,
        later="" if found is None else safe_text(found.name_there, 200),
        ended=run.run.completed or last_output(os.path.join(run.base, run.run.name_there), run.run),
    )


def has_ended_before(run: RunJob, moment: float) -> bool:
    """Return whether a run began and wrote for the last time before a moment, in seconds since the epoch."""
    record = run.run
    begun = record.started or (None if record.created_is_guess else record.created)
    if begun is None or begun >= moment:
        return False
    end = record.completed
    if end is None:
        end = last_output(os.path.join(run.base, record.name_there), record)
    return end is not None and end < moment


def _is_about(report: JobReport, run: RunJob) -> bool:
    """Return whether the job that the scheduler tells of can be the run's: numbers are given out again."""
    origin, record = run.job.origin, run.run
    if origin is JobOrigin.SUBMITTED:
        return True
    begun = record.started or (None if record.created_is_guess else record.created)
    if report.ended is not None and begun is not None and report.ended < begun - _SLACK:
        return False
    return origin in (JobOrigin.JOINED, JobOrigin.FILE) or not _is_other_user(report.user, record.user)


def _is_other_user(job: str, run: str) -> bool:
    """Return whether a job's user and a run's differ; the latter may be that of a container, unknown here."""
    if not job or not run or job == run:
        return False
    try:
        pwd.getpwnam(run)
    except KeyError:
        return False
    return True


def _with_end(
    run: RunJob, status: JobStatus, accounted: JobReport | None, report: JobReport | None
) -> JobStatus:
    """Return the state of a job that is over with the verdict on it."""
    codes: dict[int, int] = {}
    if run.run.is_live and not run.run.is_derived:  # else there is nothing in which it could be recorded
        run_dir = os.path.join(run.base, run.run.name_there)
        try:
            if not is_live_status(read_metadata(run_dir).get("status")):
                status = status._replace(is_recorded=True)
        except MetadataError:
            status = status._replace(is_recorded=True)  # it is being written
        if run.job.origin is JobOrigin.SUBMITTED:
            folder = os.path.join(run_dir, PRIVATE_DIR, JOB_DIR)
            codes = codes_in(folder, EXIT_NAME, names_in(folder))
        if status.ended is None:
            status = status._replace(ended=last_output(run_dir, run.run))
    verdict = verdict_of(codes, 1, accounted, report or _seen_last(run.job))
    word = REASONS.get(status.note.state, "")
    is_told = bool(word) or (status.note.state not in ("GONE", "COMPLETED") and not codes)
    return status._replace(end=_ended(verdict, is_told=is_told), is_told=is_told, word=word)


def _seen_last(job: JobInfo) -> JobReport | None:
    return JobReport(JobPhase.UNKNOWN, job.state) if job.state else None


def _ended(verdict: Verdict, *, is_told: bool) -> str:
    if is_told:
        return safe_text(verdict.failure, 300)
    if verdict.exit_code is not None and verdict.failure in ("", f"exit code {verdict.exit_code}"):
        return f"its job ended with exit code {verdict.exit_code}, and did not record it"
    return safe_text(verdict.failure, 300) or "its job ended, and did not record it"
