"""States of the jobs that runs belong to, polled in a thread of its own.

One query covers the runs of all directories. A scheduler may not answer for half a minute, and nothing else
waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from runtui.catalog.catalog import CatalogUpdate, SyncPhase
from runtui.store.record import JobStatus, RunRecord

_MOST_ENDED = 10_000
"""Runs that have ended, the newest, whose jobs are polled until the scheduler does not know them any more."""

_TICK = 5.0  # seconds between two checks whether a query is due, by the intervals of `batch.intervals`


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
