"""Following the jobs of a scheduler: one question for all of them per interval, and a verdict for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from runtui.batch.base import (
    BatchError,
    BatchSystem,
    BatchUnreachableError,
    JobPhase,
    JobReport,
    JobRequest,
    Verdict,
    verdict_of,
)
from runtui.batch.exit_files import codes_in, names_in
from runtui.batch.intervals import INTERVAL, next_pause

_LOOK_EVERY = 2.0
"""Seconds between two looks for exit files: they cost the scheduler nothing."""

_LEEWAY = 5.0
"""Seconds that an exit file may take to be seen on a shared file system after its job has gone."""


@dataclass(slots=True)
class Job:
    """A job that is followed.

    Attributes:
        key: What whoever asked for it calls it.
        request: The request for it.
        folder, exit_name: Where its tasks put their exit codes: files in the folder with that name, and the
            numbers of the task and of the attempt, each behind a dot.
        tasks: How many tasks it has.
        needs: The keys of the jobs that must have ended well before.
        on_news: Callback for news of it.
        on_end: Callback for its end; called once.
    """

    key: str
    request: JobRequest
    folder: str
    exit_name: str
    tasks: int
    needs: tuple[str, ...]
    on_news: Callable[[Job], None]
    on_end: Callable[[Job, Verdict], None]
    job_id: str = ""
    report: JobReport | None = None
    seen_at: float = 0.0
    restarts: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    gone_since: float | None = None
    is_cancelled: bool = False
    why_cancelled: str = ""


class BatchFollower:
    """Submitter and follower of a scheduler's jobs, in a thread of its own.

    Args:
        system: The scheduler.
        interval: Seconds between two questions to it.
    """

    def __init__(self, system: BatchSystem, interval: float = INTERVAL) -> None:
        self.system = system
        self._interval = interval
        self._look_every = min(_LOOK_EVERY, interval)
        self._jobs: dict[str, Job] = {}
        self._ids: dict[str, str] = {}
        self._asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake = threading.Event()
        self._is_over = False
        self._next_question = 0.0
        self._silence = 0
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        """Queue a job for submission, after those handed in before; returns at once."""
        self._do(lambda: self._submit(job))

    def cancel(self, key: str, reason: str) -> None:
        """Request the end of a job, whose verdict then has that reason. Returns at once."""
        self._do(lambda: self._cancel(key, reason))

    def stop(self, patience: float) -> None:
        """End all jobs that are followed, and stop following them.

        Args:
            patience: Seconds to wait for that; a scheduler that does not answer takes longer.
        """
        if self._thread is None:
            return

        def end() -> None:
            ids = [job.job_id for job in self._jobs.values() if job.job_id]
            self._jobs.clear()
            self._is_over = True
            if ids:
                self._try_to_cancel(ids)

        self._do(end)
        self._thread.join(patience)

    def _do(self, what: Callable[[], None]) -> None:
        if self._thread is None:
            name = f"runtui-{self.system.name}"
            self._thread = threading.Thread(target=self._follow, name=name, daemon=True)
            self._thread.start()
        self._asked.put(what)
        self._wake.set()

    # In the thread

    def _follow(self) -> None:
        while not self._is_over:
            self._wake.wait(self._look_every if self._jobs else None)
            self._wake.clear()
            try:
                while True:
                    self._asked.get_nowait()()
            except Empty:
                pass
            if self._jobs and not self._is_over:
                self._look()

    def _submit(self, job: Job) -> None:
        ids = [self._ids.get(needed, "") for needed in job.needs]
        if not all(ids):
            job.on_end(job, Verdict("a step that it needs was not submitted"))
            return
        request = job.request
        job.request = JobRequest(
            request.name, request.script, request.output, request.directory, request.resources, ids
        )
        self._jobs[job.key] = job
        self._try_to_submit(job)

    def _try_to_submit(self, job: Job) -> None:
        try:
            # One that was not answered may have arrived all the same.
            found = self.system.find(job.request.name) if job.report is not None else None
            job.job_id = found or self.system.submit(job.request)
        except BatchUnreachableError as error:
            job.report = JobReport(JobPhase.UNKNOWN, "NOT SUBMITTED YET", str(error))
            job.on_news(job)
            self._back_off()
            return
        except BatchError as error:
            self._end(job, Verdict(str(error)))
            return
        self._ids[job.key] = job.job_id
        job.report = JobReport(JobPhase.QUEUED, "SUBMITTED")
        job.on_news(job)
        self._next_question = min(self._next_question, time.monotonic() + self._interval)

    def _cancel(self, key: str, reason: str) -> None:
        job = self._jobs.get(key)
        if job is None:
            return
        job.why_cancelled = reason
        if not job.job_id:
            self._end(job, Verdict(reason))
            return
        job.is_cancelled = self._try_to_cancel([job.job_id])
        self._next_question = 0.0

    def _try_to_cancel(self, ids: Sequence[str]) -> bool:
        try:
            self.system.cancel(ids)
        except BatchError:
            return False
        return True

    def _look(self) -> None:
        """Look for exit files, and ask the scheduler if it is time."""
        if time.monotonic() >= self._next_question:
            self._ask()
        listings: dict[str, list[str]] = {}
        for job in list(self._jobs.values()):
            if job.folder not in listings:
                listings[job.folder] = names_in(job.folder)
            # An attempt before the one that the queue tells of may still be putting down its own end.
            first = job.restarts if self.system.restart_variable else 0
            job.codes = codes_in(job.folder, job.exit_name, listings[job.folder], first)
            self._judge(job)

    def _ask(self) -> None:
        for job in list(self._jobs.values()):
            if not job.job_id:
                self._try_to_submit(job)
            elif job.why_cancelled and not job.is_cancelled:
                job.is_cancelled = self._try_to_cancel([job.job_id])
        by_id = {job.job_id: job for job in self._jobs.values() if job.job_id}
        if not by_id:
            return
        try:
            reports = self.system.poll(list(by_id))
        except BatchError:
            self._back_off()
            return
        self._silence = 0
        self._next_question = time.monotonic() + self._interval
        for job_id, job in by_id.items():
            if (report := reports.get(job_id)) is not None:
                self._take(job, report)
            elif job.gone_since is None:
                job.gone_since = time.monotonic()

    def _take(self, job: Job, report: JobReport) -> None:
        job.seen_at = time.time()
        if report.phase is not JobPhase.ENDED:
            job.gone_since = None
        if report == job.report:
            return
        was_running = job.report is not None and job.report.phase is JobPhase.RUNNING
        # Of an array some tasks wait while others are over.
        if was_running and report.phase is JobPhase.QUEUED and job.tasks == 1:
            job.restarts += 1  # its node failed, or somebody had it begin anew
        job.report = report
        job.on_news(job)

    def _judge(self, job: Job) -> None:
        """Stop following a job that is over, as soon as it is clear how it ended."""
        is_told = len(job.codes) >= job.tasks
        if is_told and not any(job.codes.values()):
            self._end(job, Verdict("", 0))
            return
        is_over = job.report is not None and job.report.phase is JobPhase.ENDED
        if is_over and job.gone_since is None:
            job.gone_since = time.monotonic()
        if job.gone_since is None:
            return
        if not is_told and time.monotonic() - job.gone_since < min(_LEEWAY, self._interval * 2):
            return
        self._end(job, verdict_of(job.codes, job.tasks, self._accounted(job), job.report))

    def _accounted(self, job: Job) -> JobReport | None:
        try:
            return self.system.account([job.job_id]).get(job.job_id)
        except BatchError:
            return None

    def _end(self, job: Job, verdict: Verdict) -> None:
        self._jobs.pop(job.key, None)
        if job.why_cancelled and verdict.failure:
            verdict = Verdict(job.why_cancelled, verdict.exit_code)
        job.on_end(job, verdict)

    def _back_off(self) -> None:
        """Exponential backoff for a scheduler that does not answer; what was known stays known."""
        self._silence += 1
        self._next_question = time.monotonic() + next_pause(self._interval, self._silence)
