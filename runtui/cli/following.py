"""``runtui logs -f``: print the end of a run's log, then follow it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator
from typing import NoReturn

from runtui.catalog.sync.directory_watcher import Watcher
from runtui.catalog.sync.filesystem import filesystem_of
from runtui.catalog.sync.watch_plan import can_be_watched
from runtui.cli.printing import LinePrinter
from runtui.logs.read.compressed import open_source
from runtui.logs.read.following import Following
from runtui.logs.read.lines import Line
from runtui.logs.read.log_files import find_logs, log_path
from runtui.store.errors import explain

_STEP = 50  # milliseconds between two checks for events; see `Watcher`
_POLL_INTERVAL = 1.0  # seconds
_SAFETY_INTERVAL = 5.0  # seconds, in case an event is lost


def follow_log(run_dir: str, count: int) -> NoReturn:
    """Print the last lines of a run's newest log, then every new line, until the process is stopped.

    Args:
        run_dir: The run's directory.
        count: Number of lines to start with.
    """
    printer = LinePrinter()
    path = _newest_log(run_dir, printer)
    following = Following(open_source(path))
    printer.show(following.begin(count))
    changes = _Changes(path)
    errors = _ErrorOnce()
    while True:
        printer.show_unfinished(following.unfinished)
        changes.wait()
        printer.show(errors.reported(following.look()))


class _ErrorOnce:
    """Filter for errors of reading a log that reports each one only once while it lasts."""

    def __init__(self) -> None:
        self._last = ""

    def reported(self, lines: Iterator[Line | str]) -> Iterator[Line | str]:
        """Yield `lines`, and instead of an error its text, unless it was the last one reported."""
        try:
            yield from lines
            self._last = ""
        except OSError as error:
            if explain(error) != self._last:
                self._last = explain(error)
                yield self._last


def _newest_log(run_dir: str, printer: LinePrinter) -> str:
    """Return the path of the log that was written last; wait until there is one."""
    reported: set[str] = set()
    while not (found := find_logs(run_dir)).logs:
        for problem in found.unread or ("the run has no log yet",):
            if problem not in reported:
                printer.show([f"{problem}; waiting for one"])
                reported.add(problem)
        time.sleep(_POLL_INTERVAL)
    return log_path(run_dir, found.logs[0].name)


class _Changes:
    """Changes of a file: by events if the file system has them, else by polling each second.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self._interval = _POLL_INTERVAL
        self._has_event = threading.Event()
        self._name = os.path.basename(path)
        self._folder = os.path.realpath(os.path.dirname(path))
        if can_be_watched(self._folder) and filesystem_of(self._folder).has_events:
            self._watcher = Watcher(
                [self._folder],
                on_change=self._note,
                on_ready=lambda watched: self._rely_on_events(bool(watched)),
                on_failure=lambda _reason: self._rely_on_events(False),
                step=_STEP,
            )

    def _note(self, changed: Collection[str]) -> None:
        if self._folder in changed:  # removed or renamed: its successor would raise no events
            self._rely_on_events(False)
        elif any(os.path.basename(one) == self._name for one in changed):
            self._has_event.set()

    def _rely_on_events(self, has_events: bool) -> None:
        self._interval = _SAFETY_INTERVAL if has_events else _POLL_INTERVAL
        self._has_event.set()

    def wait(self) -> None:
        """Wait until the file may have changed."""
        self._has_event.wait(self._interval)
        self._has_event.clear()
