"""Stand-ins for what controllers get of the screen: they note what was asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health
from runtui.catalog.query.model import Query
from runtui.catalog.sorting import Sort
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView, Wanted
from runtui.store.record import RunRecord
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.targets import TargetRuns


class FakeTimer:
    """A timer that goes off when the test says so."""

    def __init__(self, seconds: float, callback: Callable[[], Any]) -> None:
        self.seconds = seconds
        self.callback = callback
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True


class FakeHost:
    """A screen: its dialogs are answered, and its timers go off, when the test says so."""

    def __init__(self) -> None:
        self.dialogs: list[Any] = []
        self.timers: list[FakeTimer] = []
        self.intervals: list[FakeTimer] = []
        self.classes: set[str] = set()
        self.focused: Any = None
        self._on_result: Callable[[Any], Any] | None = None

    def show_dialog(self, dialog: Any, on_result: Callable[[Any], Any] | None = None) -> None:
        self.dialogs.append(dialog)
        self._on_result = on_result

    def answer(self, result: Any) -> Any:
        """Close the dialog with a result."""
        assert self._on_result is not None
        return self._on_result(result)

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> FakeTimer:
        self.timers.append(FakeTimer(delay, callback))
        return self.timers[-1]

    def set_interval(self, interval: float, callback: Callable[[], Any]) -> FakeTimer:
        self.intervals.append(FakeTimer(interval, callback))
        return self.intervals[-1]

    @property
    def running(self) -> list[FakeTimer]:
        """The timers that have not been stopped."""
        return [timer for timer in self.timers if not timer.is_stopped]

    def add_class(self, *names: str) -> None:
        self.classes.update(names)

    def remove_class(self, *names: str) -> None:
        self.classes.difference_update(names)

    def has_class(self, *names: str) -> bool:
        return self.classes.issuperset(names)

    def set_focus(self, widget: Any) -> None:
        self.focused = widget


class FakeBackground:
    """Does work when the test says so, or at once."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.kinds: list[str] = []
        self._at_once = at_once
        self._waiting: list[Callable[[], None]] = []

    def submit(self, kind: str, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.kinds.append(kind)
        self._waiting.append(lambda: done(job()))
        if self._at_once:
            self.finish()

    def finish(self) -> None:
        """Do what waits."""
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()


class FakeTable:
    """A table with a cursor and a selection that the test sets."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.cursor: str | None = None
        self.selection = SimpleNamespace(names=(), hidden=0)
        self.heading: Any = None
        self.has_focus = True
        self.rows: list[int] = []
        self.columns: Any = None
        self.folded: list[Any] = []

    @property
    def highlighted(self) -> RunRecord | None:
        return None if self.cursor is None else self._catalog.runs.get(self.cursor)

    @property
    def under_cursor(self) -> tuple[str, ...]:
        return () if self.cursor is None else (self.cursor,)

    def select(self, names: Iterable[str]) -> None:
        self.selection.names = tuple(names)

    def clear_selection(self) -> bool:
        had_some, self.selection.names = bool(self.selection.names), ()
        return had_some

    def move_to(self, row: int) -> None:
        self.rows.append(row)

    def show_columns(self, columns: Any) -> None:
        self.columns = columns

    def fold(self, group: Any) -> None:
        self.folded.append(group)


class FakeRows:
    """Rows that are arranged at once."""

    def __init__(self, view: RunView, keys: Iterable[str] = ()) -> None:
        self._view = view
        self._keys = frozenset(keys)

    @property
    def wanted(self) -> Wanted:
        return self._view.wanted

    def arrange(self, query: Query, sort: Sort, group: str | None = None) -> None:
        self._view.arrange(query, sort, group)
        self._view.advance()

    def needed_keys(self) -> frozenset[str]:
        return self._keys


class Browser:
    """What controllers share, on runs that the test gives.

    Attributes:
        notices: What the user was told.
        warnings: What the user was warned of.
    """

    def __init__(self, base: Path, *runs: RunRecord) -> None:
        self.sources = RunSources([str(base)])
        self.catalog = Catalog(str(base))
        self.view = RunView(self.catalog.runs)
        self.host = FakeHost()
        self.background = FakeBackground()
        self.notices: list[str] = []
        self.warnings: list[str] = []
        self.notifier = Notifier(self._notify, lambda: self.notices.clear())
        self.table: Any = FakeTable(self.catalog)
        self.targets = TargetRuns(self.catalog, self.table, self.notifier)
        self.add(*runs)

    def add(self, *runs: RunRecord) -> None:
        """Bring in runs that are new or different."""
        update = update_of(*runs)
        self.view.note(self.catalog.apply(update))
        self.view.advance()

    def _notify(self, message: str, *, severity: str, timeout: float, markup: bool) -> None:
        assert timeout > 0
        assert not markup
        (self.warnings if severity == "warning" else self.notices).append(message)


def update_of(
    *runs: RunRecord, removed: tuple[str, ...] = (), touched: Iterable[str] = (), health: Health | None = None
) -> CatalogUpdate:
    """Return the update that brings these changes."""
    changed = {run.name: run for run in runs}
    return CatalogUpdate(changed, removed, health or Health(), None, frozenset(touched))


def run_of(name: str, status: str = "completed", **values: Any) -> RunRecord:
    """Return a run whose id is its name."""
    return RunRecord(name, name, status, **values)
