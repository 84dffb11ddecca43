from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.numbers import has_decimal_commas, is_missing, number_of, with_decimal_point


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-2.90933775-241", -2.90933775e-241),
        ("+.5+100", 0.5e100),
        (" 1.0-100 ", 1e-100),
        ("1Q-3", 1e-3),
        ("2026-123", None),
        ("1.0-10", None),
        ("1.0-1000", None),
        ("1,5", None),
    ],
)
def test_fortran_numbers_are_parsed(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_decimal_commas_are_distinguished_from_other_commas() -> None:
    assert has_decimal_commas(["0", "1,5", "text", "-2,5e3"])
    assert not has_decimal_commas(["1,234", "0.5"])
    assert not has_decimal_commas(["1", "a,b", "1,2,3"])


def test_only_commas_of_numbers_become_points() -> None:
    assert [*map(with_decimal_point, ("1,5", " -2,5E-3", "a,5", "1,2,3"))] == [
        "1.5",
        " -2.5E-3",
        "a,5",
        "1,2,3",
    ]


@given(st.floats())
def test_numbers_round_trip_through_text(value: float) -> None:
    for text in (repr(value), f" {value!r} ", json.dumps(value)):
        found = number_of(text)
        assert found is not None
        assert found == value or (math.isnan(found) and math.isnan(value))


@pytest.mark.parametrize(
    ("text", "number"), [("1D+3", 1000.0), ("-.5d-1", -0.05), ("+7", 7.0), ("-Infinity", -math.inf)]
)
def test_unusual_number_formats_are_parsed(text: str, number: float) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["", "1_000", "٣", "0x10", "1,5", "true", "1e", "--1", "1 2", "infinite"])
def test_text_without_a_number_has_no_value(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize("text", ["", "  ", "-", "NA", "na", "N/A", "None", "NULL", " null ", "<NA>", "#N/A"])
def test_cells_that_say_that_there_is_no_value(text: str) -> None:
    assert is_missing(text)
    assert number_of(text) is None


@pytest.mark.parametrize("text", ["nan", "0", "-1", "no", "nano", "--", "inf"])
def test_other_cells_have_a_value(text: str) -> None:
    assert not is_missing(text)


@pytest.mark.parametrize("text", ["1.#QNAN", "-1.#IND", "1.#qnan", "-nan", "NaN"])
def test_nan_of_any_program_is_a_number(text: str) -> None:
    found = number_of(text)
    assert found is not None
    assert math.isnan(found)
