"""Reading a whole directory in other processes, so that the screen has a processor to itself.

In one process, reading and drawing take turns, so that 100,000 runs take twice as long, and keys wait. A scan
is started before the screen is imported, and its first runs are there when the screen is painted. If no
process can be started, runs are read in the process itself.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple

from runtui.catalog.sync.cache import CachedRuns
from runtui.catalog.sync.cache_blocks import unpack
from runtui.catalog.sync.scan_protocol import HEAD, Frame
from runtui.store.record import RunRecord
from runtui.store.worker_process import start_helper

MANY_RUNS = 2000
"""Number of runs from which it pays to start another process to read them."""

_MOST_PROCESSES = 2
_SCAN_WORKER = "runtui.catalog.sync.scan_worker"
_places = threading.BoundedSemaphore(_MOST_PROCESSES)


class Found(NamedTuple):
    """A part of a scan's results.

    Attributes:
        kind: The kind of frame.
        number: A count; see `Frame`.
        runs: The runs of `Frame.RUNS`.
        names: The names of `Frame.LISTED`, `Frame.VANISHED` and `Frame.OTHERS`.
    """

    kind: Frame
    number: int = 0
    runs: tuple[RunRecord, ...] = ()
    names: tuple[str, ...] = ()


class ScanError(Exception):
    """A scan did not complete."""


class ScanProcess:
    """A scan of a directory by another process, or by two if there are many runs.

    Args:
        base: The runs directory.
        keys: The metadata and parameter keys whose values are read.
        in_flight: The greatest number of runs read at once.
        cached: Known runs, of which only changed ones are reported.
        patience: Seconds to wait for another scan to end, as only two processes may read at once.
        with_names: Whether to report the names of all runs, too.
        rest: Most seconds to wait for `resume` after a screenful of runs, if none are cached. Two processors
            may be threads of one core: while two processes read, importing the screen takes a tenth longer.

    Raises:
        OSError: No process can be started, or two of them are reading already.
    """

    def __init__(
        self,
        base: str,
        keys: frozenset[str],
        in_flight: int,
        cached: CachedRuns | None = None,
        patience: float = 0.0,
        *,
        with_names: bool = False,
        rest: float = 0.0,
    ) -> None:
        self.keys = keys
        self.with_names = with_names
        self._cached = cached
        self._frames: queue.SimpleQueue[tuple[Frame, int, bytes] | None] = queue.SimpleQueue()
        self._first: list[Found] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._shares = 1
        self._is_stopped = False
        self._talking = threading.Lock()  # prevents closing a pipe during a write to it
        if not sys.executable or not _places.acquire(timeout=patience):
            raise OSError("no more processes")
        # If a stat is enough for each run, one process is done before a second has started.
        self._has_second_place = cached is None and _places.acquire(blocking=False)
        of = 1 + self._has_second_place
        self._task = {
            "base": os.fsencode(base).hex(),
            "keys": sorted(keys),
            "in_flight": in_flight,
            "cache": None if cached is None else cached.file.descriptor,
            "of": of,
            "with_names": with_names,
            "rest": rest,
        }
        try:
            self._start(0)
        except OSError:
            self._leave_second_place()
            raise

    def _start(self, share: int) -> None:
        """Start the process of a share; release its place if that fails."""
        task = json.dumps(self._task | {"share": share})
        descriptors = [] if self._cached is None else [self._cached.file.descriptor]
        try:
            process = start_helper(_SCAN_WORKER, [task], descriptors)
        except OSError:
            _places.release()
            raise
        self._processes.append(process)
        if self._is_stopped:
            process.kill()
        threading.Thread(target=self._receive, args=(process,), name="runtui-scan", daemon=True).start()

    def _leave_second_place(self) -> None:
        if self._has_second_place:
            self._has_second_place = False
            _places.release()

    def _receive(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        is_done = False
        try:
            while len(head := process.stdout.read(HEAD.size)) == HEAD.size:
                letter, number, size = HEAD.unpack(head)
                data = process.stdout.read(size)
                if len(data) < size:
                    break
                kind = Frame(letter)
                if kind is Frame.SHARED:
                    self._share_out()
                    continue
                is_done = is_done or kind in _LAST
                self._frames.put((kind, number, data))
        finally:
            if not is_done:
                self._frames.put(None)
            with self._talking:
                process.stdin.close()
            process.stdout.close()
            process.wait()
            _places.release()
            if process is self._processes[0]:
                self._leave_second_place()

    def _share_out(self) -> None:
        """Start a second process, for the runs that the first one leaves to it."""
        self._shares, self._has_second_place = 2, False
        try:
            self._start(1)
        except OSError:
            self._frames.put(None)

    def first(self) -> tuple[RunRecord, ...]:
        """Return the first runs if they have arrived. Does not wait."""
        while not self._frames.empty():
            frame = self._frames.get()
            if frame is None:
                self._frames.put(None)
                break
            self._first.append(_understood(*frame))
            if self._first[-1].runs:
                return self._first[-1].runs
        return ()

    def found(self, wait: float) -> Iterator[Found | None]:
        """Yield results, and None whenever there are none for `wait` seconds.

        Raises:
            ScanError: A process ended before it was done.
        """
        done = 0
        while done < self._shares:
            if self._first:
                found = self._first.pop(0)
            else:
                try:
                    frame = self._frames.get(timeout=wait)
                except queue.Empty:
                    yield None
                    continue
                if frame is None:
                    raise ScanError("a process that reads runs has ended")
                found = _understood(*frame)
            done += found.kind in _LAST
            yield found

    def resume(self) -> None:
        """Tell the processes to read everything. Can be called at any time, and repeatedly."""
        with self._talking:
            for process in self._processes:
                assert process.stdin is not None
                try:
                    if not process.stdin.closed:
                        os.write(process.stdin.fileno(), b"\n")
                except OSError:
                    pass  # it has ended

    def stop(self) -> None:
        """Stop the scan. Does not wait, because a process in a hanging call cannot end."""
        self._is_stopped = True
        for process in self._processes:
            process.kill()


_LAST = (Frame.DONE, Frame.GONE)


def _understood(kind: Frame, number: int, data: bytes) -> Found:
    if kind is Frame.RUNS:
        return Found(kind, number, runs=tuple(unpack(data, number)))
    return Found(kind, number, names=tuple(os.fsdecode(data).split("\0")[:-1]))
