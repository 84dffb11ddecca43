"""The formats of tables: another one is a module with `NumberedRows`, and a row in `TABLE_FORMATS`."""

from __future__ import annotations

import os
import re

from runtui.formats.tables.base import NumberedRows, OpenTable, TableFormat
from runtui.formats.tables.delimited import DELIMITERS
from runtui.formats.tables.event_file import EventRows, is_event_file
from runtui.formats.tables.numbered import NumberedTable
from runtui.formats.tables.recorded_metrics import (
    FairseqLog,
    JsonMetrics,
    KerasTunerTrial,
    MLflowMetric,
    is_mlflow_metric,
)
from runtui.formats.tables.text_table import TextTable
from runtui.store.regular_file import open_regular

FAIRSEQ_LOG = "hydra_train.log"
"""The name of a log that is a table, too."""

METRICS_LOG = "log.txt"
"""The name of a log that some scripts fill with a JSON object for each epoch."""

# A file for each epoch, as of AllenNLP, is a row of a table that nobody wrote.
_OF_METRICS = re.compile(r"\d{8}_\d{6}\.json|metrics_(?!epoch_)\w+\.json", re.ASCII)


def _is_of_metrics(path: str) -> bool:
    """Return whether a file has metrics by its name, or, given its whole path, by its first character."""
    name = os.path.basename(path)
    if name == METRICS_LOG and name != path:
        try:
            with open_regular(path) as file:
                return os.pread(file.descriptor, 1, 0) == b"{"
        except OSError:
            return False
    return _OF_METRICS.fullmatch(name) is not None


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
    ),
    "Keras Tuner trial": TableFormat(("trial.json",), KerasTunerTrial),
    "fairseq log": TableFormat((FAIRSEQ_LOG,), FairseqLog),
    "MLflow metric": TableFormat((), MLflowMetric, is_mlflow_metric),
    "TensorBoard events": TableFormat((), EventRows, is_event_file),
}
"""All formats, by what users call them."""


def may_be_table(path: str) -> bool:
    """Return whether a file's name, or its place, is that of a table."""
    return _format_of(path) is not None


def numbered_rows(path: str) -> NumberedRows | None:
    """Return the rows of a table by their numbers; None for text, and for a file that is not a table."""
    form = _format_of(path)
    return None if form is None or form.open is None else form.open(path)


def open_table(path: str) -> OpenTable:
    """Return a table to be shown; opens nothing yet. A file whose name is not a table's is read as text."""
    rows = numbered_rows(path)
    return TextTable(path) if rows is None else NumberedTable(path, rows)


def _format_of(path: str) -> TableFormat | None:
    name = os.path.basename(path).lstrip(".").lower()  # what begins with a dot has no ending by that alone
    for form in TABLE_FORMATS.values():
        if name.endswith(form.endings) or (form.is_placed is not None and form.is_placed(path)):
            return form
    return None
