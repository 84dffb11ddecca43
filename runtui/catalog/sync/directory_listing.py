"""Listing of a runs directory, to find new and removed runs, and to notice a missing directory."""

from __future__ import annotations

from collections.abc import Sequence

from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.full_scan import BATCH, FullScan
from runtui.catalog.sync.runs_watch import RunsWatch
from runtui.catalog.sync.sync_state import SyncState

_FEW_NEW = 64  # runs that are read without giving other jobs a turn in between
_ABSENT_INTERVAL = 2.0  # seconds between two checks for a directory that is gone


class DirectoryListing:
    """Periodic listing of a runs directory.

    Args:
        state: The directory.
        watch: Watches it.
        full_scan: Reads it.
    """

    def __init__(self, state: SyncState, watch: RunsWatch, full_scan: FullScan) -> None:
        self._state = state
        self._watch = watch
        self._full_scan = full_scan

    def start(self) -> None:
        """Start listing the directory periodically, unless that was done already."""
        self._state.loop.ensure_timer(self.list_now, self._state.budget.list_interval)

    def list_soon(self) -> None:
        """List the directory after the current job."""
        self._state.loop.set_timer(self.list_now, 0.0)

    def list_now(self) -> None:
        """Find runs that are new or gone; postpone that while many are being read."""
        state, known = self._state, self._state.known
        if self._full_scan.is_reading:
            self.list_soon()
            return
        state.loop.cancel_timer(self.list_now)
        interval = (state.plan or state.budget).list_interval
        try:
            present = set(state.tree.names())
            self._watch.identify_base()
        except OSError:
            self.lose_base()
            return
        # Usually they are the same, and comparing the lists costs a tenth of computing the differences.
        is_different = present != known.runs.keys()
        if is_different:
            known.forget_all_but(present)
        state.reread_edited()
        if is_different and not self._read_new(sorted(present.difference(known.runs))):
            return
        self._watch.update()
        state.read_current()
        state.report(SyncPhase.FRESH)
        # A listing may have been requested meanwhile.
        state.loop.ensure_timer(self.list_now, interval)

    def _read_new(self, names: Sequence[str]) -> bool:
        """Read new runs; return False if stopped."""
        state = self._state
        if len(names) <= _FEW_NEW:
            for name in names:
                state.reread_run(name)
                state.batcher.flush()
            state.read_found()
            return True
        # Many new runs usually mean that the file system is back: it may be slow, and other jobs are waiting.
        with self._full_scan.postponed():
            for begin in range(0, len(names), BATCH):
                for run in state.reader.look(names[begin : begin + BATCH], {}):
                    state.update(run, is_judged=True)
                state.batcher.flush()
                if not state.loop.run_submitted():
                    return False
            state.read_found()
            state.reader.rest()
        self._full_scan.run_if_wanted()
        return True

    def reread(self, names: Sequence[str]) -> None:
        """List the directory and read these runs again, after an operation on them."""
        before = self._state.edited
        self.list_now()
        # Runs with a new edit have just been read.
        edited = self._state.edited
        self._state.reread_known([name for name in names if edited.get(name) == before.get(name)])

    def lose_base(self) -> None:
        """Keep the last known state of the runs, and wait for the directory to return."""
        self._watch.forget_base()
        self._state.report(SyncPhase.UNREACHABLE)
        self._state.loop.set_timer(self.list_now, _ABSENT_INTERVAL)
