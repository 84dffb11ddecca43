"""The filter line: mounted when first needed, and kept in step with the rows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from runtui.catalog.query.model import Query
from runtui.store.record import RunRecord
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.rows import RowsController

if TYPE_CHECKING:
    from runtui.tui.widgets.filter_bar import FilterBar
    from runtui.tui.widgets.runs_table import RunsTable

_MOST_IDS = 200  # runs
_PLAIN_ID = re.compile(r"[\w.-]+")

MountFilter = Callable[["FilterBar"], Awaitable[object]]
"""Mounts the filter line on the screen."""


class FilterController:
    """Filters the rows by the query that the user types.

    Args:
        rows: The rows.
        table: The table, which gets the focus when the user is done.
        navigator: Puts the cursor on a requested run.
        mount: Mounts the line.
        key_index: Knows the parameter keys of all runs.
    """

    def __init__(
        self,
        rows: RowsController,
        table: RunsTable,
        navigator: Navigator,
        mount: MountFilter,
        key_index: KeyIndex,
    ) -> None:
        self._rows = rows
        self._table = table
        self._navigator = navigator
        self._mount = mount
        self._key_index = key_index
        self._bar: FilterBar | None = None

    @property
    def has_focus(self) -> bool:
        """Whether the user is typing in the filter line."""
        return self._bar is not None and self._bar.has_focus_within

    async def open(self) -> None:
        """Let the user type a filter."""
        bar = await self._mounted()
        bar.open()
        self._key_index.offer(bar.add_keys)
        self._rows.expect_words()

    async def show(self, query: Query) -> None:
        """Show the current query in the line."""
        if self._bar is not None or not query.is_empty:
            (await self._mounted()).show(query)

    async def show_runs(self, text: str, names: Sequence[str], is_selected: bool) -> None:
        """Show the runs that match a query, with the cursor on the first of some runs.

        Args:
            text: The query.
            names: These runs.
            is_selected: Whether to select them, too.
        """
        from runtui.catalog.query.query import parse_query  # no part of the first paint

        query = parse_query(text)
        await self.show(query)
        self._rows.arrange(query, self._rows.wanted.sort)
        self._table.select(names if is_selected else ())
        self._navigator.go_to_soon(names[0])

    async def show_only_runs(self, runs: Sequence[RunRecord]) -> None:
        """Show only these runs; select them instead where they are too many for a filter that can be read."""
        from runtui.catalog.query.query import parse_query  # no part of the first paint

        ids = [_quoted(run.run_id) for run in runs]
        if len(runs) > _MOST_IDS or any('"' in run.run_id for run in runs):
            self._table.select([run.name for run in runs])
            return
        query = parse_query(f"id={','.join(ids)}")
        await self.show(query)
        self._rows.arrange(query, self._rows.wanted.sort)
        self._navigator.go_to_soon(runs[0].name)

    def apply(self, query: Query) -> None:
        """Filter the rows by a query."""
        self._rows.arrange(query, self._rows.wanted.sort)
        if self.has_focus:
            self._rows.expect_words()

    def clear(self) -> None:
        """Show all runs, and hide the line."""
        if self._bar is not None:
            self._bar.clear()

    async def _mounted(self) -> FilterBar:
        if self._bar is None:
            from runtui.tui.widgets.filter_bar import FilterBar  # no part of the first paint

            self._bar = FilterBar(self._table)
            await self._mount(self._bar)
        return self._bar


def _quoted(run_id: str) -> str:
    """Return a run id as it is written in a query."""
    return run_id if _PLAIN_ID.fullmatch(run_id) else f'"{run_id}"'
