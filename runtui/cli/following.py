"""``runtui logs -f``: the end of a run's log, and what is written to it from then on."""

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
from runtui.logs.read.listing import find_logs
from runtui.store.errors import explain

_STEP = 50  # ms between two looks for events; see `Watcher`
_POLL_INTERVAL = 1.0
_SAFETY_INTERVAL = 5.0  # in case an event is lost


def follow_log(run_dir: str, count: int) -> NoReturn:
    """Print the last lines of a run's newest log, and then all that is written to it, without end.

    Args:
        run_dir: The run's directory.
        count: How many lines to begin with.
    """
    printer = LinePrinter()
    path = _newest_log(run_dir, printer)
    following = Following(open_source(path))
    printer.show(following.begin(count))
    changes = _Changes(path)
    hindrance = _Hindrance()
    while True:
        printer.show_unfinished(following.unfinished)
        changes.wait()
        printer.show(hindrance.told(following.look()))


class _Hindrance:
    """What keeps a log from being read, which is told once for as long as it lasts."""

    def __init__(self) -> None:
        self._last = ""

    def told(self, news: Iterator[Line | str]) -> Iterator[Line | str]:
        """Return `news`, and instead of an error that ends them, why, unless that was the last thing told."""
        try:
            yield from news
            self._last = ""
        except OSError as error:
            if explain(error) != self._last:
                self._last = explain(error)
                yield self._last


def _newest_log(run_dir: str, printer: LinePrinter) -> str:
    """Return where the log is that was written last, as soon as there is one."""
    is_told = False
    while not (logs := find_logs(run_dir)):
        if not is_told:
            printer.show(["the run has no log yet; waiting for one"])
            is_told = True
        time.sleep(_POLL_INTERVAL)
    return os.path.join(run_dir, logs[0].name)


class _Changes:
    """Changes of a file: by events where the file system has them, or once a second."""

    def __init__(self, path: str) -> None:
        self._interval = _POLL_INTERVAL
        self._heard = threading.Event()
        self._name = os.path.basename(path)
        self._folder = os.path.realpath(os.path.dirname(path))
        if can_be_watched(self._folder) and filesystem_of(self._folder).has_events:
            self._watcher = Watcher(
                [self._folder],
                on_change=self._hear,
                on_ready=lambda watched: self._rely_on_events(bool(watched)),
                on_failure=lambda _reason: self._rely_on_events(False),
                step=_STEP,
            )

    def _hear(self, changed: Collection[str]) -> None:
        if self._folder in changed:  # removed or renamed: nothing more is heard of what is there then
            self._rely_on_events(False)
        elif any(os.path.basename(one) == self._name for one in changed):
            self._heard.set()

    def _rely_on_events(self, are_heard: bool) -> None:
        self._interval = _SAFETY_INTERVAL if are_heard else _POLL_INTERVAL
        self._heard.set()

    def wait(self) -> None:
        """Return when the file may have changed."""
        self._heard.wait(self._interval)
        self._heard.clear()
