"""Reading many runs: their order, and how many at once.

On a local disk one thread reads 50,000 runs a second and more threads only get in each other's way. On a
file system across a network each call waits for milliseconds, and a few calls in flight make the difference
between a second and a minute; more than a few make the server's other users wait.
"""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial

from runtui.catalog.sync.scan import judged
from runtui.layouts.registry import recognised
from runtui.store.index import read_current
from runtui.store.paths import INDEX_FILE, METADATA_FILE
from runtui.store.record import FileStamp, RunRecord, stamp_of
from runtui.store.regular_file import open_regular
from runtui.store.rows import read_record

_SLOW = 0.001  # seconds for a run, from which on calls wait for a server rather than for the processor
_MEASURED = 16  # runs whose reading time decides on threads
_INDEX_TAIL = 256 * 1024  # bytes
_INDEXED_ID = re.compile(rb'"run_id": ?"([^"\\]+)"')


class RunReader:
    """Reader of the runs of one directory; several at once where its file system is slow.

    Args:
        base: The runs directory.
        in_flight: See below.

    Attributes:
        in_flight: The greatest number of runs read at once; to be changed while it rests.
        keys: The metadata and parameter keys whose values are read.
        edited: The runs that have edits.
        answered_at: When the file system answered last, by the monotonic clock.
    """

    def __init__(self, base: str, in_flight: int) -> None:
        self._base = base
        self.in_flight = in_flight
        self._helpers: queue.SimpleQueue[Callable[[], None] | None] | None = None
        self.keys: frozenset[str] = frozenset()
        self.edited: Container[str] = ()
        self.answered_at = 0.0

    def read(self, name: str, attempts: int = 1) -> RunRecord:
        """Read one run."""
        is_edited = name in self.edited
        run = read_record(self._base, name, attempts, 0.0, is_edited=is_edited, keys=self.keys)
        return recognised(self._base, run, is_edited=is_edited, keys=self.keys)

    def look(self, names: Sequence[str], stamps: Mapping[str, FileStamp | None]) -> list[RunRecord]:
        """Return the runs `names`, read, with their liveness checked; without those that are unchanged.

        Args:
            names: The runs to look at.
            stamps: The stamps, by name, of runs that only change with their file: they cost a stat. None
                for those that are live or have edits.
        """
        if self._helpers is not None:
            return self._look_at_all(names, stamps)
        found: list[RunRecord] = []
        times = []
        for name in names[:_MEASURED]:
            began = time.perf_counter()
            found += self._look_in_turn((name,), stamps)
            times.append(time.perf_counter() - began)
        rest = names[_MEASURED:]
        # On a busy machine a few are slow for want of a processor; from a slow server all are.
        if rest and sorted(times)[len(times) // 4] > _SLOW:
            self._hire()
            return found + self._look_at_all(rest, stamps)
        return found + self._look_in_turn(rest, stamps)

    def _look_in_turn(self, names: Iterable[str], stamps: Mapping[str, FileStamp | None]) -> list[RunRecord]:
        found = []
        base, edited, now, stat = self._base, self.edited, time.time(), os.stat
        for name in names:
            stamp = stamps.get(name)
            if stamp is not None and name not in edited:
                try:
                    if stamp_of(stat(f"{base}/{name}/{METADATA_FILE}")) == stamp:
                        continue
                except OSError:
                    pass
            self.answered_at = time.monotonic()
            found.append(judged(base, self.read(name), now))
        self.answered_at = time.monotonic()
        return found

    def _look_at_all(self, names: Sequence[str], stamps: Mapping[str, FileStamp | None]) -> list[RunRecord]:
        assert self._helpers is not None
        done: queue.SimpleQueue[list[RunRecord] | Exception] = queue.SimpleQueue()

        def look(name: str) -> None:
            try:
                done.put(self._look_in_turn((name,), stamps))
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

    def _hire(self) -> None:
        self._helpers = queue.SimpleQueue()
        for number in range(self.in_flight):
            threading.Thread(
                target=_serve, args=(self._helpers,), name=f"runtui-reader-{number}", daemon=True
            ).start()

    def rest(self) -> None:
        """End the helper threads."""
        if self._helpers is not None:
            for _helper in range(self.in_flight):
                self._helpers.put(None)
            self._helpers = None


def _serve(jobs: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (job := jobs.get()) is not None:
        job()


def reading_order(base: str, known: Sequence[str], fresh: frozenset[str]) -> list[str]:
    """Return names in the best order for reading: probably the newest first.

    Of those that are `fresh` the index that classic writers keep tells which came last; it is only taken for
    a hint. Costs a look at ``current`` and at the end of the index.

    Args:
        base: The runs directory.
        known: The names known before, which keep their order.
        fresh: The others.
    """
    if not fresh:
        return list(known)
    first = dict.fromkeys(name for name in _hints(base) if name in fresh)
    return [*first, *known, *sorted(fresh.difference(first), reverse=True)]


def first_names(base: str, most: int) -> list[str]:
    """Return the names of some runs to start with, before all are listed: probably the newest.

    Costs a look at ``current`` and at the end of the index; where there is none, as much of the listing as is
    needed. A name may be gone, or not be a run.

    Raises:
        OSError: The directory cannot be listed.
    """
    names = _hints(base)[:most]
    if not names:
        with os.scandir(base) as listing:
            for entry in listing:
                if entry.name[0] != "." and entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                    if len(names) == most:
                        break
    return names


def _hints(base: str) -> list[str]:
    """Return names that the directory itself marks as the newest runs'."""
    current = read_current(base)
    names = [] if current is None else [current]
    names += [name for name in _indexed_last(base) if name not in (".", "..", current) and "/" not in name]
    return names


def _indexed_last(base: str) -> list[str]:
    try:
        with open_regular(f"{base}/{INDEX_FILE}", follow_link=True) as file:
            begin = max(0, file.status.st_size - _INDEX_TAIL)
            tail = os.pread(file.descriptor, _INDEX_TAIL, begin)
    except OSError:
        return []
    found = [name.decode(errors="surrogateescape") for name in _INDEXED_ID.findall(tail)]
    return found[::-1]
