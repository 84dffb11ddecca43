"""The summary above the rows, the status line below, and the text shown in place of rows."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING

from runtui.catalog.catalog import Catalog, SyncPhase
from runtui.catalog.sorting import NEWEST_FIRST, Sort, sort_signs
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.store.user_dirs import shown_path
from runtui.text.sanitize import safe_text
from runtui.tui.widgets.bars import LONG_SILENCE

if TYPE_CHECKING:
    from runtui.tui.widgets.bars import StatusBar, SummaryBar
    from runtui.tui.widgets.runs_table import RunsTable

_LONGEST_KEY = 24  # characters


class Frame:
    """Keeps the summary and the status line in step with the runs.

    Args:
        sources: The runs directories.
        catalog: All runs.
        view: The rows.
        table: The table with the selection.
        summary: The top line.
        status: The bottom line.
        silences: Return for how many seconds other parts of the screen have been waiting for the file system.
        clear_key: The key that clears the filter.
    """

    def __init__(
        self,
        sources: RunSources,
        catalog: Catalog,
        view: RunView,
        table: RunsTable,
        summary: SummaryBar,
        status: StatusBar,
        silences: Sequence[Callable[[], float]],
        clear_key: str,
    ) -> None:
        self._sources = sources
        self._catalog = catalog
        self._view = view
        self._table = table
        self._summary = summary
        self._status = status
        self._silences = silences
        self._clear_key = clear_key

    def update(self) -> None:
        """Update both lines, and say why there are no rows."""
        self.show_summary()
        health = self._catalog.health
        self._table.set_empty_text(
            empty_text(
                health.phase,
                self._clear_key,
                has_runs=bool(self._catalog.runs),
                is_read=self._view.wanted.query.keys <= health.keys,
                is_filtering=self._view.wait() is not None,
            )
        )

    def show_summary(self) -> None:
        """Update the number of runs and the status line."""
        selection = self._table.selection
        title = directory_title(self._sources.base, self._sources.count)
        shown = self._table.shown_keys
        order = order_text(self._view.sort, shown) if shown else ""
        self._summary.show(
            self._catalog,
            title,
            len(self._view),
            len(selection),
            selection.hidden,
            order,
            self._table.position,
            self._table.same_values,
        )
        self.show_status()

    def show_status(self) -> None:
        """Show how current the screen is."""
        reading, directory = self._sources.silence()
        silence = max(reading, *(silence() for silence in self._silences))
        is_known = silence == reading or reading >= LONG_SILENCE
        self._status.show(self._catalog.health, silence, directory if is_known else "")


def order_text(sort: Sort, shown: Container[str]) -> str:
    """Return those keys of an order that no heading shows, with their directions; ``""`` for none.

    Args:
        sort: The order.
        shown: The keys of the columns on screen.
    """
    if sort == NEWEST_FIRST:
        return ""
    signs = sort_signs(sort)
    hidden = [f"{safe_text(key, _LONGEST_KEY)} {signs[key]}" for key in sort.keys if key not in shown]
    return f"by {', '.join(hidden)}" if hidden else ""


def directory_title(base: str, count: int) -> str:
    """Return the title of the runs directories.

    Args:
        base: The runs directory, or the common parent of several.
        count: The number of runs directories.
    """
    title = shown_path(base)
    return title if count == 1 else f"{count} directories in {title}"


def empty_text(
    phase: SyncPhase, clear_key: str, *, has_runs: bool, is_read: bool = True, is_filtering: bool = False
) -> str:
    """Return why there are no rows.

    Args:
        phase: How far the runs have been read.
        clear_key: The key that clears the filter.
        has_runs: Whether there are runs, which then do not match the filter.
        is_read: Whether they have been read with the keys that the filter asks for.
        is_filtering: Whether the runs are still looked through for the filter.
    """
    if phase in (SyncPhase.LISTING, SyncPhase.READING):
        return "reading the runs…"
    if phase is SyncPhase.UNREACHABLE:
        return "The runs directory is gone. Its runs reappear when it is back."
    if has_runs and not is_read:
        return "reading what the filter asks for…"
    if has_runs and is_filtering:
        return "filtering the runs…"
    if has_runs:
        return f"No run matches the filter. {clear_key} clears it."
    return "No runs here yet. New runs appear at once; `runtui demo` makes some to try."
