from __future__ import annotations

import random
from collections.abc import Generator
from typing import TypeVar

import pytest

from runtui.catalog.sliced_sort import SLICE, sorted_by_age, sorted_runs
from runtui.catalog.sorting import Sort, age, sort_key
from runtui.store.record import RunRecord

T = TypeVar("T")
NOW = 1e9


def in_slices(work: Generator[None, None, T]) -> tuple[T, int]:
    """Return the result of work that is done in slices, and the number of its pauses."""
    pauses = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value, pauses
        pauses += 1


def made(count: int, seed: int) -> list[RunRecord]:
    """Return runs of which many have a value or a moment in common."""
    choice = random.Random(seed)
    return [
        RunRecord(
            f"{choice.getrandbits(64):016x}",
            "",
            status=choice.choice(["failed", "completed", ""]),
            host=choice.choice(["n1", "N1", ""]),
            description=str(choice.randrange(10 * count)),
            created=choice.choice([None, float(choice.randrange(count))]),
            checkpoints=choice.randrange(3),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 100, SLICE, SLICE + 1, 5 * SLICE])
def test_sliced_sort_by_age_equals_sorting_at_once(count: int) -> None:
    runs = made(count, seed=count)
    found, pauses = in_slices(sorted_by_age(runs))
    assert found == sorted(runs, key=age)
    assert pauses >= count // SLICE


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("then", [(), (Sort("description", False),)], ids=["one key", "two keys"])
@pytest.mark.parametrize("key", ["status", "host", "description", "checkpoints"])
def test_sliced_sort_by_column_equals_sorting_at_once(
    key: str, descending: bool, then: tuple[Sort, ...]
) -> None:
    runs = made(3 * SLICE, seed=1)
    sort = Sort(key, descending, then)
    by_age, _pauses = in_slices(sorted_by_age(runs))
    found, pauses = in_slices(sorted_runs(by_age, sort, NOW))
    assert found == sorted(runs, key=sort_key(sort, NOW))
    assert pauses >= 3


def test_sorting_leaves_the_given_runs_unchanged() -> None:
    runs = made(100, seed=2)
    before = list(runs)
    by_age, _pauses = in_slices(sorted_by_age(runs))
    kept = list(by_age)
    in_slices(sorted_runs(by_age, Sort("host", False), NOW))
    assert (runs, by_age) == (before, kept)
