"""The browser: the table of runs, the details and the log of the one under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from runtui.catalog.catalog import Catalog, CatalogUpdate, SyncPhase
from runtui.catalog.columns import METRIC, is_metric
from runtui.catalog.fields import DIRECTORY, column_of
from runtui.catalog.query.model import EVERYTHING, Query
from runtui.catalog.sorting import Sort, sort_of, sort_text
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.settings import ALL, DEFAULTS, ColumnChoice, SavedView, Settings, usual_columns
from runtui.store.paths import LOGS_DIR
from runtui.store.record import RunRecord
from runtui.store.user_dirs import shown_path
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text
from runtui.tui.actions import NO_KEYS, Keys, Place, bindings_of, overruled
from runtui.tui.background import Background
from runtui.tui.preload import load_screens
from runtui.tui.screens.changing import RunActions
from runtui.tui.terminal import gc_policy
from runtui.tui.widgets.bars import StatusBar, SummaryBar
from runtui.tui.widgets.detail_pane import DetailPane
from runtui.tui.widgets.log_pane import LogPane
from runtui.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from runtui.results.listing import ResultFile
    from runtui.settings.saving import SettingsEdit
    from runtui.store.details import RunDetails
    from runtui.tui.metric_cells import MetricCells
    from runtui.tui.screens.results import RunPlace
    from runtui.tui.widgets.filter_bar import FilterBar

_REST_BEFORE_READING = 0.12
_REST_BEFORE_ASKING = 0.3
_LEAST_BETWEEN_DETAILS = 1.0
_REST_BEFORE_LOADING = 0.5
_TICK = 10.0
_KEPT_BACK = 6  # how many times as seldom what goes on by itself is shown anew where the line is to be spared
_METRICS_INTERVAL = 0.5
_LISTEN_INTERVAL = 2.0
_LONGEST_TITLE = 120
_MOMENT = 0.02  # seconds for which the rows are arranged before keys get their turn
_BREATH = 0.001


class BrowserScreen(RunActions):
    """Shows runs directories.

    Args:
        bases: The runs directories.
        settings: What the user set.
        view: The view to begin with.
        settings_path: Where the settings are kept, or None for nowhere.
        keys: The keys that the user set.
        live: The runs of those directories, where they are being read already.
    """

    BINDINGS = bindings_of(Place.BROWSER, Place.EVERYWHERE)

    class PaintedOver(Message):
        """Something else may be on the terminal than was painted."""

    @dataclass
    class Updated(Message):
        """The monitor found changes."""

        update: CatalogUpdate

    def __init__(
        self,
        bases: Sequence[str],
        settings: Settings = DEFAULTS,
        view: SavedView = ALL,
        settings_path: str | None = None,
        keys: Keys = NO_KEYS,
        live: RunSources | None = None,
    ) -> None:
        super().__init__(live or RunSources(bases, settings.budgets))
        self._settings = settings
        self._settings_path = settings_path
        self.keys = keys
        self._left_to_log = overruled(Place.BROWSER, Place.LOG, keys)
        self._base = self._live.base
        self._catalog = Catalog(self._base)
        self._view = RunView(
            self._catalog.runs, _query_of(view), sort_of(view.sort) or settings.sort, view.group
        )
        self._columns_of_view = view.columns
        self._own_keys: set[str] = set()
        self._has_jobs = False
        self._shown: str | None = None
        self._arranging: Timer | None = None
        self._asking: Timer | None = None
        self._reading: Timer | None = None
        self._details_due: Timer | None = None
        self._filter: FilterBar | None = None
        self._cells: MetricCells | None = None
        self._changes = 0
        self._is_quitting = False
        self._live.want_keys(self._needed_keys())
        if live is None:
            self._live.prepare()

    def compose(self) -> ComposeResult:
        yield SummaryBar(id="summary")
        yield RunsTable(self._view, self._columns, id="runs")
        with Horizontal(id="panes"):
            yield DetailPane(id="details")
            yield LogPane(self._base, id="log")
        yield StatusBar(self.keys, id="status")

    async def on_mount(self) -> None:
        # Runs that are read stay: going through them all again and again would double the time it takes.
        gc_policy.hold()
        for update in self._live.first_rows():
            self._view.note(self._catalog.apply(update))
            self._show_queue_column(update)
        self._advance()
        self.query_one(DetailPane).show_run(None, self._catalog)
        self.query_one(LogPane).show_run(None)
        self.query_one(RunsTable).focus()
        self.set_interval(_TICK * (_KEPT_BACK if self._settings.low_bandwidth else 1), self._tick)
        await self._show_filter(self._view.query)
        self.set_interval(_LISTEN_INTERVAL, self._show_status)
        self._live.start(self._pass_on)
        app = self.app
        app.app_suspend_signal.subscribe(self, lambda _app: self._live.pause_job_queries(), immediate=True)
        app.app_resume_signal.subscribe(self, lambda _app: self._live.resume_job_queries(), immediate=True)
        # What is slow waits until the screen has been painted.
        self.call_after_refresh(self._live.go_on)
        self._watch_metrics()

    def on_unmount(self) -> None:
        gc_policy.release()
        self._background.stop()
        self._operation_queue.stop()
        if self._cells is not None:
            self._cells.stop()
        self._live.stop()

    def _pass_on(self, update: CatalogUpdate) -> None:
        self.post_message(self.Updated(update))

    # What changes on disk

    @on(Updated)
    async def _take_in(self, message: Updated) -> None:
        # Messages are handled one after the other without a pause, and of these there can be many.
        await asyncio.sleep(0)
        update = message.update
        self._view.note(self._catalog.apply(update))
        self.tell_of_ends(update.changed.values(), with_bell=self._settings.bell)
        self._show_queue_column(update)
        self._view.is_growing = update.health.phase is SyncPhase.READING
        if update.health.phase is SyncPhase.FRESH and gc_policy.is_held():
            gc_policy.settle()
            self.set_timer(_REST_BEFORE_LOADING, load_screens)
        if self._arranging is None or not self._view.is_growing:
            self._advance()
        else:
            self._show_status()
        shown = self._shown
        if shown is None:
            if update.changed and self.query_one(RunsTable).heading is not None:
                self._show_group_soon()
            return
        if shown in update.changed or shown in update.removed:
            self._show_overview()
        if LOGS_DIR in update.touched or any(
            part.endswith((".log", ".out", ".err")) for part in update.touched
        ):
            self.query_one(LogPane).look_soon()
        if update.touched - {LOGS_DIR}:
            self._read_details_soon()

    def _show_queue_column(self, update: CatalogUpdate) -> None:
        """Show the queue's column from the first live job on."""
        if not self._has_jobs and any(run.job and run.is_live for run in update.changed.values()):
            self._has_jobs = True
            self.query_one(RunsTable).show_columns(self._columns)

    def _advance(self) -> None:
        """Go on arranging the rows, for a moment at a time, so that keys are answered in between."""
        if self._arranging is not None:
            self._arranging.stop()
            self._arranging = None
        if self._view.advance(_MOMENT):
            self.query_one(RunsTable).view_changed()
            self.went_on()
        pause = self._view.wait()
        if pause is not None:
            self._arranging = self.set_timer(max(pause, _BREATH), self._go_on)
        self._show_summary()
        self._say_why_empty()

    async def _go_on(self) -> None:
        # As with changes: what else is due comes in between.
        await asyncio.sleep(0)
        self._advance()

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
        heading = self.query_one(RunsTable).heading
        if heading is not None:
            title = self._view.title_of(heading, _LONGEST_TITLE)
            self.query_one(DetailPane).show_group(title, heading.runs)
            return
        run = None if self._shown is None else self._catalog.runs.get(self._shown)
        self.query_one(DetailPane).show_run(run, self._catalog)

    def _show_group_soon(self) -> None:
        # To count what its runs have between them takes a while where they are many.
        if self._details_due is None:
            self._details_due = self.set_timer(_LEAST_BETWEEN_DETAILS, self._show_group_again)

    def _show_group_again(self) -> None:
        self._details_due = None
        self._show_overview()

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
                self._take_details,
            )

    def _take_details(self, details: RunDetails) -> None:
        pane = self.query_one(DetailPane)
        pane.show_details(details, self._catalog)
        self._own_keys |= pane.own_keys

    # The frame

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_summary)

    def on_descendant_focus(self) -> None:
        in_log = self.query_one(LogPane).has_focus_within
        self.query_one(StatusBar).show_hints(Place.LOG if in_log else Place.BROWSER)

    def _show_summary(self) -> None:
        title = shown_path(self._base)
        if not self._live.is_one:
            title = f"{self._live.count} directories in {title}"
        selection = self.query_one(RunsTable).selection
        self.query_one(SummaryBar).show(
            self._catalog, title, len(self._view), len(selection), selection.hidden
        )
        self._show_status()

    @on(RunsTable.SelectionChanged)
    def _show_selection(self) -> None:
        self._show_summary()

    def _show_status(self) -> None:
        reading, where = self._live.silence()
        silence = max(reading, self._background.unanswered_for(), self.query_one(LogPane).unanswered_for())
        self.query_one(StatusBar).show(self._catalog.health, silence, where if silence == reading else "")

    def _say_why_empty(self) -> None:
        health = self._catalog.health
        if health.phase in (SyncPhase.LISTING, SyncPhase.READING):
            text = "reading the runs…"
        elif health.phase is SyncPhase.UNREACHABLE:
            text = "The runs directory is gone. Its runs appear here when it is back."
        elif self._catalog.runs:
            text = "No run matches the filter. Esc clears it."
        else:
            text = "No runs here yet; new ones appear by themselves. `runtui demo` makes some to look at."
        self.query_one(RunsTable).set_empty_text(text)

    # Filtering and sorting

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        self._arrange(message.query, self._view.wanted.sort)
        if self._filter is not None and self._filter.has_focus_within:
            self._expect_words()

    def _expect_words(self) -> None:
        """Make ready for the next letter of a filter while the user thinks about it."""
        # Not for other terms: what is kept for words goes with them, and each letter would collect it anew.
        if self._view.wanted.query.is_empty:
            self._view.expect_words()
            self._advance()

    def _arrange(self, query: Query, sort: Sort, group: str | None = None) -> None:
        """Show other rows or another order; without a `group` the runs stay grouped as they are."""
        self._view.arrange(query, sort, group)
        self._advance()
        self._ask_for_keys()

    def _ask_for_keys(self) -> None:
        """Have the runs read with the keys that the query needs, once the user has stopped typing."""
        if self._asking is not None:
            self._asking.stop()
        self._asking = self.set_timer(_REST_BEFORE_ASKING, lambda: self._live.want_keys(self._needed_keys()))

    def _needed_keys(self) -> frozenset[str]:
        """Return the simulation's own keys that what is shown needs."""
        wanted = self._view.wanted
        shown = [
            wanted.sort.key,
            *([wanted.group] if wanted.group else []),
            *(choice.key for choice in self._columns),
        ]
        return wanted.query.keys | {column_of(key).value_key for key in shown} - {""}

    @property
    def _columns(self) -> tuple[ColumnChoice, ...]:
        """The columns of the view that is shown, or else those that the user chose, or the usual ones."""
        return self._columns_of_view or self._settings.columns or self._usual_columns

    @property
    def _usual_columns(self) -> tuple[ColumnChoice, ...]:
        before = () if self._live.is_one else (ColumnChoice(DIRECTORY),)
        return (*before, *usual_columns(has_jobs=self._has_jobs))

    @on(RunsTable.SortRequested)
    def _sort_by(self, message: RunsTable.SortRequested) -> None:
        if message.key == self._view.wanted.sort.key:
            self.action_sort_reverse()
        else:
            self._sort_by_key(message.key)

    def _sort_by_key(self, key: str | None) -> None:
        if key is not None and is_metric(key):
            self.notify(
                "a metric is read for the rows on screen only: runs cannot be sorted by it", timeout=4
            )
        elif key is not None:
            self._arrange(self._view.wanted.query, Sort(key, column_of(key).newest_first))
            self.notify(f"sorted by {safe_text(key, 40)}", timeout=2, markup=False)

    # Views and settings

    def _change_settings(self, change: SettingsEdit) -> Settings:
        """Make a change in the settings, at once for this session and soon on disk."""
        from runtui.settings.saving import with_change  # not for those who change nothing

        self._settings = with_change(self._settings, change)
        self._changes += 1
        # Each is a kind of its own: of two that wait neither may be dropped.
        self._background.submit(
            f"settings {self._changes}", partial(_save, self._settings_path, change), self._tell_trouble
        )
        return self._settings

    def keep_theme(self, name: str) -> None:
        """Keep in the settings which theme the user chose."""
        if name != self._settings.theme:
            from runtui.settings.saving import set_theme

            self._change_settings(set_theme(name))

    def _present_view(self) -> SavedView:
        """Return what is shown now, as a view without a name."""
        wanted = self._view.wanted
        sort = "" if wanted.sort == self._settings.sort else sort_text(wanted.sort)
        columns = () if self._columns == self._usual_columns else self._columns
        return SavedView("", wanted.query.text, sort, columns, wanted.group)

    async def _show_view(self, view: SavedView | None) -> None:
        if view is None:
            return
        query = _query_of(view)
        self._columns_of_view = view.columns
        self.query_one(RunsTable).show_columns(self._columns)
        self._watch_metrics()
        await self._show_filter(query)
        self._arrange(query, sort_of(view.sort) or self._settings.sort, view.group)
        self._go_to_table()
        self.notify(f"view: {view.name}", timeout=2, markup=False)

    def _take_columns(self, columns: tuple[ColumnChoice, ...] | None) -> None:
        """Show other columns; those of a view are for as long as it is shown, others are kept."""
        if columns is None:
            return
        if self._columns_of_view:
            self._columns_of_view = columns
        else:
            from runtui.settings.saving import set_columns  # not for those who change nothing

            self._change_settings(set_columns(() if columns == self._usual_columns else columns))
        self.query_one(RunsTable).show_columns(self._columns)
        self._watch_metrics()
        self._ask_for_keys()

    def _known_keys(self) -> set[str]:
        """Return the runs' own keys that are known: of runs that were looked at, and that were asked for."""
        self._own_keys |= self.query_one(DetailPane).own_keys | self._needed_keys()
        return self._own_keys

    async def _show_filter(self, query: Query) -> None:
        """Have the filter line say what the runs are filtered by."""
        if self._filter is not None or not query.is_empty:
            (await self._filter_line()).show(query)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the line in which the user types, and to the log those that it has itself."""
        if isinstance(self.focused, Input) or (self._filter is not None and self._filter.has_focus_within):
            return False
        return action not in self._left_to_log or not self.query_one(LogPane).has_focus_within

    async def action_filter(self) -> None:
        (await self._filter_line()).open()
        self._expect_words()

    async def _filter_line(self) -> FilterBar:
        if self._filter is None:
            from runtui.tui.widgets.filter_bar import FilterBar  # no part of the first paint

            self._filter = FilterBar(self.query_one(RunsTable))
            await self.mount(self._filter, before="#status")
        return self._filter

    def _watch_metrics(self) -> None:
        """Begin to read metrics when the first column of one is shown."""
        if self._cells is None and any(is_metric(choice.key) for choice in self._columns):
            from runtui.tui.metric_cells import MetricCells  # only for those who show metrics

            table = self.query_one(RunsTable)
            self._cells = MetricCells(self, self._live.place_of, self._show_metrics)
            table.metric_texts = self._cells.texts
            pause = _METRICS_INTERVAL * (_KEPT_BACK if self._settings.low_bandwidth else 1)
            self.set_interval(pause, self._read_metrics)

    def _read_metrics(self) -> None:
        if self._cells is not None:
            keys = [choice.key for choice in self._columns if is_metric(choice.key)]
            self._cells.want(self.query_one(RunsTable).visible_runs, keys)

    def _show_metrics(self) -> None:
        self.query_one(RunsTable).refresh()
        self._read_metrics()

    def action_columns(self) -> None:
        from runtui.tui.dialogs.columns import ColumnsScreen  # no part of the first paint

        screen = ColumnsScreen(self._columns, self._usual_columns, self._known_keys())
        self.app.push_screen(screen, self._take_columns)
        run = self.run_under_cursor()
        if run is not None:
            (place,) = self._places_of([run.name])
            self._background.submit("metrics", partial(_metric_keys, place), screen.add_keys)

    def action_sort_by(self) -> None:
        from runtui.tui.dialogs.keys import KeysScreen  # no part of the first paint

        self.app.push_screen(KeysScreen("sort by", self._known_keys()), self._sort_by_key)

    def action_group_by(self) -> None:
        from runtui.tui.dialogs.keys import KeysScreen  # no part of the first paint

        self.app.push_screen(KeysScreen("group by", self._known_keys()), self._group_by)

    def _group_by(self, key: str | None) -> None:
        if key is None:
            return
        wanted = self._view.wanted
        self._arrange(wanted.query, wanted.sort, "" if key == wanted.group else key)

    def action_fold_all(self) -> None:
        if self._view.group:
            self.query_one(RunsTable).fold(None)
        else:
            self.notify("the runs are not grouped; group them by a key first", timeout=2)

    def action_views(self) -> None:
        from runtui.tui.dialogs.views import ViewsScreen  # no part of the first paint

        runs = list(self._view.records().values())
        read = self._needed_keys()
        self.app.push_screen(
            ViewsScreen(self._settings, self._present_view(), runs, read.issuperset, self._change_settings),
            self._show_view,
        )

    def action_sort_next(self) -> None:
        keys = [choice.key for choice in self._columns if not is_metric(choice.key)] or [DEFAULTS.sort.key]
        now = self._view.wanted.sort.key
        key = keys[(keys.index(now) + 1) % len(keys)] if now in keys else keys[0]
        self._sort_by_key(key)

    def action_sort_reverse(self) -> None:
        query, sort, _group = self._view.wanted
        self._arrange(query, Sort(sort.key, not sort.descending))

    @on(RunsTable.Opened)
    def action_show_details(self) -> None:
        table = self.query_one(RunsTable)
        if table.has_focus and table.heading is not None:
            table.fold(table.heading)
            return
        run = self.run_under_cursor()
        if self.query_one(DetailPane).has_focus and run is not None and run.digest is not None:
            self.action_show_error()
            return
        self.remove_class("-log")
        self.add_class("-details")
        self.set_focus(self.query_one(DetailPane))

    def action_show_log(self) -> None:
        self.remove_class("-details")
        self.add_class("-log")
        self.set_focus(self.query_one(LogPane).lines)

    def action_show_error(self) -> None:
        """Show the line of the log that says why the run under the cursor failed."""
        run = self.run_under_cursor()
        if run is None:
            return
        log = self.query_one(LogPane)
        self.action_show_log()
        if run.digest is not None and run.digest.log:
            log.show_line(run.name, run.digest.log, run.digest.offset)
        else:
            log.show_last_error(run.name)

    def action_compare(self) -> None:
        """Put the selected runs side by side; a single one beside its parent."""
        from runtui.tui.screens.comparison import MOST_RUNS, ComparisonScreen  # no part of the first paint

        names = self.targets()
        if len(names) == 1:
            run = self._catalog.runs.get(names[0])
            parent = None if run is None else run.parent
            names = (parent, *names) if parent is not None and parent in self._catalog.runs else names
        if 2 <= len(names) <= MOST_RUNS:
            self.app.push_screen(ComparisonScreen(self._places_of(names), self.keys))
        elif len(names) > MOST_RUNS:
            self.notify(f"{len(names):,} runs are too many: select at most {MOST_RUNS}", timeout=4)
        else:
            self.notify("no parent to compare it with: select the runs to compare with space", timeout=4)

    def action_plot(self) -> None:
        """Draw a metric of the selected runs, or of the one under the cursor."""
        from runtui.tui.screens.chart import MOST_RUNS, ChartScreen  # no part of the first paint

        names = self.targets()
        if len(names) > MOST_RUNS:
            self.notify(f"{len(names):,} curves are too many: select at most {MOST_RUNS} runs", timeout=4)
        elif names:
            self.app.push_screen(ChartScreen(self._places_of(names), self.keys))

    def action_files(self) -> None:
        """Choose one of the results of the run under the cursor, and look at it."""
        from runtui.results.listing import find_results  # no part of the first paint
        from runtui.tui.dialogs.files import FilesScreen

        run = self.run_under_cursor()
        if run is not None:
            (place,) = self._places_of([run.name])
            read = partial(find_results, place.run_dir)
            title = f"results of {short_id(run.run_id)}"
            self.app.push_screen(FilesScreen(title, read), partial(self._open_result, place))

    def _open_result(self, place: RunPlace, file: ResultFile | None) -> None:
        from runtui.logs.read.listing import looks_like_text
        from runtui.results.listing import ViewerKind
        from runtui.tui.screens.table import TableScreen

        if file is None:
            return
        name = file.name

        def show(is_text: bool) -> None:
            if is_text:
                self.action_show_log()
                self.query_one(LogPane).show_line(place.shown_as, name, 0)
            else:
                said = f"{safe_text(name)} is no table, no picture and no text"
                self.notify(said, timeout=4, markup=False)

        if file.kind is ViewerKind.TABLE:
            self.app.push_screen(TableScreen(place, name, self.keys))
        elif file.kind is ViewerKind.PICTURE:
            self._open_picture(place, name)
        else:
            self._background.submit("kind", partial(looks_like_text, f"{place.run_dir}/{name}"), show)

    def _open_picture(self, place: RunPlace, name: str) -> None:
        from runtui.tui.screens.picture import PictureScreen, missing_library, pictures_are_possible

        if pictures_are_possible(self.app):
            self.app.push_screen(PictureScreen(place, name, self.keys))
        else:
            self._tell_trouble(missing_library())

    def _places_of(self, names: Sequence[str]) -> list[RunPlace]:
        from runtui.tui.screens.results import RunPlace  # no part of the first paint

        return [RunPlace(*self._live.place_of(name), name) for name in names]

    def action_refresh(self) -> None:
        # What other programs wrote over the screen goes, too.
        self.post_message(self.PaintedOver())
        self._live.refresh()
        self._read_shown()

    def action_follow(self) -> None:
        self.query_one(LogPane).action_follow()

    def action_next_failed(self) -> None:
        self._go_to_failed(forward=True)

    def action_previous_failed(self) -> None:
        self._go_to_failed(forward=False)

    def _go_to_failed(self, *, forward: bool) -> None:
        table, triage = self.query_one(RunsTable), self.triage()
        if not table.move_to_failed(triage.is_open, forward=forward):
            where = "below" if forward else "above"
            self.notify(f"no failed run {where} this one that is not dealt with", timeout=2)

    def action_back(self) -> None:
        """Back to the table; there clear the selection, then the filter; in a log, first end a search."""
        if self.query_one(LogPane).has_focus_within and self.query_one(LogPane).cancel_search():
            return
        table = self.query_one(RunsTable)
        enlarged = self.has_class("-log") or self.has_class("-details")
        if table.has_focus and not enlarged and not table.clear_selection() and self._filter is not None:
            self._filter.clear()
        self._go_to_table()

    def _go_to_table(self) -> None:
        self.remove_class("-log", "-details")
        self.set_focus(self.query_one(RunsTable))

    def action_next_pane(self) -> None:
        self.focus_next("RunsTable, DetailPane, LogView")

    def action_help(self) -> None:
        from runtui.tui.screens.help import HelpScreen  # no part of the first paint

        self.app.push_screen(HelpScreen(self.keys))

    def action_suspend_process(self) -> None:
        self.app.action_suspend_process()

    def action_quit(self) -> None:
        if self._operation_queue.is_busy and not self._is_quitting:
            self._is_quitting = True
            self.notify("not all is done yet; q once more quits all the same", severity="warning", timeout=4)
            return
        self.app.exit()

    def targets(self) -> tuple[str, ...]:
        """Return the runs that an action is for: those selected, or else those under the cursor."""
        table = self.query_one(RunsTable)
        return table.selection.names or table.under_cursor

    def known_runs(self) -> Mapping[str, RunRecord]:
        return self._catalog.runs

    def is_parent(self, name: str) -> bool:
        return self._catalog.has_children(name)

    async def show_only_failed(self, names: Sequence[str]) -> None:
        from runtui.catalog.query.query import parse_query  # no part of the first paint

        query = parse_query("is:failed")
        (await self._filter_line()).show(query)
        self._arrange(query, self._view.wanted.sort)
        self.query_one(RunsTable).select(names)
        self._await(names[0])

    def children_of(self, name: str) -> Sequence[str]:
        return self._catalog.children(name)

    def go_to(self, name: str) -> bool:
        row = self._view.row_of(name)
        if row is not None:
            self.query_one(RunsTable).move_to(row)
        return row is not None

    def show_task(self, text: str) -> None:
        self.query_one(StatusBar).show_task(text)

    def show_undoable(self, text: str) -> None:
        self.query_one(StatusBar).show_undoable(text)

    def forget_selection(self) -> None:
        self.query_one(RunsTable).clear_selection()

    def run_under_cursor(self) -> RunRecord | None:
        """Return the run under the cursor, or None when there are no rows."""
        return self.query_one(RunsTable).highlighted


def _read_details(base: str, name: str, shown_as: str) -> RunDetails:
    from runtui.store.details import read_details  # no part of the first paint

    return replace(read_details(base, name), name=shown_as)


def _metric_keys(place: RunPlace) -> list[str]:
    """Return the keys of columns that show the metrics of a run."""
    from runtui.results.charting import ChartSession

    choices = ChartSession([("", place.run_dir)]).choices()
    return [f"{METRIC}{metric.column}" for metric in choices]


def _query_of(view: SavedView) -> Query:
    if not view.query:
        return EVERYTHING
    from runtui.catalog.query.query import parse_query  # no part of the first paint

    return parse_query(view.query)


def _save(path: str | None, change: SettingsEdit) -> str:
    """Make a change in the settings file; return what hindered that, or ``""``."""
    from runtui.settings.saving import SettingsError, save_change  # not for those who change nothing

    try:
        save_change(path, change)
    except SettingsError as error:
        return str(error)
    return ""
