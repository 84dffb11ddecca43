"""States of the jobs that runs belong to: asked once, or polled in a thread of its own.

One query covers the runs of all directories. A scheduler may not answer for half a minute, and nothing else
waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from runtui.catalog.catalog import CatalogUpdate, SyncPhase
from runtui.catalog.sync.job_verdicts import with_job_status
from runtui.catalog.sync.scan import all_judged
from runtui.store.record import JobStatus, RunRecord
from runtui.store.scheduler_jobs import ended_lately, job_of_files, may_have_job_by_files

PATIENCE = 1.5
"""Seconds that schedulers have to answer a command that somebody waits for, who sees it end within two."""

_MOST_ENDED = 10_000
"""Runs that have ended, the newest, whose jobs are polled until the scheduler does not know them any more."""

_TICK = 5.0  # seconds between two checks whether a query is due, by the intervals of `batch.intervals`


def with_job_states(
    base: str, runs: Sequence[RunRecord], patience: float | None = None, *, is_fresh: bool = False
) -> tuple[list[RunRecord], tuple[str, ...]]:
    """Return runs, in their order, with what schedulers say of their jobs, and what did not answer.

    Args:
        base: The runs directory.
        runs: The runs as read.
        patience: Seconds to wait at most, or None for as long as schedulers need.
        is_fresh: Whether the answer must be of now, and not of up to half a minute ago.
    """
    jobs = [run for run in runs if run.job is not None]
    if not jobs:
        return list(runs), ()
    from runtui.batch.job_status import RunJob, query_jobs  # only for those who have jobs

    answers = query_jobs([RunJob(base, run) for run in jobs], patience=patience, is_fresh=is_fresh)
    states = answers.states
    found = [
        with_job_status(run, states[base, run.name_there]) if (base, run.name_there) in states else run
        for run in runs
    ]
    return found, answers.silent


def as_listed(base: str, runs: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return runs as they are listed now: by their processes, their output and their jobs. May block briefly.

    Args:
        base: The runs directory.
        runs: The runs as recorded.
    """
    return with_job_states(base, list(all_judged(base, runs)), PATIENCE, is_fresh=True)[0]


def waiting_runs(base: str, runs: Sequence[RunRecord]) -> Mapping[str, str]:
    """Return why the jobs of runs forbid to clean them up, by name, as schedulers say now. May block briefly.

    Args:
        base: The runs directory.
        runs: Runs that have ended.
    """
    now = time.time()
    of_jobs = [run for run in (_joined(base, run, now) for run in runs) if run.job is not None]
    if not of_jobs:
        return {}
    from runtui.batch import job_status  # only for those who have jobs

    return job_status.waiting_runs(base, of_jobs, PATIENCE)


def _joined(base: str, run: RunRecord, now: float) -> RunRecord:
    """Return a run that ended lately with the job that its files tell of."""
    if not (may_have_job_by_files(run) and ended_lately(run, now)):
        return run
    return run._replace(job=job_of_files(f"{base}/{run.name_there}"))


class JobStatePoller:
    """Poller of jobs, for as long as there are any of which the scheduler may say something new.

    The thread starts with the first job. Its first query waits briefly until all directories have been read,
    because the next one is due only after half a minute.

    Args:
        bases: The runs directories.
        publish: Called in the poller's thread with what schedulers say, by runs directory and run, and with
            what did not answer, in one line each.
        tick: Seconds between two looks whether it is time to ask.
    """

    def __init__(
        self,
        bases: Iterable[str],
        publish: Callable[[Mapping[tuple[str, str], JobStatus], Sequence[str]], None],
        tick: float = _TICK,
    ) -> None:
        self._unread = set(bases)
        self._publish = publish
        self._tick = tick
        self._changed = threading.Condition()
        self._jobs: dict[tuple[str, str], RunRecord] = {}
        self._silent: tuple[str, ...] = ()
        self._is_paused = False
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    # From any thread

    def note(self, base: str, update: CatalogUpdate) -> None:
        """Note which runs of a runs directory belong to jobs now.

        Args:
            base: The runs directory.
            update: Changes in it.
        """
        jobs = {(base, name): run for name, run in update.changed.items() if run.job}
        with self._changed:
            if update.health.phase in (SyncPhase.FRESH, SyncPhase.UNREACHABLE):
                self._unread.discard(base)
            if self._jobs:
                for names in (update.removed, update.changed):
                    for name in names:
                        self._jobs.pop((base, name), None)
            self._jobs.update(jobs)
            if self._jobs and self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name="runtui-job-states", daemon=True)
                self._thread.start()
            self._changed.notify()

    def pause(self) -> None:
        """Pause polling while the states are not shown."""
        with self._changed:
            self._is_paused = True

    def resume(self) -> None:
        """Resume polling."""
        with self._changed:
            self._is_paused = False
            self._changed.notify()

    def stop(self) -> None:
        """Stop. Does not wait."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()

    # The thread

    def _forget_oldest(self) -> None:
        """Forget the oldest of very many runs that have ended: their jobs are hardly in the queue again."""
        if len(self._jobs) <= _MOST_ENDED:
            return
        ended = [place for place, run in self._jobs.items() if not run.is_live]
        ended.sort(key=lambda place: self._jobs[place].completed or self._jobs[place].created or 0.0)
        for place in ended[:-_MOST_ENDED]:
            del self._jobs[place]

    def _run(self) -> None:
        from runtui.batch.job_status import RunJob, query_jobs  # only for those who have jobs

        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or not self._unread, self._tick)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped or (self._jobs and not self._is_paused))
                if self._is_stopped:
                    return
                self._forget_oldest()
                jobs = dict(self._jobs)
            answers = query_jobs([RunJob(base, run) for (base, _name), run in jobs.items()])
            with self._changed:
                if self._is_stopped:
                    return
                for place, run in jobs.items():
                    status = answers.states.get((place[0], run.name_there))
                    if status and status.is_final and not run.is_live and self._jobs.get(place) is run:
                        del self._jobs[place]
            if answers.states or answers.silent != self._silent:
                self._silent = answers.silent
                self._publish(answers.states, answers.silent)
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped, self._tick)
