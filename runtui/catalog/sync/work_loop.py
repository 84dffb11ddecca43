"""Timers, and jobs submitted by other threads, which one thread runs in turn."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable

Job = Callable[[], None]


class WorkLoop:
    """Loop over jobs and timers, run by the thread that calls `wait`.

    A timer is a callable with one due time; it is called once, unless it is set again.

    Args:
        clock: Returns the time in seconds; never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._due: dict[Job, float] = {}
        self._urgent: set[Job] = set()

    # From any thread

    def submit(self, job: Job) -> None:
        """Run a job as soon as those submitted before it are done."""
        self._inbox.put(job)

    def stop(self) -> None:
        """Stop after the jobs submitted so far."""
        self._inbox.put(None)

    # In the thread that waits

    def set_timer(self, timer: Job, delay: float, *, is_urgent: bool = False) -> None:
        """Call `timer` in `delay` seconds, instead of at its previous time.

        Args:
            timer: Function to call.
            delay: Seconds from now.
            is_urgent: Whether it is due between the batches of a long job, too.
        """
        self._due[timer] = self._clock() + delay
        if is_urgent:
            self._urgent.add(timer)

    def ensure_timer(self, timer: Job, delay: float) -> None:
        """Call `timer` in `delay` seconds, unless it is set already."""
        if timer not in self._due:
            self.set_timer(timer, delay)

    def cancel_timer(self, timer: Job) -> None:
        """Cancel `timer` if it is set."""
        self._due.pop(timer, None)

    def wait(self, *moments: float | None) -> Job | None:
        """Wait for the next job or timer and return it without running it; None if stopped.

        Args:
            moments: Further times, by the clock, at which to return; None for none.
        """
        wakes = [*self._due.values(), *(moment for moment in moments if moment is not None)]
        timeout = max(0.0, min(wakes) - self._clock()) if wakes else None
        try:
            return self._inbox.get(timeout=timeout)
        except queue.Empty:
            return self.run_due

    def run_due(self) -> None:
        """Call the timers that are due."""
        self._run(list(self._due))

    def run_submitted(self) -> bool:
        """Run the submitted jobs and urgent timers without waiting; return False if stopped."""
        while True:
            try:
                job = self._inbox.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._inbox.put(None)  # for `wait`, too
                return False
            job()
        self._run([timer for timer in self._due if timer in self._urgent])
        return True

    def _run(self, timers: list[Job]) -> None:
        now = self._clock()
        for timer in timers:
            # A timer may cancel another, or set it again.
            if self._due.get(timer, now + 1.0) <= now:
                del self._due[timer]
                timer()
