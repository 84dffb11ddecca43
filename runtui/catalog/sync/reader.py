"""Reading many runs, several at once where that is faster.

On a local disk, one thread reads 50,000 runs a second, and further threads only slow it down. On a network
file system, each call waits for milliseconds, and a few calls in flight make the difference between a second
and a minute; more than a few would slow down the server's other users.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial

from runtui.catalog.sync.scan import judged
from runtui.layouts.registry import RunReading
from runtui.store.concurrent_work import waits_of_thread
from runtui.store.paths import METADATA_FILE
from runtui.store.record import STAMP_SIZE, FileStamp, RunRecord, stamp_of
from runtui.store.value_files import are_unchanged

_SLOW = 0.001  # seconds for a run, above which calls wait for a server rather than for the processor
_MEASURED = 16  # runs whose reading time decides whether to use threads


class RunReader:
    """Reader of the runs of one directory, several at once if its file system is slow.

    Args:
        base: The runs directory.
        in_flight: See the attribute.

    Attributes:
        in_flight: The greatest number of runs read at once; to be changed only while nothing is read.
        keys: The metadata and parameter keys whose values are read.
        edited: The runs that have edits.
        answered_at: When the file system last answered, by the monotonic clock.
    """

    def __init__(self, base: str, in_flight: int) -> None:
        self._base = base
        self._reading = RunReading(base)
        self.in_flight = in_flight
        self._helpers: queue.SimpleQueue[Callable[[], None] | None] | None = None
        self.keys: frozenset[str] = frozenset()
        self.edited: Container[str] = ()
        self.answered_at = 0.0

    @property
    def is_foreign(self) -> bool:
        """Whether the run that was read last is one of another program."""
        return self._reading.was_foreign

    def read(self, name: str, attempts: int = 1) -> RunRecord:
        """Read one run."""
        return self._reading.read(name, attempts, is_edited=name in self.edited, keys=self.keys)

    def look(self, names: Sequence[str], stamps: Mapping[str, FileStamp | None]) -> list[RunRecord]:
        """Read those runs of `names` that changed, and return them with their liveness checked.

        Args:
            names: The runs to check.
            stamps: The stamps, by name, of runs that change only with their files, which cost a stat each:
                `RunRecord.stamp`, and behind it `RunRecord.values_stamp`; None for runs that are live or
                have edits.
        """
        if self._helpers is not None:
            return self._look_concurrently(names, stamps)
        found: list[RunRecord] = []
        times, waits = [], waits_of_thread()
        for name in names[:_MEASURED]:
            began = time.perf_counter()
            found += self._look_sequentially((name,), stamps)
            times.append(time.perf_counter() - began)
        rest = names[_MEASURED:]
        # On a busy machine, reads are slow for want of a processor; those of a slow server wait for it.
        is_slow = rest and sorted(times)[len(times) // 4] > _SLOW
        if is_slow and waits_of_thread() - waits >= len(times):
            self._start_threads()
            return found + self._look_concurrently(rest, stamps)
        return found + self._look_sequentially(rest, stamps)

    def _look_sequentially(
        self, names: Iterable[str], stamps: Mapping[str, FileStamp | None]
    ) -> list[RunRecord]:
        found = []
        base, edited, now, stat = self._base, self.edited, time.time(), os.stat
        for name in names:
            stamp = stamps.get(name)
            if stamp is not None and name not in edited:
                try:
                    run_dir = f"{base}/{name}"
                    try:
                        status = stat(f"{run_dir}/{METADATA_FILE}")
                    except (FileNotFoundError, NotADirectoryError):
                        status = stat(run_dir)  # a run of another program has the stamp of its directory
                    if stamp_of(status) == stamp[:STAMP_SIZE] and (
                        len(stamp) == STAMP_SIZE or are_unchanged(run_dir, stamp[STAMP_SIZE:].decode())
                    ):
                        continue
                except OSError:
                    pass
            self.answered_at = time.monotonic()
            found.append(judged(base, self.read(name), now))
        self.answered_at = time.monotonic()
        return found

    def _look_concurrently(
        self, names: Sequence[str], stamps: Mapping[str, FileStamp | None]
    ) -> list[RunRecord]:
        assert self._helpers is not None
        done: queue.SimpleQueue[list[RunRecord] | Exception] = queue.SimpleQueue()

        def look(name: str) -> None:
            try:
                done.put(self._look_sequentially((name,), stamps))
            except Exception as error:
                done.put(error)

        for name in names:
            self._helpers.put(partial(look, name))
        found: list[RunRecord] = []
        for _name in names:
            outcome = done.get()
            if isinstance(outcome, Exception):
                raise outcome
            found += outcome
        return found

    def _start_threads(self) -> None:
        self._helpers = queue.SimpleQueue()
        for number in range(self.in_flight):
            threading.Thread(
                target=_serve, args=(self._helpers,), name=f"runtui-reader-{number}", daemon=True
            ).start()

    def rest(self) -> None:
        """End the reader threads."""
        if self._helpers is not None:
            for _helper in range(self.in_flight):
                self._helpers.put(None)
            self._helpers = None


def _serve(jobs: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
