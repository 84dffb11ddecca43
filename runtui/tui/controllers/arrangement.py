"""Sorting by a column or key, reversing, and grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtui.catalog.columns import is_metric
from runtui.catalog.sorting import Sort, usual_sort
from runtui.catalog.view import RunView
from runtui.settings import DEFAULTS
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.run_size import SIZE_ON_DISK
from runtui.text.sanitize import safe_text
from runtui.tui import dialogs
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.host import DialogHost
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.metric_keys import MetricKeys
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.preview import Preview
from runtui.tui.controllers.rows import RowsController

if TYPE_CHECKING:
    from runtui.tui.widgets.runs_table import RunsTable

_HINT_SECONDS = 2.0
_LONGEST_KEY = 40  # characters


class Arrangement:
    """Sorts and groups the rows as the user chooses.

    Args:
        view: The current rows.
        rows: Rearranges them.
        columns: The columns to cycle through when sorting.
        table: The table, whose groups can be folded.
        preview: Knows the keys of the runs shown so far.
        metric_keys: Knows which metrics the run under the cursor has.
        key_index: Knows the parameter keys of all runs.
        host: Shows the key picker.
        notifier: Tells the user what the rows are sorted by.
    """

    def __init__(
        self,
        view: RunView,
        rows: RowsController,
        columns: ShownColumns,
        table: RunsTable,
        preview: Preview,
        metric_keys: MetricKeys,
        key_index: KeyIndex,
        host: DialogHost,
        notifier: Notifier,
    ) -> None:
        self._view = view
        self._rows = rows
        self._columns = columns
        self._table = table
        self._preview = preview
        self._metric_keys = metric_keys
        self._key_index = key_index
        self._host = host
        self._notifier = notifier
        self._known_keys: set[str] = set()

    def known_keys(self) -> set[str]:
        """Return the known metadata and parameter keys: of runs read so far, and those requested."""
        self._known_keys |= (
            self._key_index.keys
            | self._preview.own_keys
            | self._rows.needed_keys()
            - {
                CHECKPOINT_FILES,
                SIZE_ON_DISK,
            }
        )
        return self._known_keys

    def choose_sort(self) -> None:
        """Let the user choose the keys to sort by."""
        dialog = dialogs.SortScreen(self._rows.wanted.sort, self.known_keys())
        self._host.show_dialog(dialog, self._sort_by)
        self._metric_keys.offer(dialog.add_keys)
        self._key_index.offer(dialog.add_keys)

    def choose_group(self) -> None:
        """Let the user choose the key to group by."""
        dialog = dialogs.KeysScreen("Group by", self.known_keys())
        self._host.show_dialog(dialog, self._group_by)
        self._key_index.offer(dialog.add_keys)

    def _group_by(self, key: str | None) -> None:
        if key is not None:
            query, sort, group = self._rows.wanted
            self._rows.arrange(query, sort, "" if key == group else key)

    def fold_all(self) -> None:
        """Fold all groups, or unfold them."""
        if self._view.group:
            self._table.fold(None)
        else:
            self._notifier.inform("the runs are not grouped", _HINT_SECONDS)

    def sort_by_column(self, key: str) -> None:
        """Sort by a column; reverse the order if the rows are sorted by it already."""
        if key == self._rows.wanted.sort.key:
            self.reverse()
        else:
            self._sort_by(usual_sort(key))

    def sort_by_next(self) -> None:
        """Sort by the next column on screen."""
        keys = [choice.key for choice in self._columns.shown if not is_metric(choice.key)]
        self._sort_by(usual_sort(next_key(keys or [DEFAULTS.sort.key], self._rows.wanted.sort.key)))

    def reverse(self) -> None:
        """Reverse the order."""
        query, sort, _group = self._rows.wanted
        self._rows.arrange(query, sort.reversed())

    def _sort_by(self, sort: Sort | None) -> None:
        if sort is None:
            return
        self._rows.arrange(self._rows.wanted.query, sort)
        keys = ", then ".join(safe_text(key, _LONGEST_KEY) for key in sort.keys)
        self._notifier.inform(f"sorted by {keys}", _HINT_SECONDS)


def next_key(keys: list[str], now: str) -> str:
    """Return the key after `now`, the first one after the last or if `now` is not among them."""
    return keys[(keys.index(now) + 1) % len(keys)] if now in keys else keys[0]
