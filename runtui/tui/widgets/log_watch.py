"""Hearing at once of what is written to the log on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.message_pump import MessagePump

from runtui.catalog.sync.filesystem import tells_of_changes
from runtui.catalog.sync.watch_plan import can_be_watched
from runtui.logs.file_watcher import FileWatcher

_PAUSE = 0.05

Submit = Callable[[str, Callable[[], bool], Callable[[bool], None]], None]


class LogWatch:
    """Listens to one log more closely than the monitor does, which tells of a change after up to 0.25 s.

    Where there are no events it does nothing.

    Args:
        owner: Gets a `Heard` message when the log may have changed.
        submit: Does a job that may wait for the disk, and calls another with its result on the event loop.
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
        self._watcher: FileWatcher | None = None

    def attend(self, path: str) -> None:
        """Listen to the log `path`, which has just been written."""
        if path != self._path:
            self.stop()
            self._path = path
            self._submit("watch", partial(_has_events, path), partial(self._begin, path))

    def stop(self) -> None:
        """Listen to nothing any more. Does not wait."""
        self._path = ""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def end(self) -> None:
        """Stop, and wait, not for long, until it has."""
        watcher = self._watcher
        self.stop()
        if watcher is not None:
            watcher.join()

    def _begin(self, path: str, has_events: bool) -> None:
        if path != self._path or not has_events:
            return

        def tell() -> None:
            self._owner.post_message(self.Heard())

        try:
            self._watcher = FileWatcher(path, tell, tell, _leave_it_to_the_monitor, _PAUSE)
        except OSError:
            _leave_it_to_the_monitor()


def _has_events(path: str) -> bool:
    return can_be_watched(path) and tells_of_changes(path)


def _leave_it_to_the_monitor() -> None:
    """Say nothing: the monitor does when it cannot watch either."""
