"""A monitor's periodic checks, independent of the watch plan: sweep, check liveness, fold edits."""

from __future__ import annotations

import os

from runtui.catalog.sync.round_robin import RoundRobin
from runtui.catalog.sync.sync_state import SyncState
from runtui.store.edits.fold import fold
from runtui.store.index import index_edits
from runtui.store.paths import METADATA_FILE
from runtui.store.record import stamp_of
from runtui.store.value_files import are_unchanged

_SWEEP_TICK = 2.0  # seconds
_LIVENESS_TICK = 2.0  # seconds
_LIVENESS_INTERVAL = 15.0  # seconds between two checks of the same run
_MOST_CHECKED = 2  # live runs at a tick, as each costs half a dozen calls
_FOLD_INTERVAL = 20.0  # seconds


class PeriodicChecks:
    """Round-robin checks of a few runs at a time.

    Args:
        state: The runs directory.
    """

    def __init__(self, state: SyncState) -> None:
        self._state = state
        self._sweep_rounds = RoundRobin()
        self._liveness_rounds = RoundRobin()

    def start(self) -> None:
        """Start; the first checks are due after their intervals."""
        set_timer = self._state.loop.set_timer
        set_timer(self._sweep, _SWEEP_TICK)
        set_timer(self._check_liveness, _LIVENESS_TICK)
        set_timer(self._fold_edits, _FOLD_INTERVAL)

    def _sweep(self) -> None:
        """Check the next few of all runs; a stat tells whether a run must be read."""
        state, runs = self._state, self._state.known.runs
        interval = 0.0 if state.plan is None else state.plan.sweep_interval
        most = int(state.budget.sweep_rate * _SWEEP_TICK)
        for name in self._sweep_rounds.take(most, runs.keys, interval):
            run = runs.get(name)
            if run is None:
                continue
            state.mark_busy()
            try:
                path = f"{state.base}/{name}"
                stamp = stamp_of(os.stat(path if run.layout else f"{path}/{METADATA_FILE}"))
            except OSError:
                stamp = None
            if stamp != run.stamp or (
                run.values_stamp and not are_unchanged(f"{state.base}/{name}", run.values_stamp)
            ):
                state.reread_run(name)
        state.loop.set_timer(self._sweep, _SWEEP_TICK)

    def _check_liveness(self) -> None:
        """Check whether the next few live runs are really alive."""
        state, known = self._state, self._state.known
        for name in self._liveness_rounds.take(_MOST_CHECKED, known.live, _LIVENESS_INTERVAL):
            run = known.runs.get(name)
            if run is not None and run.is_live:
                state.mark_busy()
                if run.layout:
                    state.reread_run(name)  # its liveness follows from its files, of any of its folders
                else:
                    known.judge(run)
        state.loop.set_timer(self._check_liveness, _LIVENESS_TICK)

    def _fold_edits(self) -> None:
        """Fold edits into the metadata of runs whose writer is done, where this user may."""
        state, folded = self._state, []
        for name in state.edited:
            run = state.known.runs.get(name)
            if run is not None and run.edits and not run.conflict and not run.is_live:
                folded += [name] if fold(state.base, name).folded else []
        index_edits(state.base, folded)
        state.loop.set_timer(self._fold_edits, _FOLD_INTERVAL)
