"""The jobs of a scheduler that the steps of a pipeline are, on record for when their runner is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from runtui.batch.base import BatchError
from runtui.batch.registry import SYSTEMS
from runtui.runtime.pipeline.execution_orchestrator import StepState
from runtui.runtime.pipeline.progress import Entry, Progress, ended_entries, entries_of
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, read_sealed_record, write_sealed_record


class StepJobs:
    """Record of the jobs that the steps are, for whoever ends them when this process was killed.

    Args:
        directory: The run's directory.
        progress: Keeper of the steps' states.
        on_begin: Callback for the beginning of a step's job, with the step's name; called from any thread.
    """

    def __init__(self, directory: SafeDirectory, progress: Progress, on_begin: Callable[[str], None]) -> None:
        self._directory = directory
        self._progress = progress
        self._on_begin = on_begin
        self._jobs: dict[str, dict[str, object]] = {}
        self._lock = threading.Lock()

    def note(self, step: str, facts: Entry, *, is_queued: bool) -> None:
        """Record the facts of a step's job, from any thread, and whether it waits in the queue."""
        if self._progress.note_job(step, facts, is_queued=is_queued):
            self._on_begin(step)
        job = {"system": facts.get("system"), "id": facts.get("id")}
        with self._lock:
            if not job["id"] or self._jobs.get(step) == job:
                return
            self._jobs[step] = job
            try:
                write_sealed_record(self._directory, RecordKind.STEP_JOBS, {"jobs": self._jobs})
            except OSError:
                pass  # they are ended all the same, unless this process is killed


def end_steps(base: str, name: str, metadata: Mapping[str, object]) -> dict[str, object]:
    """Cancel the jobs of steps whose runner was killed, and return metadata about the steps."""
    submitted = read_sealed_record(base, name, RecordKind.STEP_JOBS).get("jobs")
    jobs: dict[str, list[str]] = {}
    for step, entry in entries_of(metadata).items():
        job = submitted.get(step) if isinstance(submitted, dict) else None
        if entry.get("state") in (StepState.RUNNING, StepState.WAITING) and isinstance(job, dict):
            jobs.setdefault(str(job.get("system")), []).append(str(job.get("id")))
    for system, ids in jobs.items():
        try:
            SYSTEMS[system]().cancel(ids)
        except (BatchError, KeyError):
            pass  # then they go on to their end, which nobody waits for
    return ended_entries(metadata)
