"""Types of the fields of a run, and fields whose values are read from the metadata."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from runtui.catalog.columns import Column, value_order
from runtui.catalog.query.model import Predicate, TextTest
from runtui.catalog.unread import UNREADABLE
from runtui.store.record import RunRecord, Value
from runtui.store.timestamps import parse_timestamp
from runtui.text.format import duration_text, moment_text, value_text

_LATEST_MOMENT = 1e12  # seconds since the epoch
_MOST_REMEMBERED = 20_000  # texts whose test results are cached
_LEAST_WIDTH = 6  # cells


class FieldKind(Enum):
    """Types of a field's values, which determine how it is filtered, grouped and shown."""

    TEXT = "any text, of which a filter finds a part"
    NAME = "one of few texts, of which a filter finds the whole and completion offers all"
    FOLDER = "a path, of which a filter finds a folder with those below it"
    USER = "a name, where `me` is whoever runs the program"
    REASON = "why a run failed: a kind of failure, or any text"
    MOMENT = "seconds since the epoch"
    SPAN = "seconds"
    NUMBER = "a number"
    SIZE = "bytes"
    PROPERTY = "something that a run has or is"


class Filter(NamedTuple):
    """Rules for filtering by a field.

    Attributes:
        names: Its names in queries; completion offers the first.
        operator: Text that completion adds to the name; ``""`` if the name is not offered.
        offered: Values that completion offers regardless of the runs.
        can_be_missing: Whether ``none`` matches runs without a value.
        texts: Returns all texts of a run as a sequence, if there can be others than the value.
        matching: Turns a test of texts into a predicate, if calling `texts` for each run would be too slow.
        properties: Predicates for ``has:`` and ``is:``, by the word.
    """

    names: tuple[str, ...]
    operator: str = ""
    offered: tuple[str, ...] = ()
    can_be_missing: bool = False
    texts: Callable[[RunRecord], Sequence[str]] | None = None
    matching: Callable[[TextTest], Predicate] | None = None
    properties: Mapping[str, Predicate] = {}


class JsonValue(NamedTuple):
    """Rules for exporting a field with ``--json``.

    Attributes:
        name: The name of its value.
        value: Returns the value, given the run and the current time; times are in seconds since the epoch
            here, and reasons are a `FailureSummary`.
    """

    name: str
    value: Callable[[RunRecord, float], Any]


class Field(NamedTuple):
    """A field of a run.

    Attributes:
        key: Its name in the registry, and that of its column in options and settings.
        kind: The type of its values.
        value: Returns a run's value: for kinds of text a text, or ``""``; for other kinds a number, or None.
        source: The dotted key of the metadata, the parameters or the configuration from which it is read,
            or ``""`` for an attribute of `RunRecord`.
        column, filter, json: How it is shown, filtered by and exported; None if it is not.
    """

    key: str
    kind: FieldKind
    value: Callable[[RunRecord], Value | None]
    source: str = ""
    column: Column | None = None
    filter: Filter | None = None
    json: JsonValue | None = None


class RememberedTest(dict[str, bool]):
    """Cache of a test's results by text, because runs have few distinct texts."""

    def __init__(self, test: TextTest) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, text: str) -> bool:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        answer = self[text] = self._test(text)
        return answer


def metadata_field(
    key: str,
    kind: FieldKind,
    source: str = "",
    *,
    title: str = "",
    width: int = 0,
    share: int = 0,
    rank: int = 3,
    offered: tuple[str, ...] = (),
) -> Field:
    """Return a field whose value is read from the metadata, the parameters or the configuration.

    Args:
        key: Its name, everywhere.
        kind: The type of its values; not a reason or a property.
        source: The dotted key from which it is read; by default `key`.
        title: The heading of its column; by default `key`.
        width, share, rank: See `Column`; the width is that of the heading by default.
        offered: Values that completion offers regardless of the runs.
    """
    source = source or key
    title = title or key
    value = partial(_READERS[kind], source)
    is_number = kind in (FieldKind.SPAN, FieldKind.NUMBER)
    present = partial(_present, value)
    column = Column(
        key,
        title,
        width or max(_LEAST_WIDTH, len(title)),
        share,
        rank,
        "right" if is_number else "left",
        is_number or kind is FieldKind.MOMENT,
        partial(_cell_text, kind, source, value),
        partial(value_order, present, 1),
        source,
        present,
    )
    operator = ">" if is_number or kind is FieldKind.MOMENT else ":"
    return Field(
        key,
        kind,
        value,
        source,
        column,
        Filter((key,), operator, offered, can_be_missing=True),
        JsonValue(key, lambda run, _now: present(run)),
    )


def _read_text(source: str, run: RunRecord) -> Value | None:
    return value_text(run.values.get(source), is_exact=True)


def _read_number(source: str, run: RunRecord) -> Value | None:
    value = run.values.get(source)
    if isinstance(value, bool):
        return None
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _read_moment(source: str, run: RunRecord) -> Value | None:
    value = run.values.get(source)
    if isinstance(value, str):
        return parse_timestamp(value)
    is_date = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LATEST_MOMENT
    return value if is_date else None


_READERS = {
    FieldKind.TEXT: _read_text,
    FieldKind.NAME: _read_text,
    FieldKind.FOLDER: _read_text,
    FieldKind.USER: _read_text,
    FieldKind.MOMENT: _read_moment,
    FieldKind.SPAN: _read_number,
    FieldKind.NUMBER: _read_number,
}


def _present(value: Callable[[RunRecord], Value | None], run: RunRecord) -> Value | None:
    found = value(run)
    return None if found == "" else found


def _cell_text(
    kind: FieldKind, source: str, value: Callable[[RunRecord], Value | None], run: RunRecord, now: float
) -> str:
    if source in run.unread:
        return UNREADABLE
    found = value(run)
    if isinstance(found, (int, float)) and math.isfinite(found):
        if kind is FieldKind.SPAN:
            return duration_text(found)
        if kind is FieldKind.MOMENT:
            return moment_text(found, now)
    return value_text(found)
