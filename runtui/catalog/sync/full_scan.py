"""Reading a whole runs directory: the first scan, and further ones for a refresh or further keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.cache import CachedRuns
from runtui.catalog.sync.reading_order import first_names, reading_order
from runtui.catalog.sync.scan_process import MANY_RUNS, ScanError, ScanProcess
from runtui.catalog.sync.scan_protocol import Frame
from runtui.catalog.sync.sync_state import SyncState
from runtui.store.record import RecordState, RunRecord

BATCH = 256
"""Number of runs read between two checks for other work."""

_FIRST_BATCH = 64  # runs: a screenful
_PUBLISH_INTERVAL = 0.4  # seconds; each of many updates costs as much as reading thousands of runs
_SCAN_BEAT = 0.05  # seconds without runs from a scan process, after which other jobs have their turn
_SCAN_PATIENCE = 0.5  # seconds to wait for another scan process to end


class FullScan:
    """Scan of a runs directory that reads all runs and publishes them as they are read.

    Args:
        state: The directory.
        on_complete: Called when all runs have been read.
        scan_process: Processes that are reading the directory already.
    """

    def __init__(
        self, state: SyncState, on_complete: Callable[[], None], scan_process: ScanProcess | None = None
    ) -> None:
        self._state = state
        self._on_complete = on_complete
        self._scan_process = scan_process
        self._is_wanted = False

        self.is_reading = False
        """Whether many runs are being read, so that other scans and listings have to wait."""

    # Requests

    def request(self) -> None:
        """Request a scan of all runs: now, or after the current one."""
        self._is_wanted = True
        if not self.is_reading:
            self.run()

    def want_keys(self, keys: frozenset[str]) -> None:
        """Read the values of these keys of all runs, unless they are read already."""
        if not keys <= self._state.reader.keys:
            self._state.reader.keys = keys
            self.request()

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Postpone scans until `run_if_wanted`."""
        self.is_reading = True
        try:
            yield
        finally:
            self.is_reading = False

    def run_if_wanted(self) -> None:
        """Read all runs if that was requested meanwhile."""
        if self._is_wanted:
            self.run()

    # The scan

    def show_cached(self, cached: CachedRuns) -> bool:
        """Publish the cached state of the runs; return False if stopped."""
        state, reader = self._state, self._state.reader
        # The cached rows lack keys that were not requested in the last session.
        self._is_wanted = not reader.keys <= cached.keys
        reader.keys |= cached.keys
        self.is_reading = True  # the scan follows, with all keys requested meanwhile
        for runs in cached.blocks():
            state.known.take_cached(runs)
            state.tree.learn([run.name for run in runs if run.layout or "/" in run.name])
            state.report(SyncPhase.READING, 0, cached.total)
            state.batcher.flush(now=True)
            if not state.loop.run_submitted():
                return False
        return True

    def run(self) -> None:
        """Read all runs: of known ones only those that changed, unless further keys are requested."""
        self.is_reading = True
        try:
            self._read_all()
            while self._is_wanted:
                self._read_all()
            self._state.read_keys = self._state.reader.keys
        except _StoppedError:
            return
        except OSError:
            self._state.on_base_lost()
            return
        finally:
            self.is_reading = False
            self._state.reread = None
        self._on_complete()

    def _read_all(self) -> None:
        """Read all runs, unless further keys are requested meanwhile, which requires another scan.

        Raises:
            _StoppedError: The monitor is to stop.
            OSError: The directory cannot be listed.
        """
        is_complete, self._is_wanted = self._is_wanted, False
        self._state.find_edited()
        self._state.reread = set()
        scan_process = self._take_scan_process(is_complete)
        if scan_process is None:
            self._read_here(is_complete)
            return
        try:
            self._follow(scan_process)
        except ScanError:
            self._read_here(is_complete)
        finally:
            scan_process.stop()

    def _take_scan_process(self, is_complete: bool) -> ScanProcess | None:
        """Return the processes that are reading already, or start some if there is much to read."""
        state = self._state
        scan_process, self._scan_process = self._scan_process, None
        if scan_process is not None:
            if not is_complete and state.reader.keys <= scan_process.keys:
                return scan_process
            scan_process.stop()
        if is_complete and len(state.known.runs) >= MANY_RUNS:
            try:
                return ScanProcess(
                    state.base,
                    state.reader.keys,
                    state.budget.in_flight,
                    patience=_SCAN_PATIENCE,
                    with_names=True,
                )
            except OSError:
                pass
        return None

    def _follow(self, scan_process: ScanProcess) -> None:
        """Publish the results of scan processes until they are complete or further keys are requested."""
        state, known = self._state, self._state.known
        done = total = 0
        for found in scan_process.found(_SCAN_BEAT):
            if found is not None:
                state.mark_busy()
                if found.kind is Frame.GONE:
                    raise FileNotFoundError(state.base)
                if found.kind is Frame.LISTED:
                    total = found.number
                    if scan_process.with_names:
                        known.forget_all_but(frozenset((*found.names, *state.tree.below())))
                    state.batcher.hold()
                elif found.kind is Frame.VANISHED:
                    for name in found.names:
                        known.forget(name)
                elif found.kind is Frame.LOOKED:
                    done += found.number
                elif found.kind is Frame.OTHERS:
                    self._read(found.names)
                else:
                    self._add(found.runs)
            self._report_progress(done, total)
            if self._is_wanted:
                return
        if (
            len(known.runs) < total or not known.runs
        ):  # where logs alone lie, only a listing here tells of them
            self._read(sorted(set(state.tree.names()).difference(known.runs)))
        self._read_found()

    def _read(self, names: Sequence[str]) -> None:
        for run in self._state.reader.look(names, {}):
            self._state.update(run, is_judged=True)

    def _add(self, runs: Sequence[RunRecord]) -> None:
        """Record runs of a scan process, unless they have been read here since."""
        known, reread, new = self._state.known.runs, self._state.reread or (), []
        for run in runs:
            if run.name in reread:
                continue
            if run.name in known:
                self._state.update(run, is_judged=True)
            else:
                new.append(run)
        if new:
            tree = self._state.tree
            tree.learn([new[0].name])
            self._state.known.take_new(
                [run for run in new if not (run.layout or run.may_hold_runs) or tree.take(run)]
            )

    def _report_progress(self, done: int, total: int) -> None:
        """Publish results now and then, and handle requests that arrived meanwhile.

        Raises:
            _StoppedError: The monitor is to stop.
        """
        state, batcher = self._state, self._state.batcher
        is_first = 0 < len(batcher) == len(state.known.runs)
        if is_first or batcher.is_due:
            state.report(SyncPhase.READING if total else SyncPhase.LISTING, done, total or None)
            batcher.flush(now=is_first)
            batcher.hold(_PUBLISH_INTERVAL)
        if not state.loop.run_submitted():
            raise _StoppedError

    def _read_here(self, is_complete: bool) -> None:
        """Read all runs in this process."""
        state, known = self._state, self._state.known
        if not known.runs:
            self._read_first()
        present = frozenset(state.tree.names())
        known.forget_all_but(present)
        order = reading_order(state.base, tuple(known.runs), present.difference(known.runs))
        settled = {} if is_complete else known.settled()
        state.report(SyncPhase.READING, 0, len(order))
        state.batcher.hold()
        done = 0
        while done < len(order) and not self._is_wanted:
            state.mark_busy()
            batch = order[done : done + (BATCH if done else _FIRST_BATCH)]
            for run in state.reader.look(batch, settled):
                state.update(run, is_judged=True)
            done += len(batch)
            self._report_progress(done, len(order))
        if not self._is_wanted:
            self._read_found()
        state.reader.rest()

    def _read_found(self) -> None:
        """Look into the directories that may hold runs, and read those, of which there may be very many.

        What is left when further keys are requested meanwhile, is read by the scan that follows.
        """
        state = self._state
        while names := state.tree.unread():
            state.find_edited()
            done, order = 0, sorted(names, reverse=True)  # probably the newest first
            while done < len(order) and not self._is_wanted:
                state.mark_busy()
                batch = order[done : done + (BATCH if done else _FIRST_BATCH)]
                for run in state.reader.look(batch, {}):
                    state.update(run, is_judged=True)
                done += len(batch)
                self._report_progress(done, len(order))
            if self._is_wanted:
                return

    def _read_first(self) -> None:
        """Read a screenful, because listing a large directory, let alone reading it, takes too long."""
        state = self._state
        for run in state.reader.look(first_names(state.base, _FIRST_BATCH), {}):
            if run.state is RecordState.READ:
                state.update(run, is_judged=True)
        state.report(SyncPhase.LISTING)
        state.batcher.flush(now=True)


class _StoppedError(Exception):
    """The monitor is to stop."""
