"""Metrics as experiment trackers record them: a JSON object of numbers or of series, and MLflow's files.

Sacred's ``metrics.json`` has for each metric its steps and values. MLflow has a file for each metric, with a
line ``time value step`` for each value. Other JSON objects (the summary of W&B, the document of a job of
signac, Sacred's ``info.json``) have a last value for each metric, or a list of all of them. Detectron2, Ray
and OpenMMLab write JSON lines into files called ``.json``.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from runtui.formats.tables.delimited import MOST_COLUMNS, json_row
from runtui.store.details import flat_items
from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.record import FileStamp
from runtui.store.regular_file import read_file

_LARGEST_FILE = 16 * 1024 * 1024  # bytes
_MOST_ROWS = 1_000_000  # rows
_STEP, _TIME = "step", "time"
_OWN_OF_WANDB = "_wandb"
_HISTORY = "log_history"  # of the Trainer of Transformers
_LOGGED_OBJECT = re.compile(rb"\]\s-\s(\{.*\})\s*$", re.MULTILINE)

MLFLOW_METRICS = "metrics"
"""The folder of the metrics of a run of MLflow's."""

_MLFLOW_RECORD = "meta.yaml"


class Contents(NamedTuple):
    """The rows of a file, with their columns."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


NOTHING = Contents((), ())


class RecordedRows:
    """The rows of a file with metrics, read anew as a whole when it has changed.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._stamp: FileStamp | None = None
        self._contents = NOTHING

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        return self._contents.columns

    def look(self) -> bool:
        """Read the file if it has changed, and return whether it has.

        Raises:
            OSError: It cannot be read.
        """
        try:
            data, stamp = read_file(self._path, _LARGEST_FILE)
        except MetadataError:
            data, stamp = b"", b""
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self._contents = self._read(data)
        return True

    def __len__(self) -> int:
        return len(self._contents.rows)

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        """Return the cells of rows."""
        return self._contents.rows[first : first + count]

    def _read(self, data: bytes) -> Contents:
        raise NotImplementedError


class JsonMetrics(RecordedRows):
    """The rows of a JSON object with numbers."""

    def _read(self, data: bytes) -> Contents:
        if data.lstrip()[:1] == b"[":
            return _of_list(data)
        try:
            document = parse_object(data, exact=False)
        except MetadataError:
            return _of_lines(data)
        history = document.get(_HISTORY)
        if isinstance(history, list):
            return _of_records(_row(record) for record in history if isinstance(record, dict))
        series = {name: found for name, value in document.items() if (found := _series(value))}
        return _of_series(series) if series else _of_values(document)


class KerasTunerTrial(RecordedRows):
    """The rows of a trial of Keras Tuner."""

    def _read(self, data: bytes) -> Contents:
        try:
            document = parse_object(data, exact=False)
        except MetadataError:
            return NOTHING
        tracked = document.get("metrics")
        metrics = tracked.get("metrics") if isinstance(tracked, dict) else None
        found = {}
        for name, metric in metrics.items() if isinstance(metrics, dict) else ():
            listed = metric.get("observations") if isinstance(metric, dict) else None
            pairs = [(one.get("step"), one.get("value")) for one in listed or () if isinstance(one, dict)]
            steps = [step for step, _value in pairs if isinstance(step, (int, float))]
            values = [value[0] if isinstance(value, list) and value else value for _step, value in pairs]
            if steps and len(steps) == len(values):
                found[name] = _Series(steps, values)
        if isinstance(score := document.get("score"), (int, float)):
            found["score"] = _Series([max([0.0, *(one.steps[-1] for one in found.values())])], [score])
        return _of_series(found) if found else NOTHING


class FairseqLog(RecordedRows):
    """The rows of fairseq's log: the JSON objects at the end of its lines."""

    def _read(self, data: bytes) -> Contents:
        return _of_records(_row_of_text(match[1]) for match in _LOGGED_OBJECT.finditer(data))


class MLflowMetric(RecordedRows):
    """The rows of a file of MLflow's for one metric, which has its name."""

    def _read(self, data: bytes) -> Contents:
        lines = (line.split() for line in data.decode("utf-8", "replace").splitlines()[:_MOST_ROWS])
        # Old releases recorded no step.
        rows = [(line[2] if line[2:] else "", line[1], line[0]) for line in lines if len(line) in (2, 3)]
        return Contents((_STEP, mlflow_metric(self._path), _TIME), rows) if rows else NOTHING


