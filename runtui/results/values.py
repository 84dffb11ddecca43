"""Parameters and results of a run, as values that can be compared with another run's."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtui.formats.config.parameters import parameter_files
from runtui.formats.config.registry import line_items
from runtui.formats.tables.delimited import HEAD, MOST_COLUMNS
from runtui.layouts.run_parameters import layout_parameters
from runtui.results.metrics import end_of
from runtui.results.result_files import ViewerKind, find_results
from runtui.store.details import flat_items
from runtui.store.edits.fold import read_overlaid
from runtui.store.errors import MetadataError, explain
from runtui.store.json_object import parse_object
from runtui.store.paths import PARAMS_FILE
from runtui.store.status import normal_status
from runtui.store.timestamps import parse_timestamp
from runtui.text.folding import composed
from runtui.text.sanitize import safe_text

PARAMETERS = "parameters"
METADATA = "metadata"
METRICS = "final metrics"

_LONGEST_TEXT = 1000  # characters
_LONGEST_KEY = 200  # characters
_MOST_VALUES = 5000
_MOST_TABLES = 50  # tables
_MOST_NAMED = 5  # columns
_LONGEST_WHOLE_NUMBER = 300  # bits


@dataclass(frozen=True, slots=True)
class Value:
    """A value to be compared.

    Attributes:
        text: The value as text, safe to show, cut where it is very long.
        number: Its number, or None for other values.
        identity: A text that differs for different values that are no numbers.
    """

    text: str
    number: int | float | None = None
    identity: str = ""

    def equals(self, other: Value | None) -> bool:
        """Return whether it is the same as another run's; nan is the same as nan, and 1 as 1.0."""
        if other is None or (self.number is None) != (other.number is None):
            return False
        if self.number is None or other.number is None:
            return self.identity == other.identity
        return self.number == other.number or (self.number != self.number and other.number != other.number)


@dataclass(frozen=True, slots=True)
class RunValues:
    """Values of one run.

    Attributes:
        name: The run, as it is told from others; its directory as the file system spells it.
        shown: Its id, safe to show.
        sections: Values by key, by the title of where they come from; keys and titles are safe to show.
        problems: Unreadable files and their faults, in one line each.
    """

    name: str
    shown: str
    sections: Mapping[str, Mapping[str, Value]]
    problems: tuple[str, ...] = ()


def read_values(base: str, name: str, shown_as: str | None = None) -> RunValues:
    """Read the comparable values of a run: parameters, configuration, metadata, and its final metrics.

    Never raises for what is on disk.

    Args:
        base: The runs directory.
        name: The run in it.
        shown_as: The name that distinguishes it from others; by default its own.
    """
    run_dir = os.path.join(base, name)
    problems: list[str] = []
    known = layout_parameters(run_dir)
    sections: dict[str, dict[str, Value]] = {}
    own_title = ""
    for file in parameter_files(run_dir):
        if file.problem:
            problems.append(file.problem)
        elif file.path == PARAMS_FILE:
            try:
                sections[PARAMETERS] = _values(flat_items(parse_object(file.data, name=PARAMS_FILE)))
            except MetadataError as error:
                problems.append(str(error))
        elif (document := file.document) is not None:
            title = safe_text(file.path, _LONGEST_KEY)
            if known is not None and document and known.stand_for(document):
                own_title = own_title or title
            else:
                sections[title] = _values(flat_items(document))
        elif file.is_certain:
            sections[safe_text(file.path, _LONGEST_KEY)] = _values(line_items(file.data))
    if known is not None:
        sections = {own_title or known.layout: _values(flat_items(known.values)), **sections}
    try:
        sections[METADATA] = _values(_metadata_items(read_overlaid(base, name).metadata))
    except MetadataError as error:
        problems.append(str(error))
    sections[METRICS] = _values(_metric_items(run_dir, problems))
    label = name if shown_as is None else shown_as
    return RunValues(
        label,
        safe_text(label),
        {title: values for title, values in sections.items() if values},
        tuple(safe_text(problem) for problem in problems),
    )


def value_of(found: object) -> Value:
    """Return anything that JSON can hold as a value to be compared."""
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        if isinstance(found, int) and found.bit_length() > _LONGEST_WHOLE_NUMBER:
            return Value("(number too long to show)", identity=hex(found))
        return Value(repr(found), found)
    text = composed(found) if isinstance(found, str) else _json_text(found)
    kind = "text" if isinstance(found, str) else "json"
    if len(text) <= _LONGEST_TEXT:
        return Value(safe_text(text), identity=f"{kind} {text}")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Value(safe_text(text, _LONGEST_TEXT), identity=f"{kind} {digest}")


def _json_text(found: object) -> str:
    try:
        return json.dumps(found, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return "(cannot be shown)"


def _values(items: Iterable[tuple[str, object]]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, found in items:
        if len(values) == _MOST_VALUES:
            values["…"] = Value(f"more than {_MOST_VALUES} values, the rest is not compared")
            break
        values[composed(safe_text(key, _LONGEST_KEY))] = value_of(found)
    return values


def _metadata_items(metadata: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    told = {key: value for key, value in metadata.items() if key not in ("run_id", "checkpoints")}
    if isinstance(status := told.get("status"), str):
        told["status"] = normal_status(status)
    yield from flat_items(told)
    checkpoints = metadata.get("checkpoints")
    if isinstance(checkpoints, list):
        yield "checkpoints", len(checkpoints)
    began = parse_timestamp(metadata.get("started_at")) or parse_timestamp(metadata.get("created_at"))
    ended = parse_timestamp(metadata.get("completed_at"))
    if began is not None and ended is not None:
        yield "duration in seconds", round(ended - began, 3)


def _metric_items(run_dir: str, problems: list[str]) -> Iterator[tuple[str, object]]:
    tables = [file for file in find_results(run_dir, problems) if file.kind is ViewerKind.TABLE]
    for table in tables[:_MOST_TABLES]:
        name = table.shown_name
        try:
            metrics = end_of(os.path.join(run_dir, table.name))
        except OSError as error:
            problems.append(f"{name}: {explain(error, with_path=False)}")
            continue
        found = metrics.last
        for column, number in found.items():
            yield f"{name} {column}", _whole(number)
        if len(found) >= MOST_COLUMNS:
            problems.append(f"{name}: only the first {MOST_COLUMNS:,} columns are read")
        elif not found and table.size > HEAD:
            problems.append(f"{name}: no row of numbers is found at its end")
        elif metrics.unseen:
            columns = ", ".join(metrics.unseen[:_MOST_NAMED]) + (
                "…" if len(metrics.unseen) > _MOST_NAMED else ""
            )
            problems.append(f"{name}: no value found at its end for {columns}")


def _whole(number: float) -> int | float:
    """Return a number without a fraction as a whole one, as a table of results writes it."""
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
