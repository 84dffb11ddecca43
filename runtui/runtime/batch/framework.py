"""A scheduler as a compute framework: each step is a job, and data are files that all hosts share."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from runtui.batch.base import JobPhase, JobRequest, Verdict, array_size, check_no_array, job_script
from runtui.batch.exit_files import mark_folder
from runtui.runtime.batch.follower import BatchFollower, Job
from runtui.runtime.pipeline.frameworks import FileFramework, file_name, load, make_data_folder, save
from runtui.runtime.pipeline.plan import CommandWork, Step
from runtui.runtime.pipeline.tasks import JobTask, StepResult, Task, open_log
from runtui.runtime.process.interpreter import python_command

_JOB = "runtui.runtime.batch.step_job"
_PATIENCE = 60.0
"""Seconds in which a scheduler must have taken note that jobs are to end."""

Facts = dict[str, object]


class OnJobNews(Protocol):
    """Callback for news of a step's job."""

    def __call__(self, step: str, facts: Facts, *, is_queued: bool) -> None:
        """Take the step's name, the facts of its job, and whether that waits in the queue."""


class BatchFramework(FileFramework):
    """Compute framework whose steps are jobs of a scheduler.

    Args:
        folder: Where data, scripts and exit codes are kept; on a file system that the nodes share.
        follower: Submits the jobs and follows them.
        told: Callback for news of a step's job, called from another thread.
    """

    def __init__(self, folder: str, follower: BatchFollower, told: OnJobNews) -> None:
        super().__init__(folder)
        self._jobs_folder = folder
        self._follower = follower
        self._told = told
        self._at: set[str] = set()

    def submit(self, step: Step, task: Task, post: Callable[[StepResult], None]) -> None:
        """Submit a step as a job; returns at once.

        Args:
            step: The step.
            task: The task.
            post: Callback for the answer, called from another thread.

        Raises:
            OSError: The job's files cannot be written.
            ValueError: Its array makes no sense.
            TypeError: Its function cannot be given to another process.
        """
        make_data_folder(self._jobs_folder)
        token = f"{file_name(step.name)}-{uuid.uuid4().hex[:12]}"
        stem = os.path.join(self._jobs_folder, token)
        system = self._follower.system
        resources = dict(step.resources)
        if step.timeout is not None:
            resources.setdefault("time", _span(math.ceil(step.timeout)))
        check_no_array(system, resources)
        tasks = array_size(resources["array"]) if "array" in resources else 1
        directory = (step.work.directory if isinstance(step.work, CommandWork) else None) or os.getcwd()
        save(JobTask(task, step.outputs), Path(f"{stem}.task"))
        words = python_command(_JOB, [f"{stem}.task", f"{stem}.result"])
        variables = system.array_variable, system.restart_variable
        script = job_script(words, f"{stem}.exit", mark_folder(f"{stem}.exit"), directory, *variables)
        os.close(open_log(task.log))  # the scheduler opens it by its name, whatever that is by then
        request = JobRequest(f"runtui-{token}", script, task.log, directory, resources)
        needs = tuple(needed for needed in step.needs if self.is_at(needed))
        self._at.add(step.name)
        self._follower.submit(
            Job(
                step.name,
                request,
                self._jobs_folder,
                f"{token}.exit",
                tasks,
                needs,
                on_news=self._tell,
                on_end=partial(self._answer, post, Path(f"{stem}.result")),
            )
        )

    def is_at(self, step: str) -> bool:
        """Return whether a step was submitted and its result not yet taken in."""
        return step in self._at

    def take_in(self, step: str) -> None:
        """Note that a step's result has been taken in."""
        self._at.discard(step)

    def cancel(self, step: str, reason: str) -> None:
        """Request the end of a step's job; returns at once."""
        self._follower.cancel(step, reason)

    def close(self) -> None:
        """End all jobs that have not ended, and stop following them."""
        self._follower.stop(_PATIENCE)

    def _tell(self, job: Job) -> None:
        is_queued = not job.job_id or (job.report is not None and job.report.phase is JobPhase.QUEUED)
        self._told(job.key, job_facts(self._follower.system.name, job), is_queued=is_queued)

    def _answer(
        self, post: Callable[[StepResult], None], result_file: Path, job: Job, verdict: Verdict
    ) -> None:
        self._tell(job)
        post(_result(job.key, verdict, result_file))


def job_facts(system: str, job: Job) -> Facts:
    """Return the facts of a job, for the metadata."""
    facts: Facts = {"system": system, "id": job.job_id}
    if job.request.resources:
        facts["resources"] = dict(job.request.resources)  # a child may be given the same
    if job.report is not None:
        facts["state"] = job.report.state
        for key in ("reason", "left", "node"):
            if value := getattr(job.report, key):
                facts[key] = value
    if job.restarts:
        facts["restarts"] = job.restarts
    return facts


def _span(seconds: int) -> str:
    """Return a time span in the notation that all schedulers accept."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _result(step: str, verdict: Verdict, result_file: Path) -> StepResult:
    """Return a step's result, from its job's own answer and the verdict on it."""
    try:
        found = load(result_file)
    except Exception:  # whatever a file that was cut off raises
        found = None
    if not isinstance(found, StepResult):
        return StepResult(step, failure=verdict.failure, exit_code=verdict.exit_code)
    if not verdict.failure:
        return found
    is_its_own = verdict.failure == f"exit code {verdict.exit_code}" and found.failure
    failure = found.failure if is_its_own else verdict.failure
    return StepResult(
        step,
        failure=failure,
        exit_code=found.exit_code,
        cpu_seconds=found.cpu_seconds,
        peak_memory=found.peak_memory,
    )
