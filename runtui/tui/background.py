"""Work that may wait for the disk, kept off the event loop.

One daemon thread does the jobs in turn, so that a hanging file system blocks neither the screen nor the
program's exit. Of several jobs of one kind only the newest is done: a user who holds down the arrow key does
not wait for the details of every run on the way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

T = TypeVar("T")


class Background:
    """A thread for the jobs of one screen.

    Args:
        owner: Gets a `Finished` message for each job done; it must call the message's `action`.
    """

    @dataclass
    class Finished(Message):
        """A job is done; call `action` on the event loop to deliver its result."""

        action: Callable[[], None]

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._jobs: dict[str, Callable[[], Callable[[], None]]] = {}
        self._wake = threading.Condition()
        self._stopping = False
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="runtui-background", daemon=True)
        self._thread.start()

    def submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `job` soon, then call `done` with its result on the event loop.

        Args:
            kind: The job replaces one of the same kind that has not begun.
            job: The work; runs in the thread.
            done: Called with its result.
        """
        with self._wake:
            self._jobs[kind] = partial(_do, job, done)
            self._wake.notify()

    def unanswered_for(self) -> float:
        """Return for how many seconds the current job has been running; 0 if there is none."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def stop(self) -> None:
        """Begin no further job. Does not wait for the current one."""
        with self._wake:
            self._stopping = True
            self._jobs.clear()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._jobs and not self._stopping:
                    self._wake.wait()
                if self._stopping:
                    return
                job = self._jobs.pop(next(iter(self._jobs)))
            self._busy_since = time.monotonic()
            finished = self.Finished(job())
            self._busy_since = None
            # A widget that has been removed gets no messages.
            if not self._stopping:
                self._owner.post_message(finished)


def _do(job: Callable[[], T], done: Callable[[T], None]) -> Callable[[], None]:
    try:
        return partial(done, job())
    except Exception as error:
        return partial(raise_error, error)


def raise_error(error: Exception) -> None:
    """Raise an error from another thread in the event loop."""
    raise error
