from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.results.curves import in_logarithms, log_ticks, number_text, pieces_of, smoothed, ticks

_values = st.lists(st.floats(width=32), max_size=200)
_finite = st.floats(-1e12, 1e12)


def test_smoothing_keeps_gaps_and_begins_at_the_first_value() -> None:
    found = smoothed([1, math.nan, 3, math.inf, 3], 0.5)
    assert [math.isnan(value) for value in found] == [False, True, False, True, False]
    assert found[0] == 1
    assert found[2] == pytest.approx((1 * 0.25 + 3 * 0.5) / 0.75)


@given(_values, st.sampled_from([0.0, 0.5, 0.99]))
def test_smoothed_curve_stays_within_the_range_of_its_values(values: list[float], strength: float) -> None:
    found = smoothed(values, strength)
    finite = [value for value in values if math.isfinite(value)]
    room = max(map(abs, finite), default=0) * 1e-9
    for value in found:
        assert math.isnan(value) or min(finite) - room <= value <= max(finite) + room


def test_a_spike_among_many_values_is_kept() -> None:
    values = [0.0] * 100_000
    values[70_000] = 9.0
    values[70_001] = -9.0
    (piece,) = pieces_of(range(100_000), values, 100)
    assert {9.0, -9.0} <= set(piece.ys)
    assert len(piece.xs) <= 210
    assert (piece.xs[0], piece.xs[-1]) == (0, 99_999)


@given(_values, st.integers(1, 50))
def test_pieces_are_ordered_points_without_gaps(values: list[float], most: int) -> None:
    pieces = pieces_of(range(len(values)), values, most)
    xs = [x for piece in pieces for x in piece.xs]
    assert xs == sorted(set(xs))
    for piece in pieces:
        assert [values[int(x)] for x in piece.xs] == list(piece.ys)
        assert all(map(math.isfinite, piece.ys))
        # No line is drawn over a gap.
        assert all(math.isfinite(value) for value in values[int(piece.xs[0]) : int(piece.xs[-1])])


@given(_finite, _finite, st.integers(2, 12))
def test_ticks_are_few_and_within_the_range(one: float, other: float, most: int) -> None:
    low, high = min(one, other), max(one, other)
    found = ticks(low, high, most)
    assert len(found) <= most + 1
    room = (high - low) * 1e-6
    assert all(low - room <= tick.place <= high + room for tick in found)
    assert found


def test_ticks_are_at_round_numbers() -> None:
    assert [tick.label for tick in ticks(0.03, 1.02, 6)] == ["0.2", "0.4", "0.6", "0.8", "1"]
    assert [tick.label for tick in ticks(-1, 1, 5)] == ["-1", "-0.5", "0", "0.5", "1"]
    assert [tick.label for tick in log_ticks(-3.2, 2.1, 8)] == ["0.001", "0.01", "0.1", "1", "10", "100"]
    assert [tick.label for tick in log_ticks(math.log10(2), math.log10(6), 4)] == ["2", "4", "6"]


@given(_finite, _finite, st.integers(2, 12))
def test_logarithmic_ticks_are_few(one: float, other: float, most: int) -> None:
    assert len(log_ticks(min(one, other), max(one, other), most)) <= most + 2


@given(st.floats())
def test_axis_number_is_short(value: float) -> None:
    assert len(number_text(value)) <= 12


def test_value_without_a_logarithm_is_a_gap() -> None:
    assert [math.isnan(value) for value in in_logarithms([0, -1, math.nan, math.inf])] == [True] * 4
    assert in_logarithms([100.0]) == [2.0]
