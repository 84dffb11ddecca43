"""Names in turn, a few at a time."""

from __future__ import annotations

import time

import pytest

from runtui.catalog.sync.round_robin import RoundRobin


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_every_name_is_yielded_once_a_round(clock: list[float]) -> None:
    rounds = RoundRobin()
    taken = [list(rounds.take(2, lambda: "abcde", 10.0)) for _look in range(4)]
    assert taken == [[], ["a", "b"], ["c", "d"], ["e"]]


def test_next_round_waits_for_its_interval(clock: list[float]) -> None:
    rounds = RoundRobin()
    for _look in range(2):
        taken = list(rounds.take(5, lambda: "ab", 10.0))
    assert taken == ["a", "b"]
    clock[0] += 9.9
    assert [list(rounds.take(5, lambda: "ab", 10.0)) for _look in range(3)] == [[], [], []]
    clock[0] += 0.2
    assert [list(rounds.take(5, lambda: "xy", 10.0)) for _look in range(2)] == [[], ["x", "y"]]


def test_round_keeps_its_initial_names(clock: list[float]) -> None:
    names = {"a": 1, "b": 2}
    rounds = RoundRobin()
    assert list(rounds.take(1, lambda: names, 0.0)) == []
    names["c"] = 3
    assert list(rounds.take(1, lambda: names, 0.0)) == ["a"]
    assert list(rounds.take(1, lambda: names, 0.0)) == ["b"]
