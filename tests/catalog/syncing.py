"""The parts of a monitor without its thread: a test is the thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from runtui.catalog.catalog import Catalog, CatalogUpdate
from runtui.catalog.sync.reader import RunReader
from runtui.catalog.sync.run_states import RunStates
from runtui.catalog.sync.sync_state import SyncState
from runtui.catalog.sync.update_batcher import UpdateBatcher
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.catalog.sync.work_loop import WorkLoop
from runtui.layouts.run_tree import RunTree


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Parts:
    """The state of a directory, with a clock that a test sets, and the catalog that its updates make."""

    def __init__(self, base: Path) -> None:
        self.clock = Clock()
        self.catalog = Catalog(str(base))
        self.touched: set[str] = set()
        self.batcher = UpdateBatcher(self._publish)
        self.losses = 0
        self.activity = 0
        self.state = SyncState(
            str(base),
            WatchBudget(),
            WorkLoop(self.clock),
            RunStates(str(base), self.batcher, self._note_activity),
            self.batcher,
            RunReader(str(base), 1),
            self._note_loss,
            RunTree(str(base)),
        )

    def _publish(self, update: CatalogUpdate) -> None:
        self.catalog.apply(update)
        self.touched |= update.touched

    def _note_loss(self) -> None:
        self.losses += 1

    def _note_activity(self) -> None:
        self.activity += 1

    def read(self, *names: str) -> None:
        for name in names:
            self.state.reread_run(name)

    def after(self, seconds: float) -> None:
        """Let so much time pass and run what is due then."""
        self.clock.now += seconds
        self.state.loop.run_due()


def nothing() -> None:
    """Do nothing, as a job or a callback."""


def noting(noted: list[str], name: str) -> Callable[[], None]:
    """Return a job that notes that it was run."""
    return lambda: noted.append(name)
