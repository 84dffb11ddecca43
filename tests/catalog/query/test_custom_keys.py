"""Conditions on the simulation's own keys."""

from __future__ import annotations

import math

import pytest

from runtui.catalog.query.custom_keys import own_value_condition
from runtui.catalog.query.parser import QueryError, read_terms
from runtui.store.record import RunRecord, Value


def lets_through(text: str, value: Value | None) -> bool:
    [term] = read_terms(text)
    return own_value_condition(term)(RunRecord("r", "r", values={} if value is None else {"k": value}))


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("k=0.3", 0.3, True),
        ("k:0.30", 0.3, True),
        ("k=3", 3.0, True),
        ("k=9007199254740993", 2**53 + 1, True),
        ("k=9007199254740992", 2**53 + 1, False),
        ("k=nan", math.nan, True),
        ("k!=nan", math.nan, False),
        ("k=0.3", "0.30", True),
        ("k:0.3", "beta 0.3", True),
        ("k=0.3", "beta 0.3", False),
        ("k=true", True, True),
        ("k=1", True, False),
        ("k=TRUE", 1, False),
        ("k:1*", 12, True),
        ("k:1*", 21, False),
        ("k:none", None, True),
        ('k:"none"', None, False),
        ("k:none", "none", True),
        ("k:none", "nonesuch", False),
        ("k!=1", None, True),
        ("k!=none", None, False),
        ("k:1,x", "x-ray", True),
        pytest.param("k:*", 10**5000, False, id="a number too long to write"),
    ],
)
def test_equality_depends_on_the_kind_of_the_value(text: str, value: Value | None, expected: bool) -> None:
    assert lets_through(text, value) is expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("k>0.3", 0.4, True),
        ("k>0.3", "0.4", True),
        ("k>0.3", "much", False),
        ("k>0", True, False),
        ("k>0", None, False),
        ("k<2026", 3, True),
        ("k<2026", "3", True),
        ("k<2026", "2025-12-31T12:00:00", True),
        ("k>2026-01-31", "2026-02-01", True),
        ("k>2026-01-31", "2026-01-31", False),
        ("k>=2026-01-31", "2026-01-31", True),
        ("k>2026-01-31", 99999999999, False),
        ("k>2026-01-31", "2026-99-99", False),
    ],
)
def test_comparison_orders_numbers_and_dates(text: str, value: Value | None, expected: bool) -> None:
    assert lets_through(text, value) is expected


@pytest.mark.parametrize(
    ("text", "message"), [("k>nan", "nothing is less or more"), ("k<x", "needs a number")]
)
def test_comparison_without_an_order_is_refused(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        lets_through(text, 1)
    assert (caught.value.position, caught.value.length) == (2, len(text) - 2)
