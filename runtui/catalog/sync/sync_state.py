"""The state that the parts of a monitor share. Belongs to the monitor's thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from runtui.catalog.catalog import Health, SyncPhase
from runtui.catalog.sync.reader import RunReader
from runtui.catalog.sync.run_states import RunStates
from runtui.catalog.sync.update_batcher import UpdateBatcher
from runtui.catalog.sync.watch_plan import WatchBudget, WatchPlan
from runtui.catalog.sync.work_loop import WorkLoop
from runtui.layouts.run_tree import RunTree
from runtui.store.edits.edit_index import edited_below, edited_runs
from runtui.store.index import read_current
from runtui.store.record import RunRecord

# While a classic writer saves in a loop, nine of ten reads find its file empty or half written.
_ATTEMPTS = 6


@dataclass(slots=True)
class SyncState:
    """The state of one runs directory, and the reading of its runs.

    Attributes:
        base: The runs directory.
        budget: Limits to the cost of watching.
        loop: The thread's jobs and timers.
        known: The last known state of the runs.
        batcher: Gets the changes.
        reader: Reads runs.
        on_base_lost: Called when the whole directory is gone.
        tree: The directory's runs, and those in folders below it.
        edited: When each run with edits was last edited, as of the last check.
        plan: The watch plan; None until all runs have been read once.
        events_failure: Why there are no events; ``""`` if they did not fail.
        crash: The error that ended the monitor; ``""`` while it works.
        scheduler_silence: What schedulers did not answer, in one line, or ``""``.
        reread: The runs read one by one since a full scan began, whose findings may be older; None
            while no scan is going on.
        read_keys: The keys that all runs have been read with.
        busy_since: When the file system was first asked for the job at hand, by the monotonic clock; None
            between jobs.
    """

    base: str
    budget: WatchBudget
    loop: WorkLoop
    known: RunStates
    batcher: UpdateBatcher
    reader: RunReader
    on_base_lost: Callable[[], None]
    tree: RunTree
    edited: Mapping[str, int] = field(default_factory=dict)
    plan: WatchPlan | None = None
    events_failure: str = ""
    crash: str = ""
    scheduler_silence: str = ""
    reread: set[str] | None = None
    read_keys: frozenset[str] = frozenset()
    busy_since: float | None = None

    # Health

    def mark_busy(self) -> None:
        """Record that a request to the file system is pending."""
        self.busy_since = time.monotonic()

    def unanswered_for(self) -> float:
        """Return for how many seconds the file system has not answered. Can be called from any thread."""
        since = self.busy_since
        return 0.0 if since is None else time.monotonic() - max(since, self.reader.answered_at)

    def report(self, phase: SyncPhase | None = None, read: int = 0, total: int | None = None) -> None:
        """Publish how complete and current the catalog is with the next update.

        Args:
            phase: The stage of completeness; by default as before.
            read: How many runs have been read.
            total: How many runs there are; by default the number of known runs.
        """
        phase = self.batcher.health.phase if phase is None else phase
        plan = self.plan
        self.batcher.health = Health(
            phase,
            read,
            len(self.known.runs) if total is None else total,
            plan is not None and plan.by_events,
            0 if plan is None else len(plan.watched) + len(plan.polled),
            0 if plan is None else plan.swept,
            0.0 if plan is None else plan.sweep_interval,
            self._notice(phase),
            self.read_keys,
        )

    def _notice(self, phase: SyncPhase) -> str:
        if self.crash:
            return f"what is shown may be old, start anew: watching failed ({self.crash})"
        if phase is SyncPhase.UNREACHABLE:
            return "the runs directory is gone; waiting for it to come back"
        if self.events_failure:
            return f"polling: {self.events_failure}"
        current = self.batcher.current
        if current is not None and current not in self.known.runs and phase is SyncPhase.FRESH:
            return "current points to a run that is not there"
        if phase is SyncPhase.FRESH and not self.known.runs:
            return self.tree.others_text
        return self.scheduler_silence or self.tree.problem

    # Reading

    def reread_run(self, name: str) -> None:
        """Read one run and publish its changes."""
        self.mark_busy()
        if self.reread is not None:
            self.reread.add(name)
        self.update(self.reader.read(name, _ATTEMPTS))

    def reread_known(self, names: Iterable[str]) -> None:
        """Read the known ones of these runs again."""
        for name in names:
            if name in self.known.runs:
                self.reread_run(name)

    def update(self, run: RunRecord, *, is_judged: bool = False) -> None:
        """Record the changes of a run that was just read.

        Args:
            run: The run.
            is_judged: Whether its liveness has been checked.
        """
        if not self.tree.take(run):
            self.known.forget(run.name)
        elif not self.known.take_in(run, is_judged=is_judged):
            self.on_base_lost()

    def read_found(self) -> None:
        """Look into the directories that may hold runs, and read those."""
        while names := self.tree.unread():
            self.mark_busy()
            self.find_edited()
            for run in self.reader.look(names, {}):
                self.update(run, is_judged=True)

    def find_edited(self) -> None:
        """Find the runs that users have edited."""
        self.edited = self.reader.edited = edited_runs(self.base) | edited_below(self.base, self.tree.folders)

    def reread_edited(self) -> None:
        """Read the runs again that users have edited since the last check."""
        before = self.edited
        self.find_edited()
        self.reread_known([name for name, moment in self.edited.items() if before.get(name) != moment])

    def read_current(self) -> None:
        """Read the target of ``current``."""
        self.batcher.current = read_current(self.base)