def is_mlflow_metric(path: str) -> bool:
    """Return whether a file may be one of MLflow's for a metric, by its place."""
    return mlflow_metric(path) != ""


def mlflow_metric(path: str) -> str:
    """Return the name of the metric whose file of MLflow's a file may be, by its place; ``""`` for others.

    The slashes of a name make folders.

    Args:
        path: The file's path, whole or below the run.
    """
    run_dir, folder, name = f"/{path}".rpartition(f"/{MLFLOW_METRICS}/")
    if not folder or ("/" in name and run_dir and not os.path.isfile(f"{run_dir[1:]}/{_MLFLOW_RECORD}")):
        return ""
    return name


def is_series(value: object) -> bool:
    """Return whether a value is what Sacred records of a metric: its steps, and as many values."""
    return _series(value) is not None


class _Series(NamedTuple):
    """The steps and values of a metric, as many of both."""

    steps: Sequence[float]
    values: Sequence[Any]


def _series(value: Any) -> _Series | None:
    if not isinstance(value, dict):
        return None
    steps, values = value.get("steps"), value.get("values")
    if not (isinstance(steps, list) and isinstance(values, list) and steps):
        return None
    if not all(isinstance(step, (int, float)) for step in steps):
        return None
    count = min(len(steps), len(values))
    return _Series(steps[:count], values[:count])


def _of_series(series: Mapping[str, _Series]) -> Contents:
    """Return series as rows, one for each step, or for each time that a step was recorded."""
    names = list(series)[:MOST_COLUMNS]
    rows: dict[tuple[float, int], list[str]] = {}
    for place, name in enumerate(names, 1):
        times: Counter[float] = Counter()
        for step, value in zip(*series[name], strict=True):
            key = (step, times[step])
            times[step] += 1
            row = rows.setdefault(key, [_text(step), *[""] * len(names)])
            row[place] = _text(value)
    return Contents((_STEP, *names), [rows[key] for key in sorted(rows)])


def _of_list(data: bytes) -> Contents:
    """Return a JSON list of objects as rows, as pandas writes it."""
    try:
        records = orjson.loads(data)
    except ValueError:
        return NOTHING
    return _of_records(_row(record) for record in records[:_MOST_ROWS] if isinstance(record, dict))


def _of_lines(data: bytes) -> Contents:
    """Return JSON lines as rows; lines that are none are passed over."""
    return _of_records(map(_row_of_text, data.split(b"\n")[:_MOST_ROWS]))


def _row_of_text(line: bytes) -> Mapping[str, str]:
    text = line.decode("utf-8", "replace").strip()
    return (json_row(text) or {}) if text.startswith("{") else {}


def _row(record: Mapping[str, Any]) -> Mapping[str, str]:
    return {key: cell for key, value in flat_items(record) if (cell := _text(value))}


def _of_records(records: Iterable[Mapping[str, str]]) -> Contents:
    """Return records as rows, with a column for each key that any has."""
    rows = [record for record in records if record]
    columns = list(dict.fromkeys(key for record in rows for key in record))[:MOST_COLUMNS]
    return Contents(columns, [[record.get(key, "") for key in columns] for record in rows])


def _of_values(document: Mapping[str, Any]) -> Contents:
    """Return lists of numbers as columns, and single numbers in the last row."""
    columns = dict(_numbers({key: value for key, value in document.items() if key != _OWN_OF_WANDB}))
    if not columns:
        return NOTHING
    count = max(map(len, columns.values()))
    padded = [[""] * (count - len(cells)) + cells for cells in columns.values()]
    return Contents(list(columns), list(zip(*padded, strict=True)))


def _numbers(document: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for _number, (key, value) in zip(range(MOST_COLUMNS), flat_items(document), strict=False):
        values = value if isinstance(value, list) else [value]
        cells = [_text(item) for item in values]
        if any(cells):
            yield key, cells


def _text(value: Any) -> str:
    """Return a number as text; ``""`` for what is none."""
    if isinstance(value, dict):
        value = value.get("value")  # of NumPy, as Sacred writes it
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return repr(value) if is_number else ""
