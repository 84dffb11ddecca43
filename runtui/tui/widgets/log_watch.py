"""A close watch of the log on screen while it is being written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.message_pump import MessagePump

from runtui.catalog.sync.directory_watcher import Watcher
from runtui.catalog.sync.filesystem import tells_of_changes
from runtui.catalog.sync.watch_plan import can_be_watched

_STEP = 10  # ms between two checks for events; see `Watcher`
_SILENCE = 10.0  # seconds without a write, after which the monitor is enough: this costs 0.4 % of a core

Submit = Callable[[str, Callable[[], bool], Callable[[bool], None]], None]


class LogWatch:
    """Watches one log more closely than the monitor, which reports a change after up to 0.25 s.

    Does nothing on file systems without events. Ends when the log has not been written for a while.

    Args:
        owner: Gets a `Heard` message when the log may have changed.
        submit: Does a job that may wait for the disk; see `Background.submit`.
    """

    @dataclass
    class Heard(Message, bubble=False):
        """The log may have changed."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogWatch.Heard)

    def __init__(self, owner: MessagePump, submit: Submit) -> None:
        self._owner = owner
        self._submit = submit
        self._path = ""
        self._written = 0.0  # time of the last event, on the monotonic clock
        self._watcher: Watcher | None = None

    def attend(self, path: str) -> None:
        """Watch the log `path`, which was just written."""
        if path != self._path:
            self.stop()
            self._path = path
            self._submit("watch", partial(_has_events, path), partial(self._begin, path))

    def stop(self) -> None:
        """Stop watching. Does not wait."""
        self._path = ""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def end(self) -> None:
        """Stop watching, and wait briefly until the watcher's thread has ended."""
        watcher = self._watcher
        self.stop()
        if watcher is not None:
            watcher.join()

    def _begin(self, path: str, has_events: bool) -> None:
        if path != self._path or not has_events:
            return
        folder, name = os.path.split(path)

        def post(_folders: Collection[str] = ()) -> None:
            self._owner.post_message(self.Heard())

        def hear(changed: Collection[str]) -> None:
            if any(os.path.basename(one) == name for one in changed):
                self._written = time.monotonic()
                post()

        self._written = time.monotonic()
        watcher = self._watcher = Watcher([folder or "."], hear, post, _leave_it_to_the_monitor, _STEP)
        self._owner.set_timer(_SILENCE, partial(self._stop_if_silent, watcher))

    def _stop_if_silent(self, watcher: Watcher) -> None:
        if watcher is not self._watcher:
            return
        left = self._written + _SILENCE - time.monotonic()
        if left > 0:
            self._owner.set_timer(left, partial(self._stop_if_silent, watcher))
        else:
            self.stop()


def _has_events(path: str) -> bool:
    return can_be_watched(path) and tells_of_changes(path)


def _leave_it_to_the_monitor(_reason: str) -> None:
    """Ignore the failure: the monitor reports it if it cannot watch either."""
