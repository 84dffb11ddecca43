"""Columns of any key."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.columns import status_text
from runtui.catalog.fields import column_of, columns
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.record import RunRecord, Value
from runtui.store.run_size import SIZE_ON_DISK


def run_with(value: Value | None) -> RunRecord:
    return RunRecord("r", "r", values={} if value is None else {"k": value})


def test_key_of_a_field_is_its_column() -> None:
    looked_at = {"checkpoints": CHECKPOINT_FILES, "size": SIZE_ON_DISK}
    for key, column in columns().items():
        assert column_of(key) is column
        assert column.key == key
        assert column.value_key == looked_at.get(key, "")


@pytest.mark.parametrize("key", sorted(columns()))
def test_every_column_shows_and_sorts_an_empty_run(key: str) -> None:
    column = column_of(key)
    run = RunRecord("r", "r")
    assert isinstance(column.text(run, 0.0), str)
    assert column.sort_value(run, 0.0) == column.order(descending=True)(run, 0.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("sir", "sir"),
        (True, "true"),
        (42, "42"),
        (0.25, "0.25"),
        (0.1 + 0.2, "0.3"),
        (math.nan, "nan"),
        (1.0e-12, "1e-12"),
        (12345678901234, "1.23457e+13"),
        (10**4000, "(number too long to show)"),
    ],
)
def test_custom_column_shows_the_value_of_its_key(value: Value | None, text: str) -> None:
    assert column_of("k").text(run_with(value), 0.0) == text


def test_custom_column_is_titled_by_its_key_and_aligns_numbers_right() -> None:
    column = column_of("k")
    assert (column.key, column.title, column.value_key, column.align) == ("k", "k", "k", "right")
    assert column_of("k", [run_with(3), run_with(None)]).align == "right"
    assert column_of("k", [run_with(3), run_with("x")]).align == "left"
    assert column_of("a\x1b" * 100).title.isprintable()


@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(), st.booleans(), st.text(max_size=3)), max_size=8
    ),
    st.booleans(),
)
def test_numbers_sort_before_text_and_missing_values_last_in_both_directions(
    values: list[Value | None], descending: bool
) -> None:
    order = column_of("k").order(descending=descending)
    runs = sorted(map(run_with, values), key=lambda run: order(run, 0.0), reverse=descending)
    shown = [run.values.get("k") for run in runs]
    kinds = [
        3 if value is None else 2 if isinstance(value, str) else 1 if value != value else 0 for value in shown
    ]
    assert kinds == sorted(kinds)
    numbers = [value for value, kind in zip(shown, kinds, strict=True) if kind == 0]
    assert numbers == sorted(numbers, reverse=descending)


def test_status_that_was_derived_from_files_has_a_tilde() -> None:
    run = RunRecord("r", "r", status="completed")
    assert status_text(run) == "✓ completed"
    assert status_text(run._replace(is_derived=True)) == "✓ ~completed"
