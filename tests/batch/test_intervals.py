"""Intervals between queries to a scheduler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.batch.intervals import INTERVAL, INTERVAL_VARIABLE, LONGEST_INTERVAL, batch_interval, next_pause


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, INTERVAL),
        ("", INTERVAL),
        ("soon", INTERVAL),
        ("5", 5.0),
        ("0", 1.0),
        ("-3", 1.0),
        ("1e9", 3600.0),
    ],
)
def test_environment_variable_sets_the_interval_within_limits(
    value: str | None, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv(INTERVAL_VARIABLE, raising=False)
    else:
        monkeypatch.setenv(INTERVAL_VARIABLE, value)
    assert batch_interval() == seconds


def test_pause_doubles_with_each_missed_answer_up_to_a_maximum() -> None:
    assert [next_pause(30.0, silence) for silence in range(6)] == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


@given(st.floats(1.0, 3600.0), st.integers(0, 10**6))
def test_pause_never_decreases_and_stays_within_bounds(interval: float, silence: int) -> None:
    assert interval <= next_pause(interval, silence) <= max(interval, LONGEST_INTERVAL)
    assert next_pause(interval, silence) <= next_pause(interval, silence + 1)
