"""Work that may wait for the disk, kept off the event loop.

One daemon thread does it in turn, so that a file system that does not answer stops neither the screen nor
the end of the program. Of several jobs of one kind only the newest counts: whoever holds down the arrow key
does not wait for the details of every run on the way.
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
        owner: Who gets a `Finished` message for each job done; it must call the message's `action`.
    """

    @dataclass
    class Finished(Message):
        """A job is done; calling `action` on the event loop takes its result in."""

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
            kind: A job of the same kind that still waits is dropped.
            job: What to do; runs in the thread.
            done: What to do with its result.
        """
        with self._wake:
            self._jobs[kind] = partial(_do, job, done)
            self._wake.notify()

    def unanswered_for(self) -> float:
        """Return the seconds for which the job at hand has been waiting; 0 when there is none."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def stop(self) -> None:
        """Begin nothing any more. Does not wait."""
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
            # A widget that is no longer there cannot be told.
            if not self._stopping:
                self._owner.post_message(finished)


def _do(job: Callable[[], T], done: Callable[[T], None]) -> Callable[[], None]:
    try:
        return partial(done, job())
    except Exception as error:
        return partial(raise_error, error)


def raise_error(error: Exception) -> None:
    """Raise an error that came up in another thread, where the event loop calls this."""
    raise error
