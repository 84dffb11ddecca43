"""Saving the table: its rows, columns and order, to a file."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial

from runtui import results
from runtui.catalog.columns import METRIC, Column, is_metric
from runtui.catalog.exported_cells import exported_cell
from runtui.catalog.fields import column_of
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.logs.read.saving import save_pieces
from runtui.store.errors import explain
from runtui.store.record import RunRecord
from runtui.store.user_dirs import shown_path
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text
from runtui.text.table_text import TABLE_TEXTS
from runtui.tui import dialogs
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.notifier import Notifier


class TableExport:
    """Saves the table as it is shown.

    Args:
        view: The rows.
        columns: The columns.
        sources: The runs directories, in which metrics are read.
        host: Shows the dialog.
        background: Reads and writes.
        notifier: Tells what became of it.
    """

    def __init__(
        self,
        view: RunView,
        columns: ShownColumns,
        sources: RunSources,
        host: DialogHost,
        background: BackgroundWork,
        notifier: Notifier,
    ) -> None:
        self._view = view
        self._columns = columns
        self._sources = sources
        self._host = host
        self._background = background
        self._notifier = notifier

    def save(self) -> None:
        """Ask for a file, and save the rows to it."""
        runs = list(self._view.runs())
        if not runs:
            self._notifier.warn("there is no row to save")
            return

        def save(path: str | None) -> None:
            if path is not None:
                columns = [column_of(choice.key, runs) for choice in self._columns.shown]
                placed = [(run, "/".join(self._sources.place_of(run.name))) for run in runs]
                job = partial(_saved, columns, placed, os.path.abspath(path))
                self._background.submit("save table", job, self._notifier.inform)

        self._host.show_dialog(dialogs.SaveTableScreen(len(runs)), save)


def _saved(columns: Sequence[Column], runs: Sequence[tuple[RunRecord, str]], path: str) -> str:
    """Save rows, and return what to say of it."""
    now = time.time()
    names = [column.key.removeprefix(METRIC) for column in columns if is_metric(column.key)]
    rows = [[column.title for column in columns]]
    for run, run_dir in runs:
        if names:
            found = results.read_metrics(run_dir, names)
            values = {METRIC + name: one.value for name, one in found.items() if one.value is not None}
            run = run._replace(values={**run.values, **values})
        rows.append([exported_cell(column, run, now) for column in columns])
    text = TABLE_TEXTS[os.path.splitext(path)[1].lower()](rows)
    try:
        save_pieces([text.encode("utf-8", "replace")], path)
    except FileExistsError:
        return safe_text(f"not saved: {shown_path(path)} is there already, choose another name")
    except FileNotFoundError:
        return safe_text(f"not saved: there is no folder {shown_path(os.path.dirname(path))}, make it first")
    except OSError as error:
        return safe_text(f"not saved: {explain(error)}")
    return safe_text(f"{run_count(len(runs))} saved to {shown_path(path)}")
