"""States of the runs that are live jobs, polled from batch systems in a thread of its own.

One question covers the runs of all directories. A batch system may not answer for half a minute, and nothing
else waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from runtui.catalog.catalog import CatalogUpdate, SyncPhase
from runtui.store.record import JobInfo, JobStatus

_TICK = 5.0  # seconds between two looks whether it is time to ask; the interval itself is `batch.intervals`'s


class JobStatePoller:
    """Poller of live jobs, for as long as there are any.

    The thread starts with the first job. Its first question waits, not for long, until all directories have
    been read: the next one is not due for half a minute.

    Args:
        bases: The runs directories.
        publish: Called in the poller's thread with what batch systems say, by runs directory and run.
        tick: Seconds between two looks whether it is time to ask.
    """

    def __init__(
        self,
        bases: Iterable[str],
        publish: Callable[[Mapping[tuple[str, str], JobStatus]], None],
        tick: float = _TICK,
    ) -> None:
        self._unread = set(bases)
        self._publish = publish
        self._tick = tick
        self._changed = threading.Condition()
        self._jobs: dict[tuple[str, str], tuple[str, str, JobInfo]] = {}
        self._is_paused = False
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    # From any thread

    def note(self, base: str, update: CatalogUpdate) -> None:
        """Note which runs of a runs directory are live jobs now.

        Args:
            base: The runs directory.
            update: Changes in it.
        """
        jobs = {
            (base, name): (base, run.name_there, run.job)
            for name, run in update.changed.items()
            if run.job and run.is_live
        }
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
        """Stop polling until `resume`: nobody looks."""
        with self._changed:
            self._is_paused = True

    def resume(self) -> None:
        """Poll again."""
        with self._changed:
            self._is_paused = False
            self._changed.notify()

    def stop(self) -> None:
        """End; does not wait."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()

    # The thread

    def _run(self) -> None:
        from runtui.batch.job_status import RunJob, query_jobs  # only for those who have jobs

        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or not self._unread, self._tick)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped or (self._jobs and not self._is_paused))
                if self._is_stopped:
                    return
                jobs = [RunJob(*job) for job in self._jobs.values()]
            states = query_jobs(jobs)
            with self._changed:
                if self._is_stopped:
                    return
            if states:
                self._publish(states)
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped, self._tick)
