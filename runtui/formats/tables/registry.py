"""The formats of tables: another one is a module with `NumberedRows`, and a row in `TABLE_FORMATS`."""

from __future__ import annotations

import os
import re

from runtui.formats.tables.base import NumberedRows, OpenTable, TableFormat
from runtui.formats.tables.deferred import DeferredTable
from runtui.formats.tables.delimited import DELIMITERS
from runtui.formats.tables.event_file import EventRows, is_event_file
from runtui.formats.tables.numbered import NumberedTable
from runtui.formats.tables.packed import PACKED_ENDINGS, PackedTable
from runtui.formats.tables.program_logs import LogRows, is_program_log
from runtui.formats.tables.recorded_metrics import (
    FairseqLog,
    JsonMetrics,
    KerasTunerTrial,
    MLflowMetric,
    is_mlflow_metric,
)
from runtui.formats.tables.text_columns import has_columns
from runtui.formats.tables.text_table import TextTable
from runtui.store.regular_file import open_regular

FAIRSEQ_LOG = "hydra_train.log"
"""The name of a log that is a table, too."""

METRICS_LOG = "log.txt"
"""The name of a log that some scripts fill with a JSON object for each epoch."""

_BEGINNING = 64  # bytes that tell what JSON begins with

# A file for each epoch, as of AllenNLP, is a row of a table that nobody wrote.
_OF_METRICS = re.compile(r"\d{8}_\d{6}\.json|metrics_(?!epoch_)\w+\.json", re.ASCII)


def _is_of_metrics(path: str) -> bool:
    return _OF_METRICS.fullmatch(os.path.basename(path)) is not None


def _begins_as_metrics(path: str) -> bool:
    """Return whether a log of JSON objects, or a list of them, is metrics by its first characters."""
    name = os.path.basename(path)
    if name != METRICS_LOG and not name.lower().endswith(".json"):
        return False
    try:
        with open_regular(path) as file:
            begin = os.pread(file.descriptor, _BEGINNING, 0).split()
    except OSError:
        return False
    return b"".join(begin).startswith(b"{" if name == METRICS_LOG else b"[{")


TABLE_FORMATS: dict[str, TableFormat] = {
    "delimited text": TableFormat(tuple(DELIMITERS), None),
    "JSON metrics": TableFormat(
        (
            *("metrics.json", "info.json", "summary.json", "results.json", "document.json"),
            *("result.json", "scalars.json", "scores.json", "history.json", "progress.json"),
            *("log.json", "trainer_state.json"),
        ),
        JsonMetrics,
        _is_of_metrics,
        _begins_as_metrics,
    ),
    "Keras Tuner trial": TableFormat(("trial.json",), KerasTunerTrial),
    "fairseq log": TableFormat((FAIRSEQ_LOG,), FairseqLog),
    "compressed text": TableFormat(PACKED_ENDINGS, PackedTable),
    "log of a program": TableFormat((), LogRows, None, is_program_log),
    "MLflow metric": TableFormat((), MLflowMetric, is_mlflow_metric),
    "TensorBoard events": TableFormat((), EventRows, is_event_file),
    "columns of text": TableFormat((), None, None, has_columns),
}
"""All formats, by what users call them."""


def may_be_table(path: str) -> bool:
    """Return whether a file is a table by its name, its place or, where these do not tell, its contents."""
    return _format_of(path) is not None


def is_named_as_table(path: str) -> bool:
    """Return whether a file is a table by its name or its place alone; opens nothing."""
    return _format_by_name(path) is not None


def numbered_rows(path: str) -> NumberedRows | None:
    """Return the rows of a table by their numbers; None for text, and for a file that is not a table."""
    form = _format_of(path)
    return None if form is None or form.open is None else form.open(path)


def open_table(path: str) -> OpenTable:
    """Return a table to be shown; opens nothing yet. A file that is not known for one is read as text."""
    form = _format_by_name(path)
    if form is None:
        return DeferredTable(lambda: _shown(path, _format_of(path)), TextTable(path))
    return _shown(path, form)


def _shown(path: str, form: TableFormat | None) -> OpenTable:
    if form is None or form.open is None:
        return TextTable(path)
    return NumberedTable(path, form.open(path))


def _format_by_name(path: str) -> TableFormat | None:
    name = os.path.basename(path).lstrip(".").lower()  # what begins with a dot has no ending by that alone
    for form in TABLE_FORMATS.values():
        if name.endswith(form.endings) or (form.is_placed is not None and form.is_placed(path)):
            return form
    return None


def _format_of(path: str) -> TableFormat | None:
    if (named := _format_by_name(path)) is not None:
        return named
    known = (form for form in TABLE_FORMATS.values() if form.is_known is not None and form.is_known(path))
    return next(known, None)
