"""Fields that are read from the metadata, by the kind of their values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.field_types import FieldKind, metadata_field
from runtui.store.record import RunRecord, Value

_KINDS = (FieldKind.TEXT, FieldKind.NAME, FieldKind.USER, FieldKind.MOMENT, FieldKind.SPAN, FieldKind.NUMBER)
_NOON = 1_795_608_000.0  # 2026-11-25T12:00:00Z


def run_with(value: Value) -> RunRecord:
    return RunRecord("r", "r", values={"key": value})


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
