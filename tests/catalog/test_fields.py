"""The registry of fields, and fields that are read from the metadata."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.fields import (
    FIELDS,
    HAS,
    USUAL_COLUMNS,
    FieldKind,
    columns,
    filters,
    metadata_field,
    total_size,
)
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.record import RunRecord, Value
from runtui.store.run_size import SIZE_IS_PARTIAL, SIZE_ON_DISK

_KINDS = (FieldKind.TEXT, FieldKind.NAME, FieldKind.USER, FieldKind.MOMENT, FieldKind.SPAN, FieldKind.NUMBER)
_NOON = 1_795_608_000.0  # 2026-11-25T12:00:00Z


def run_with(value: Value) -> RunRecord:
    return RunRecord("r", "r", values={"key": value})


def test_no_two_fields_share_a_name() -> None:
    names = Counter(name for _field, filter in filters() for name in filter.names)
    exported = Counter(field.json.name for field in FIELDS.values() if field.json is not None)
    assert max(names.values()) == max(exported.values()) == 1
    assert all(field.key == key for key, field in FIELDS.items())


@pytest.mark.parametrize(
    ("listed", "beside", "text", "has"),
    [
        (0, 0, "", False),
        (0, 2, "2", True),
        (3, 0, "3", True),
        (3, 2, "5", True),
        (0, None, "…", False),
        (3, None, "3", True),
        (0, "checkpoints/ cannot be read", "?", True),
        (3, "checkpoints/ cannot be read", "3?", True),
    ],
)
def test_checkpoints_are_counted_as_far_as_they_were_looked_for(
    listed: int, beside: int | str | None, text: str, has: bool
) -> None:
    values: dict[str, Value] = {} if beside is None else {CHECKPOINT_FILES: beside}
    run = RunRecord("r", "r", checkpoints=listed, values=values)
    assert columns()["checkpoints"].text(run, 0.0) == text
    assert HAS["checkpoint"](run) == has


def test_default_columns_come_first() -> None:
    assert tuple(columns())[: len(USUAL_COLUMNS)] == USUAL_COLUMNS


@pytest.mark.parametrize(
    ("kind", "value", "read", "text"),
    [
        (FieldKind.TEXT, 0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
        (FieldKind.TEXT, True, "true", "true"),
        (FieldKind.NUMBER, 3, 3, "3"),
        (FieldKind.NUMBER, "3", 3.0, "3.0"),
        (FieldKind.NUMBER, "three", None, ""),
        (FieldKind.NUMBER, True, None, ""),
        (FieldKind.SPAN, 7200, 7200, "2h00m"),
        (FieldKind.SPAN, math.inf, math.inf, "inf"),
        (FieldKind.MOMENT, "2026-11-25T12:00:00Z", _NOON, "11-25 "),
        (FieldKind.MOMENT, _NOON, _NOON, "11-25 "),
        (FieldKind.MOMENT, "soon", None, ""),
        (FieldKind.MOMENT, 1e300, None, ""),
    ],
)
def test_value_is_read_according_to_its_kind(
    kind: FieldKind, value: Value, read: Value | None, text: str
) -> None:
    field = metadata_field("key", kind)
    assert field.column is not None
    assert field.value(run_with(value)) == read
    shown = field.column.text(run_with(value), _NOON)
    assert shown.startswith(text) if kind is FieldKind.MOMENT and text else shown == text


@given(
    st.sampled_from(_KINDS),
    st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), max_size=6),
    st.booleans(),
)
def test_any_values_are_shown_and_sorted_with_missing_last(
    kind: FieldKind, values: list[Value | None], descending: bool
) -> None:
    field = metadata_field("key", kind)
    assert field.column is not None
    runs = [RunRecord("r", "r") if value is None else run_with(value) for value in values]
    order = field.column.order(descending=descending)
    in_order = sorted(runs, key=lambda run: order(run, 0.0), reverse=descending)
    are_missing = [field.value(run) in (None, "") for run in in_order]
    assert are_missing == sorted(are_missing)
    assert all(isinstance(field.column.text(run, 0.0), str) for run in runs)


def test_size_says_what_is_not_known_of_it() -> None:
    text = columns()["size"].text
    known = {SIZE_ON_DISK: 3 * 2**20}
    assert text(RunRecord("a", "a"), 0.0) == "…"
    assert text(RunRecord("a", "a", values=known), 0.0) == "3.0M"
    assert text(RunRecord("a", "a", status="running", values=known), 0.0) == "~3.0M"
    assert text(RunRecord("a", "a", values={**known, SIZE_IS_PARTIAL: True}), 0.0) == "≥3.0M"


def test_total_size_adds_what_is_known() -> None:
    runs = [RunRecord("a", "a", values={SIZE_ON_DISK: 1024}), RunRecord("b", "b")]
    assert total_size(runs * 2) == "2.0K"
    assert total_size(runs[1:]) == ""
