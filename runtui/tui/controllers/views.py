"""Showing saved views, and saving the current one."""

from __future__ import annotations

from runtui.catalog.query.model import EVERYTHING, Query
from runtui.catalog.sorting import sort_of, sort_text
from runtui.catalog.view import RunView
from runtui.settings import SavedView
from runtui.tui import dialogs
from runtui.tui.controllers.column_chooser import ColumnChooser
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.filter import FilterController
from runtui.tui.controllers.host import DialogHost
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.panes import Panes
from runtui.tui.controllers.rows import RowsController
from runtui.tui.controllers.settings import SettingsController

_HINT_SECONDS = 2.0


class ViewsController:
    """Shows saved views.

    Args:
        view: The current rows.
        settings: The saved views.
        columns: The columns on screen.
        column_chooser: Shows a view's columns.
        rows: Arranges the rows.
        filter: Shows a view's query.
        panes: Gives the focus to the table.
        host: Shows the view picker.
        notifier: Tells the user which view is shown.
    """

    def __init__(
        self,
        view: RunView,
        settings: SettingsController,
        columns: ShownColumns,
        column_chooser: ColumnChooser,
        rows: RowsController,
        filter: FilterController,
        panes: Panes,
        host: DialogHost,
        notifier: Notifier,
    ) -> None:
        self._view = view
        self._settings = settings
        self._columns = columns
        self._column_chooser = column_chooser
        self._rows = rows
        self._filter = filter
        self._panes = panes
        self._host = host
        self._notifier = notifier

    def choose_view(self) -> None:
        """Let the user choose a saved view, or save what is shown as one."""
        runs = list(self._view.records().values())
        read = self._rows.needed_keys()
        dialog = dialogs.ViewsScreen(
            self._settings.current, self.present_view(), runs, read.issuperset, self._settings.change
        )
        self._host.show_dialog(dialog, self.show)

    def present_view(self) -> SavedView:
        """Return the current query, order, columns and grouping as a view without a name."""
        wanted = self._rows.wanted
        sort = "" if wanted.sort == self._settings.current.sort else sort_text(wanted.sort)
        columns = () if self._columns.shown == self._columns.usual else self._columns.shown
        return SavedView("", wanted.query.text, sort, columns, wanted.group)

    async def show(self, view: SavedView | None) -> None:
        """Show a view; None keeps the current one."""
        if view is None:
            return
        query = query_of(view)
        self._columns.of_view = view.columns
        self._column_chooser.show()
        await self._filter.show(query)
        self._rows.arrange(query, sort_of(view.sort) or self._settings.current.sort, view.group)
        self._panes.show_table()
        self._notifier.inform(f"view: {view.name}", _HINT_SECONDS)


def query_of(view: SavedView) -> Query:
    """Return the query of a view."""
    if not view.query:
        return EVERYTHING
    from runtui.catalog.query.query import parse_query  # no part of the first paint

    return parse_query(view.query)
