"""Keeping a catalog up to date: a daemon thread that reads, watches, polls and sweeps by the watch plan.

All file access of the catalog happens in it, so that a hanging file system blocks this thread and nothing
else. It publishes changes through one callback, at most ten times a second.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui.catalog.catalog import CatalogUpdate, SyncPhase
from runtui.catalog.sync.cache import CachedRuns, RunsCache
from runtui.catalog.sync.digest_worker import DigestReader
from runtui.catalog.sync.directory_listing import DirectoryListing
from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.full_scan import FullScan
from runtui.catalog.sync.periodic_checks import PeriodicChecks
from runtui.catalog.sync.reader import RunReader
from runtui.catalog.sync.run_states import RunStates
from runtui.catalog.sync.runs_watch import RunsWatch
from runtui.catalog.sync.scan_process import ScanProcess
from runtui.catalog.sync.sync_state import SyncState
from runtui.catalog.sync.update_batcher import UpdateBatcher
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.catalog.sync.work_loop import WorkLoop
from runtui.layouts.run_tree import RunTree
from runtui.store.record import JobStatus

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule

_SAVE_DELAY = 3.0  # seconds after a scan
_SAVE_INTERVAL = 120.0  # seconds
_SAVE_SHARE = 1000.0  # factor of the time of a save, for the pause until the next one
_MOST_SAVED_LAST = 20_000  # runs, above which they are not saved once more at the end
_HUNG_AFTER = 1.0  # seconds without an answer after which `stop` does not wait for one


class RunsMonitor:
    """Monitor of one runs directory.

    Args:
        base: The runs directory.
        publish: Called in the monitor's thread with changes.
        limits: Limits to the cost of watching.
        file_system: The file system of the directory; by default it is detected.
        cache: The cache of the last known state; None for no cache.
        cached: Contents of the cache, if it was loaded already.
        scan_process: Processes that are reading the directory already.
        keys: The metadata and parameter keys whose values are read from the beginning.
        folder: The prefix of its runs in a catalog of several directories; see `RunRecord.folder`.
        only: The only entries of the directory that count; none for all.
        rules: The user's rules for failures.
    """

    def __init__(
        self,
        base: str,
        publish: Callable[[CatalogUpdate], None],
        limits: WatchBudget | None = None,
        file_system: FileSystem | None = None,
        cache: RunsCache | None = None,
        cached: CachedRuns | None = None,
        scan_process: ScanProcess | None = None,
        keys: frozenset[str] = frozenset(),
        folder: str = "",
        only: Sequence[str] = (),
        rules: Sequence[OwnRule] = (),
    ) -> None:
        base = os.path.abspath(base)
        budget = limits or WatchBudget()
        self._cache = cache
        self._cached = cached
        self._loop = WorkLoop()
        self._batcher = UpdateBatcher(publish)
        self._known = RunStates(base, self._batcher, lambda: self._watch.replan_soon(), folder)
        reader = RunReader(base, budget.in_flight)
        reader.keys = keys
        self._state = SyncState(
            base,
            budget,
            self._loop,
            self._known,
            self._batcher,
            reader,
            on_base_lost=lambda: self._listing.lose_base(),
            tree=RunTree(base, only),
        )
        self._digests = DigestReader(
            base, lambda found: self._loop.submit(partial(self._known.take_digests, found)), rules
        )
        self._full_scan = FullScan(self._state, self._finish_scan, scan_process)
        self._watch = RunsWatch(
            self._state,
            list_now=lambda: self._listing.list_now(),
            list_soon=lambda: self._listing.list_soon(),
            file_system=file_system,
        )
        self._listing = DirectoryListing(self._state, self._watch, self._full_scan)
        self._checks = PeriodicChecks(self._state)
        self._thread = threading.Thread(target=self._run, name="runtui-monitor", daemon=True)

    # Called from other threads

    def start(self) -> None:
        """Start. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop. Waits only briefly, even if the file system does not answer."""
        self._digests.stop()
        self._loop.stop()
        # A user who quits at once may do so before it was started.
        if self._thread.ident is not None:
            self._thread.join(0.0 if self.unanswered_for() > _HUNG_AFTER else 0.5)
        self._watch.stop()

    def focus(self, name: str | None) -> None:
        """Watch the run on screen closely; None for no run."""
        self._loop.submit(partial(self._set_focus, name))

    def refresh(self) -> None:
        """Read everything again now, and try events again if they failed."""
        self._loop.submit(self._watch.retry_events)
        self._loop.submit(self._full_scan.request)

    def look_at(self, names: Collection[str]) -> None:
        """Read these runs and list the directory now, after an operation on them."""
        self._loop.submit(partial(self._listing.reread, tuple(names)))

    def apply_job_states(self, states: Mapping[str, JobStatus], silent: Sequence[str] = ()) -> None:
        """Apply what schedulers say of the jobs of runs.

        Args:
            states: The states by run.
            silent: What did not answer, in one line each.
        """
        self._loop.submit(partial(self._apply_job_states, states, "; ".join(silent)))

    def want_keys(self, keys: frozenset[str]) -> None:
        """Also read the values of these metadata and parameter keys of all runs."""
        self._loop.submit(partial(self._full_scan.want_keys, keys))

    def want_warnings(self, names: Collection[str]) -> None:
        """Read the logs of these runs, if they completed, for signs that something is wrong."""
        self._loop.submit(partial(self._want_warnings, tuple(names)))

    def unanswered_for(self) -> float:
        """Return for how many seconds the file system has not answered; 0 if no request is pending."""
        return self._state.unanswered_for()

    # The thread

    def _run(self) -> None:
        try:
            self._keep_fresh()
            if len(self._known.runs) <= _MOST_SAVED_LAST:
                self._save()
        except Exception as error:
            self._state.crash = f"{type(error).__name__}: {error}"
            self._state.report()
            self._batcher.flush(now=True)
            raise

    def _keep_fresh(self) -> None:
        self._state.mark_busy()
        cached, self._cached = self._cached, None
        if cached is None and self._cache is not None:
            cached = self._cache.load()
        if cached is not None and not self._full_scan.show_cached(cached):
            return
        if not self._watch.detect_file_system().has_events:
            self._digests.call_rate = self._state.budget.sweep_rate
        self._full_scan.run()
        self._checks.start()
        self._loop.ensure_timer(self._save, _SAVE_INTERVAL)
        self._listing.start()
        while self._serve():
            pass

    def _serve(self) -> bool:
        """Wait for the next job and do it; return False if stopped."""
        self._state.busy_since = None
        job = self._loop.wait(self._known.next_retry(), self._batcher.wake())
        if job is None:
            return False
        self._state.mark_busy()
        job()
        self._loop.run_due()
        for name in self._known.to_be_retried():
            self._state.reread_run(name)
        self._state.read_found()
        self._want_digests()
        self._batcher.flush()
        return True

    def _finish_scan(self) -> None:
        self._watch.identify_base()
        self._state.read_current()
        self._watch.replan()
        self._state.report(SyncPhase.FRESH)
        self._batcher.flush(now=True)
        self._loop.set_timer(self._save, _SAVE_DELAY)
        self._want_digests()

    def _save(self) -> None:
        """Save the runs for the next session."""
        took = 0.0
        if self._cache is not None and not self._known.is_saved:
            began = time.monotonic()
            try:
                self._cache.save(self._known.runs.values(), self._state.reader.keys)
            except OSError:
                self._cache = None
            self._known.is_saved = True
            took = time.monotonic() - began
        self._loop.set_timer(self._save, max(_SAVE_INTERVAL, _SAVE_SHARE * took))

    def _set_focus(self, name: str | None) -> None:
        self._digests.put_first(name)
        self._watch.set_focus(name)

    def _apply_job_states(self, states: Mapping[str, JobStatus], silence: str) -> None:
        if silence != self._state.scheduler_silence:
            self._state.scheduler_silence = silence
            self._state.report()
        for run in self._known.note_job_states(states):
            self._state.mark_busy()
            self._known.judge(run)

    def _want_warnings(self, names: Sequence[str]) -> None:
        if runs := self._known.without_warning(names):
            self._digests.want(runs)

    def _want_digests(self) -> None:
        """Queue failed runs for a digest; called only after all runs have been read."""
        if runs := self._known.undigested():
            self._digests.want(runs)
