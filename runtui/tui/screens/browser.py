"""The browser: the table of runs, and the details and the log of the run under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen, ScreenResultCallbackType
from textual.widgets import Input

from runtui.catalog.catalog import Catalog, CatalogUpdate, SyncPhase
from runtui.catalog.sorting import sort_of
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.settings import ALL, DEFAULTS, SavedView, Settings
from runtui.settings.screen_state import ScreenState
from runtui.store.record import RunRecord
from runtui.tui import screens
from runtui.tui.actions import NO_KEYS, Keys, Place, bindings_of, key_of, overruled
from runtui.tui.background import Background
from runtui.tui.controllers.arrangement import Arrangement
from runtui.tui.controllers.column_chooser import ColumnChooser
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.end_alerts import EndAlerts
from runtui.tui.controllers.filter import FilterController
from runtui.tui.controllers.frame import Frame
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.layout import LayoutController
from runtui.tui.controllers.log_matches import LogMatchesController
from runtui.tui.controllers.metric_columns import MetricColumns
from runtui.tui.controllers.metric_keys import MetricKeys
from runtui.tui.controllers.metric_order import MetricOrder
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.operation_progress import OperationsController
from runtui.tui.controllers.panes import Panes
from runtui.tui.controllers.pins import PinsController
from runtui.tui.controllers.preview import Preview
from runtui.tui.controllers.results import ResultsController
from runtui.tui.controllers.rows import RowsController, needed_keys
from runtui.tui.controllers.run_actions import RunActions
from runtui.tui.controllers.run_directory import RunDirectory
from runtui.tui.controllers.run_watches import RunWatches
from runtui.tui.controllers.screen_memory import ScreenMemory
from runtui.tui.controllers.settings import SettingsController
from runtui.tui.controllers.table_export import TableExport
from runtui.tui.controllers.targets import TargetRuns
from runtui.tui.controllers.triage import TriageController
from runtui.tui.controllers.views import ViewsController, query_of
from runtui.tui.controllers.warning_marks import WarningMarks
from runtui.tui.external import shell_in
from runtui.tui.operation_queue import OperationQueue
from runtui.tui.preload import load_screens
from runtui.tui.terminal import gc_policy
from runtui.tui.terminal.clipboard import CopyText, Told
from runtui.tui.widgets.bars import StatusBar, SummaryBar, freshness_text
from runtui.tui.widgets.detail_pane import DetailPane
from runtui.tui.widgets.log_pane import LogPane
from runtui.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from runtui.tui.widgets.filter_bar import FilterBar

T = TypeVar("T")

_REST_BEFORE_LOADING = 0.5  # seconds from the end of reading the runs until other screens are imported
_DURATIONS_INTERVAL = 10.0  # seconds between updates of the durations on screen
_STATUS_INTERVAL = 2.0  # seconds between checks whether the file system answers
_SAVING_INTERVAL = 5.0  # seconds between checks whether the user has gone elsewhere
_LOW_BANDWIDTH_SLOWDOWN = 6  # factor of the intervals between automatic updates on a slow line
_QUIT_WARNING_SECONDS = 4.0


class BrowserScreen(Screen[None]):
    """Shows runs directories.

    It owns the widgets, creates the controllers, routes messages to them, and delegates its actions.

    Args:
        bases: The runs directories.
        settings: The user's settings.
        view: The view to begin with.
        settings_path: The settings file, or None to save no settings.
        keys: The keys that the user remapped.
        live: The runs of those directories, if they are being read already.
        state: Where the user was in them; None for not to continue there, and not to save it.
    """

    BINDINGS = bindings_of(Place.BROWSER, Place.EVERYWHERE)

    class PaintedOver(Message):
        """The terminal may show something else than was painted."""

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
        state: ScreenState | None = None,
    ) -> None:
        super().__init__()
        self._state = state
        self.keys = keys
        self._left_to_log = overruled(Place.BROWSER, Place.LOG, keys)
        self._slowdown = _LOW_BANDWIDTH_SLOWDOWN if settings.low_bandwidth else 1
        self._is_quitting = False
        self._sources = live or RunSources(bases, settings.budgets, rules=settings.digest_rules)
        self._catalog = Catalog(self._sources.base)
        self._view = RunView(
            self._catalog.runs, query_of(view), sort_of(view.sort) or settings.sort, view.group
        )
        self._notifier = Notifier(self.notify, lambda: self.app.clear_notifications(), keys)
        self._background = Background(self)
        self._operation_queue = OperationQueue(self)
        self._settings = SettingsController(settings, settings_path, self._background, self._notifier)
        self._columns = ShownColumns(self._settings, view.columns, has_folders=not self._sources.is_one)
        self._sources.want_keys(needed_keys(self._view.wanted, self._columns.shown))
        if live is None:
            self._sources.prepare()
        self._summary = SummaryBar(id="summary")
        self._table = RunsTable(self._view, self._columns.shown, id="runs")
        self._detail_pane = DetailPane(id="details")
        self._log_pane = LogPane(self._sources.base, id="log")
        self._status = StatusBar(keys, id="status")
        self._make_row_controllers()
        self._make_run_controllers()

    def _make_row_controllers(self) -> None:
        """Create the controllers of what is shown."""
        sources, catalog, view, columns = self._sources, self._catalog, self._view, self._columns
        table, details, log = self._table, self._detail_pane, self._log_pane
        background, notifier = self._background, self._notifier
        self._targets = TargetRuns(catalog, table, notifier)
        self._navigator = Navigator(catalog, view, table, notifier)
        self._frame = Frame(
            sources,
            catalog,
            view,
            table,
            self._summary,
            self._status,
            (background.unanswered_for, log.unanswered_for),
            key_of("back", self.keys),
        )
        self._rows = RowsController(
            view, table, columns, self._navigator, self._frame, sources, self, notifier
        )
        self._preview = Preview(sources, catalog, view, table, details, log, background, self)
        key_index = KeyIndex(view, sources, background)
        self._filter = FilterController(self._rows, table, self._navigator, self._mount_filter, key_index)
        self._panes = Panes(self, self._targets, table, details, log, self._filter, notifier)
        self._layout = LayoutController(self, self._settings, notifier)
        metric_keys = MetricKeys(self._targets, sources, background)
        self._arrangement = Arrangement(
            view, self._rows, columns, table, self._preview, metric_keys, key_index, self, notifier
        )
        self._metrics = MetricColumns(self, sources, table, columns, self, self._slowdown)
        self._metric_order = MetricOrder(
            self, sources, view, self, self._slowdown, self._change_values, self._status.show_task
        )
        self._export = TableExport(view, columns, sources, self, background, notifier)
        self._warnings = WarningMarks(catalog, sources, view, table, self, self._slowdown)
        self._column_chooser = ColumnChooser(
            columns,
            table,
            self._metrics,
            self._rows,
            self._arrangement,
            metric_keys,
            key_index,
            self,
        )
        self._views = ViewsController(
            view,
            self._settings,
            columns,
            self._column_chooser,
            self._rows,
            self._filter,
            self._panes,
            self,
            notifier,
        )

    def _make_run_controllers(self) -> None:
        """Create the controllers of operations on runs and of their results."""
        sources, targets, table = self._sources, self._targets, self._table
        background, notifier = self._background, self._notifier
        self._operations = OperationsController(
            self._operation_queue,
            sources,
            targets,
            self._navigator,
            self._status,
            self,
            background,
            notifier,
        )
        self._pins = PinsController(targets, sources, self._view, self._rows, self._operations, background)
        self._run_actions = RunActions(targets, sources, self._operations, self, notifier)
        self._triage = TriageController(
            self._catalog,
            sources,
            self._view,
            table,
            self,
            background,
            self._operations,
            notifier,
            self._filter.show_runs,
            self.run_action,
        )
        self._memory = ScreenMemory(
            sources.bases,
            self._state is not None,
            self._view,
            table,
            self._triage,
            self._navigator,
            self._settings,
            background,
        )
        self._alerts = EndAlerts(self, sources, self._settings, notifier, self._ring)
        self._watches = RunWatches(
            targets, notifier, lambda: self._settings.current.notify, self._alerts.tell
        )
        self._results = ResultsController(
            targets, sources, self._panes, self, background, notifier, self.keys, self._has_pictures
        )
        self._log_matches = LogMatchesController(
            self._view,
            targets,
            sources,
            table,
            self._navigator,
            self._panes,
            self._log_pane,
            self,
            partial(self.call_later, self._filter.show_only_runs),
            self.keys,
        )
        self._run_directory = RunDirectory(
            targets, sources, self, background, notifier, self._copy_text, self._open_shell
        )

    def compose(self) -> ComposeResult:
        yield self._summary
        with Container(id="main"):
            yield self._table
            with Container(id="panes"):
                yield self._detail_pane
                yield self._log_pane
        yield self._status

    async def on_mount(self) -> None:
        # The runs stay in memory, and repeated garbage collections over all of them would double the time.
        gc_policy.hold()
        self._layout.apply()
        for update in self._sources.first_rows():
            self._view.note(self._catalog.apply(update))
            self._show_useful_columns(update)
        self._rows.advance()
        self._preview.clear()
        self._table.focus()
        self.set_interval(_DURATIONS_INTERVAL * self._slowdown, self._table.refresh_durations)
        await self._filter.show(self._view.query)
        self.set_interval(_STATUS_INTERVAL, self._frame.show_status)
        if self._state is not None:
            self._memory.restore(self._state)
            self.set_interval(_SAVING_INTERVAL, self._memory.save)
        self._sources.start(self._publish)
        app, sources = self.app, self._sources
        app.app_suspend_signal.subscribe(self, lambda _app: sources.pause_job_queries(), immediate=True)
        app.app_resume_signal.subscribe(self, lambda _app: sources.resume_job_queries(), immediate=True)
        # Slow work waits until the screen has been painted.
        self.call_after_refresh(self._sources.resume)
        self.call_after_refresh(self._pins.recall)
        self._metrics.begin()
        self._metric_order.begin()
        self._warnings.begin()

    def on_unmount(self) -> None:
        self._memory.save_now()
        gc_policy.release()
        self._background.stop()
        self._alerts.stop()
        self._log_matches.stop()
        self._operation_queue.stop()
        self._metrics.stop()
        self._metric_order.stop()
        self._sources.stop()

    # For other screens and the app

    @property
    def undoable(self) -> str:
        """The operation that `undo` would undo, in one line; ``""`` if this session did none."""
        return self._operations.undoable

    def keep_theme(self, name: str) -> None:
        """Save the theme that the user chose."""
        self._settings.keep_theme(name)

    def go_to(self, name: str) -> bool:
        """Put the cursor on a run; return whether it has a row."""
        return self._navigator.go_to(name)

    async def show_view(self, view: SavedView) -> None:
        """Show a view."""
        await self._views.show(view)

    # For controllers

    def show_dialog(self, dialog: Screen[T], on_result: ScreenResultCallbackType[T] | None = None) -> None:
        """Show a dialog above this screen; call `on_result` with its result."""
        self.app.push_screen(dialog, on_result)

    async def _mount_filter(self, bar: FilterBar) -> None:
        await self.mount(bar, before=self._status)

    def _ring(self) -> None:
        self.app.bell()

    def _copy_text(self, text: str, told: Told) -> None:
        self.post_message(CopyText(text, told))

    def _open_shell(self, directory: str) -> str:
        return shell_in(self.app, directory)

    def _has_pictures(self) -> bool:
        return screens.pictures_are_possible(self.app)

    # Messages

    def _publish(self, update: CatalogUpdate) -> None:
        """Apply changes; called in other threads."""
        self.post_message(self.Updated(update))

    @on(Updated)
    async def _apply(self, message: Updated) -> None:
        # Textual handles messages without a pause, and there can be many of these: let keys have their turn.
        await asyncio.sleep(0)
        update = self._metric_order.completed(message.update)
        before = self._catalog.apply(update)
        self._view.note(before)
        is_fresh = update.health.phase is SyncPhase.FRESH
        if is_fresh:
            self._table.unseen.add(name for name, run in before.items() if run is None)
        self._watches.update(update.changed.values(), is_fresh=is_fresh)
        self._show_useful_columns(update)
        self._warnings.note_changes()
        if is_fresh and gc_policy.is_held():
            gc_policy.settle()
            self.set_timer(_REST_BEFORE_LOADING, load_screens)
        self._rows.apply(update)
        self._preview.apply(update)

    def _change_values(self, changed: dict[str, RunRecord]) -> None:
        """Show further values of runs."""
        update = CatalogUpdate(changed, (), self._catalog.health, self._catalog.current, frozenset())
        self._view.note(self._catalog.apply(update))
        self._rows.advance()

    def _show_useful_columns(self, update: CatalogUpdate) -> None:
        """Show the default columns that are of use with the runs there are now."""
        if self._columns.update(update.changed.values(), update.removed, self._catalog.runs):
            self._column_chooser.show()

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.action()

    @on(OperationQueue.Progressed)
    def _show_progress(self, message: OperationQueue.Progressed) -> None:
        self._operations.show_progress(message)

    @on(OperationQueue.Done)
    def _finish_operation(self, message: OperationQueue.Done) -> None:
        report = message.report
        failed = {outcome.name for outcome in report.failures}
        names = [name for name in message.names if name not in failed]
        self._triage.note_operation(names, is_dismissal=message.is_dismissal, is_undone=message.is_undone)
        self._pins.show()
        self._sources.look_at((*report.touched, *report.created))
        self._watches.add(report.created)
        if report.created:
            self._navigator.go_to_soon(report.created[-1])
        self._operations.show_result(report)

    @on(RunsTable.Highlighted)
    def _show_highlighted(self, message: RunsTable.Highlighted) -> None:
        self._preview.show(None if message.run is None else message.run.name)
        self._frame.show_summary()

    @on(RunsTable.SelectionChanged)
    def _show_selection(self) -> None:
        self._frame.show_summary()

    @on(RunsTable.SortRequested)
    def _sort_by(self, message: RunsTable.SortRequested) -> None:
        self._arrangement.sort_by_column(message.key)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        self._filter.apply(message.query)

    def on_resize(self) -> None:
        self.call_after_refresh(self._frame.show_summary)

    def on_descendant_focus(self) -> None:
        self._log_matches.note_focus()
        self._status.show_hints(Place.LOG if self._log_pane.has_focus_within else Place.BROWSER)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the input line while the user types there, and to the log those that it binds."""
        if isinstance(self.focused, Input) or self._filter.has_focus:
            return False
        return action not in self._left_to_log or not self._log_pane.has_focus_within

    def action_refresh(self) -> None:
        # This also clears what other programs wrote over the screen.
        self.post_message(self.PaintedOver())
        self._sources.refresh()
        self._preview.read()

    def action_quit(self) -> None:
        if self._panes.close():
            return
        if self._operations.is_busy and not self._is_quitting:
            self._is_quitting = True
            again = self._notifier.key("quit")
            self._notifier.warn(f"still working; press {again} again to quit anyway", _QUIT_WARNING_SECONDS)
            return
        self.app.exit()

    def action_help(self) -> None:
        place = Place.LOG if self._log_pane.has_focus_within else Place.BROWSER
        self.show_dialog(screens.HelpScreen(self.keys, freshness_text(self._catalog.health), place))

    def action_suspend_process(self) -> None:
        self.app.action_suspend_process()

    def action_next_pane(self) -> None:
        self.focus_next("RunsTable, DetailPane, LogView")

    async def action_filter(self) -> None:
        await self._filter.open()

    def action_columns(self) -> None:
        self._column_chooser.choose()

    def action_views(self) -> None:
        self._views.choose_view()

    def action_sort_by(self) -> None:
        self._arrangement.choose_sort()

    def action_sort_next(self) -> None:
        self._arrangement.sort_by_next()

    def action_sort_reverse(self) -> None:
        self._arrangement.reverse()

    def action_group_by(self) -> None:
        self._arrangement.choose_group()

    def action_fold_all(self) -> None:
        self._arrangement.fold_all()

    @on(RunsTable.Opened)
    def action_show_details(self) -> None:
        self._panes.open()

    def action_show_log(self) -> None:
        self._panes.show_log()

    def action_next_layout(self) -> None:
        self._layout.next()

    def action_larger_panes(self) -> None:
        self._layout.resize(1)

    def action_smaller_panes(self) -> None:
        self._layout.resize(-1)

    def action_show_error(self) -> None:
        self._panes.show_error()

    def action_back(self) -> None:
        if not self._log_matches.back():
            self._panes.back()

    def action_search_logs(self) -> None:
        self._log_matches.open()

    def action_follow(self) -> None:
        self._log_pane.action_follow()

    def action_compare(self) -> None:
        self._results.compare()

    def action_plot(self) -> None:
        self._results.plot()

    def action_files(self) -> None:
        self._results.choose_file()

    @on(LogPane.FailureWanted)
    def _show_failure(self, message: LogPane.FailureWanted) -> None:
        if self._triage.go_to_failed(forward=message.forward):
            self._panes.show_error()

    def action_next_failed(self) -> None:
        self._triage.go_to_failed(forward=True)

    def action_previous_failed(self) -> None:
        self._triage.go_to_failed(forward=False)

    def action_inbox(self) -> None:
        self._triage.open_inbox()

    def action_tag(self) -> None:
        self._run_actions.tag()

    def action_mark(self) -> None:
        self._run_actions.mark()

    def action_note(self) -> None:
        self._run_actions.note()

    def action_pin(self) -> None:
        self._pins.toggle()

    def action_describe(self) -> None:
        self._run_actions.describe()

    def action_save_table(self) -> None:
        self._export.save()

    def action_mark_lost(self) -> None:
        self._run_actions.mark_lost()

    def action_resume(self) -> None:
        self._run_actions.resume()

    def action_rerun(self) -> None:
        self._run_actions.resume(from_start=True)

    def action_cancel_run(self) -> None:
        self._run_actions.cancel()

    def action_clean(self) -> None:
        self._run_actions.clean()

    def action_clean_by_rule(self) -> None:
        self._run_actions.clean_by_rule()

    def action_adopt(self) -> None:
        self._run_actions.adopt()

    def action_trash(self) -> None:
        self._run_actions.open_trash()

    def action_undo(self) -> None:
        self._operations.undo()

    def action_stop_operation(self) -> None:
        self._operations.stop()

    def action_watch(self) -> None:
        self._watches.toggle()

    def action_copy(self) -> None:
        self._run_directory.copy()

    def action_shell(self) -> None:
        self._run_directory.shell()

    def action_go_to_parent(self) -> None:
        self._navigator.go_to_parent()

    def action_go_to_child(self) -> None:
        self._navigator.go_to_child()
