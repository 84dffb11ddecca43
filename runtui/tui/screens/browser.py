"""The browser: the table of runs, the details and the log of the one under the cursor."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from runtui.catalog.catalog import Catalog, CatalogUpdate, Phase
from runtui.catalog.columns import COLUMNS, COLUMNS_BY_KEY, DIRECTORY
from runtui.catalog.live import LiveRuns
from runtui.catalog.view import RunView, Sort
from runtui.store.paths import LOGS_DIR
from runtui.store.record import RunRecord
from runtui.store.safe_text import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.background import Background
from runtui.tui.widgets.bars import StatusBar, SummaryBar
from runtui.tui.widgets.detail_pane import DetailPane
from runtui.tui.widgets.log_pane import LogPane
from runtui.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from runtui.store.details import RunDetails
    from runtui.tui.widgets.filter_bar import FilterBar

_REST_BEFORE_READING = 0.12
_REST_BEFORE_ASKING = 0.3
_LEAST_BETWEEN_DETAILS = 1.0
_TICK = 10.0
_LISTEN_INTERVAL = 2.0
_MOMENT = 0.02  # seconds for which the rows are arranged before keys get their turn
_BREATH = 0.001


class BrowserScreen(Screen[None]):
    """Shows runs directories.

    Args:
        bases: The runs directories.
    """

    BINDINGS = bindings_of(Place.BROWSER, Place.EVERYWHERE)

    @dataclass
    class Updated(Message):
        """The monitor found changes."""

        update: CatalogUpdate

    def __init__(self, bases: Sequence[str]) -> None:
        super().__init__()
        self._live = LiveRuns(bases, self._pass_on)
        self._base = self._live.base
        self._catalog = Catalog(self._base)
        self._view = RunView()
        self._background = Background(self)
        self._shown: str | None = None
        self._arranging: Timer | None = None
        self._asking: Timer | None = None
        self._reading: Timer | None = None
        self._details_due: Timer | None = None
        self._filter: FilterBar | None = None

    def compose(self) -> ComposeResult:
        yield SummaryBar(id="summary")
        yield RunsTable(self._view, () if self._live.is_one else (DIRECTORY,), id="runs")
        with Horizontal(id="panes"):
            yield DetailPane(id="details")
            yield LogPane(self._base, self._background, id="log")
        yield StatusBar(id="status")

    def on_mount(self) -> None:
        # Runs that are read stay: going through them all again and again would double the time it takes.
        gc.disable()
        self._show_summary()
        self._say_why_empty()
        self.query_one(DetailPane).show_run(None, self._catalog)
        self.query_one(LogPane).show_run(None)
        self.query_one(RunsTable).focus()
        self.set_interval(_TICK, self._tick)
        self.set_interval(_LISTEN_INTERVAL, self._show_status)
        self._live.start()
        # What is slow waits until the screen has been painted.
        self.call_after_refresh(self._live.go_on)

    def on_unmount(self) -> None:
        gc.enable()
        self._background.stop()
        self._live.stop()

    def _pass_on(self, update: CatalogUpdate) -> None:
        self.post_message(self.Updated(update))

    # What changes on disk

    @on(Updated)
    def _take_in(self, message: Updated) -> None:
        update = message.update
        self._catalog.apply(update)
        self._view.is_growing = update.health.phase is Phase.READING
        if update.health.phase is Phase.FRESH and not gc.isenabled():
            gc.freeze()
            gc.enable()
        if update.changed or update.removed:
            self._view.apply(update.changed, update.removed)
        self._advance()
        shown = self._shown
        if shown is None:
            return
        if any(run.name == shown for run in update.changed) or shown in update.removed:
            self._show_overview()
        if LOGS_DIR in update.touched or any(
            part.endswith((".log", ".out", ".err")) for part in update.touched
        ):
            self.query_one(LogPane).look()
        if update.touched - {LOGS_DIR}:
            self._read_details_soon()

    def _advance(self) -> None:
        """Go on arranging the rows, for a moment at a time, so that keys are answered in between."""
        if self._arranging is not None:
            self._arranging.stop()
            self._arranging = None
        if self._view.advance(_MOMENT):
            self.query_one(RunsTable).view_changed()
        pause = self._view.wait()
        if pause is not None:
            self._arranging = self.set_timer(max(pause, _BREATH), self._advance)
        self._show_summary()
        self._say_why_empty()

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.action()

    def _tick(self) -> None:
        self.query_one(RunsTable).refresh_durations()

    # The run under the cursor

    @on(RunsTable.Highlighted)
    def _rest_on(self, message: RunsTable.Highlighted) -> None:
        """Show at once what is in memory; read the rest when the cursor has come to rest."""
        first = self._shown is None
        self._shown = None if message.run is None else message.run.name
        self._show_overview()
        if self._reading is not None:
            self._reading.stop()
        if first or self._shown is None:
            self._read_shown()
        else:
            self._reading = self.set_timer(_REST_BEFORE_READING, self._read_shown)

    def _show_overview(self) -> None:
        run = None if self._shown is None else self._catalog.runs.get(self._shown)
        self.query_one(DetailPane).show_run(run, self._catalog)

    def _read_shown(self) -> None:
        self._reading = None
        self._live.focus(self._shown)
        self.query_one(LogPane).show_run(self._shown)
        self._read_details()

    def _read_details_soon(self) -> None:
        if self._details_due is None:
            self._details_due = self.set_timer(_LEAST_BETWEEN_DETAILS, self._read_details)

    def _read_details(self) -> None:
        if self._details_due is not None:
            self._details_due.stop()
            self._details_due = None
        if self._shown is not None:
            self._background.submit(
                "details",
                partial(_read_details, *self._live.place_of(self._shown), self._shown),
                lambda details: self.query_one(DetailPane).show_details(details, self._catalog),
            )

    # The frame

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_summary)

    def _show_summary(self) -> None:
        home = os.path.expanduser("~")
        title = self._base
        if home != "/" and (title == home or title.startswith(home + "/")):
            title = "~" + title[len(home) :]
        if not self._live.is_one:
            title = f"{self._live.count} directories in {title}"
        self.query_one(SummaryBar).show(self._catalog, safe_text(title), len(self._view))
        self._show_status()

    def _show_status(self) -> None:
        silence = max(self._live.unanswered_for(), self._background.unanswered_for())
        self.query_one(StatusBar).show(self._catalog.health, silence)

    def _say_why_empty(self) -> None:
        health = self._catalog.health
        if health.phase in (Phase.LISTING, Phase.READING):
            text = "reading the runs…"
        elif health.phase is Phase.UNREACHABLE:
            text = "The runs directory is gone. Its runs appear here when it is back."
        elif self._catalog.runs:
            text = "No run matches the filter. Esc clears it."
        else:
            text = "No runs here yet; new ones appear by themselves. `runtui demo` makes some to look at."
        self.query_one(RunsTable).set_empty_text(text)

    # Filtering and sorting

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        self._view.arrange(message.query, self._view.wanted.sort)
        self._advance()
        self._ask_for_keys()

    def _ask_for_keys(self) -> None:
        """Have the runs read with the keys that the query needs, once the user has stopped typing."""
        if self._asking is not None:
            self._asking.stop()
        self._asking = self.set_timer(
            _REST_BEFORE_ASKING, lambda: self._live.want_keys(self._view.wanted.query.keys)
        )

    @on(RunsTable.SortRequested)
    def _sort_by(self, message: RunsTable.SortRequested) -> None:
        if message.key == self._view.wanted.sort.key:
            self.action_sort_reverse()
        else:
            self._arrange(Sort(message.key, COLUMNS_BY_KEY[message.key].newest_first))

    def _arrange(self, sort: Sort) -> None:
        self._view.arrange(self._view.wanted.query, sort)
        self._advance()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the filter line while the user types in it."""
        return self._filter is None or not self._filter.has_focus_within

    async def action_filter(self) -> None:
        if self._filter is None:
            from runtui.tui.widgets.filter_bar import FilterBar  # no part of the first paint

            self._filter = FilterBar(self.query_one(RunsTable))
            await self.mount(self._filter, before="#status")
        self._filter.open()

    def action_sort_next(self) -> None:
        keys = [column.key for column in COLUMNS]
        key = keys[(keys.index(self._view.wanted.sort.key) + 1) % len(keys)]
        self._arrange(Sort(key, COLUMNS_BY_KEY[key].newest_first))
        self.notify(f"sorted by {key}", timeout=2)

    def action_sort_reverse(self) -> None:
        sort = self._view.wanted.sort
        self._arrange(Sort(sort.key, not sort.descending))

    @on(RunsTable.Opened)
    def action_show_details(self) -> None:
        self.remove_class("-log")
        self.add_class("-details")
        self.set_focus(self.query_one(DetailPane))

    def action_show_log(self) -> None:
        self.remove_class("-details")
        self.add_class("-log")
        self.set_focus(self.query_one(LogPane))

    def action_refresh(self) -> None:
        self._live.refresh()
        self._read_shown()

    def action_follow(self) -> None:
        self.query_one(LogPane).action_follow()

    def action_next_failed(self) -> None:
        if not self.query_one(RunsTable).move_to_failed(forward=True):
            self.notify("no failed run below this one", timeout=2)

    def action_previous_failed(self) -> None:
        if not self.query_one(RunsTable).move_to_failed(forward=False):
            self.notify("no failed run above this one", timeout=2)

    def action_back(self) -> None:
        """Back to the table; from the table, clear the filter."""
        table = self.query_one(RunsTable)
        enlarged = self.has_class("-log") or self.has_class("-details")
        if self._filter is not None and table.has_focus and not enlarged:
            self._filter.clear()
        self.remove_class("-log", "-details")
        self.set_focus(table)

    def action_next_pane(self) -> None:
        self.focus_next("RunsTable, DetailPane, LogPane")

    def action_help(self) -> None:
        from runtui.tui.screens.help import HelpScreen  # no part of the first paint

        self.app.push_screen(HelpScreen())

    def action_quit(self) -> None:
        self.app.exit()

    def run_under_cursor(self) -> RunRecord | None:
        """Return the run under the cursor, or None when there are no rows."""
        return self.query_one(RunsTable).highlighted


def _read_details(base: str, name: str, shown_as: str) -> RunDetails:
    from runtui.store.details import read_details  # no part of the first paint

    return replace(read_details(base, name), name=shown_as)
