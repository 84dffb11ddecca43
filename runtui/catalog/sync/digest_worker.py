"""Worker thread that reads logs to find the reasons of failures, and signs in those of completed runs.

Nothing waits for it.

The run on screen and the newest come first.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from runtui.catalog.reasons import reason_group
from runtui.catalog.sync.digests import digested, with_warning
from runtui.store.record import RunRecord, modified_ns

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule

_BATCH = 0.2  # seconds after which digests are published
_CALLS = 10  # file system calls of a digest, roughly
_BURST = 40  # runs, about a screenful, which do not wait for the budget
# Seconds: a scheduler writes its messages after those of the simulation that it kills.
_LAST_WORDS = 10.0


class DigestReader:
    """Reader of the logs of one directory's failed runs, and of completed ones that are on screen.

    Args:
        base: The runs directory.
        publish: Called in the reader's thread with the queued runs, each as it was and as it is with its
            digest or its warning.
        rules: The user's rules for failures.

    Attributes:
        call_rate: The most file system calls a second, 0 for no limit.
    """

    def __init__(
        self,
        base: str,
        publish: Callable[[Sequence[tuple[RunRecord, RunRecord]]], None],
        rules: Sequence[OwnRule] = (),
    ) -> None:
        self._base = base
        self._rules = rules
        self._publish = publish
        self.call_rate = 0.0
        self._changed = threading.Condition()
        self._wanted: dict[str, RunRecord] = {}
        self._newest: list[tuple[float, str]] = []
        self._again: dict[str, RunRecord] = {}
        self._due: list[tuple[float, str]] = []
        self._first: str | None = None
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def want(self, runs: Iterable[RunRecord]) -> None:
        """Queue failed or completed runs; returns at once."""
        with self._changed:
            for run in runs:
                self._put(run)
            self._changed.notify()
            if self._thread is None and self._wanted and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name="runtui-digests", daemon=True)
                self._thread.start()

    def put_first(self, name: str | None) -> None:
        """Read the run `name` before all others, once it is queued; None for no run."""
        with self._changed:
            self._first = name

    def stop(self) -> None:
        """Stop. Does not wait, as the file system may not answer."""
        with self._changed:
            self._is_stopped = True
            self._wanted.clear()
            self._again.clear()
            self._changed.notify()

    def _put(self, run: RunRecord) -> None:
        name = run.name_there
        self._wanted[name] = run
        self._again.pop(name, None)
        heapq.heappush(self._newest, (-(run.created or 0.0), name))

    def _run(self) -> None:
        found: list[tuple[RunRecord, RunRecord]] = []
        next_publication = time.monotonic() + _BATCH
        count = 0
        while (run := self._next()) is not None:
            began = time.time()
            # What it has is of an earlier state of it, and is shown until there is a new one.
            fresh = run._replace(digest=None, warning=None)
            read = with_warning(self._base, digested(self._base, fresh, self._rules))
            reason_group(read)  # remembered, so that grouping thousands of them stops no keys
            found.append((run, read))
            self._schedule_second_read(run, began)
            count += 1
            if time.monotonic() >= next_publication or not self._wanted:
                self._publish(found)
                found = []
                next_publication = time.monotonic() + _BATCH
            if self.call_rate and count > _BURST:
                self._pause(_CALLS / self.call_rate)

    def _next(self) -> RunRecord | None:
        """Wait for the next run to read and return it; None when stopped."""
        with self._changed:
            while self._wanted or self._again:
                now = time.monotonic()
                while self._due and self._due[0][0] <= now:
                    again = self._again.get(heapq.heappop(self._due)[1])
                    if again is not None:
                        self._put(again)
                if self._wanted:
                    return self._wanted.pop(self._pick())
                self._changed.wait(self._due[0][0] - now)
            self._thread = None
            self._newest.clear()
            self._due.clear()
            return None

    def _pick(self) -> str:
        if self._first is not None and self._first in self._wanted:
            return self._first
        while (name := heapq.heappop(self._newest)[1]) not in self._wanted:
            pass
        return name

    def _schedule_second_read(self, run: RunRecord, began: float) -> None:
        """Schedule a second read of the logs of a run that has just ended."""
        if run.stamp is None or not 0.0 <= began - modified_ns(run.stamp) / 1e9 < _LAST_WORDS:
            return
        name = run.name_there
        with self._changed:
            if name not in self._wanted and not self._is_stopped:
                self._again[name] = run
                heapq.heappush(self._due, (time.monotonic() + _LAST_WORDS, name))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self._changed:
            while not self._is_stopped and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
