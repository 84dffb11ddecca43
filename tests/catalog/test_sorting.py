"""Orders of runs by the names that users give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.fields import columns
from runtui.catalog.sorting import NEWEST_FIRST, Sort, sort_key, sort_of, sort_text
from runtui.store.record import RunRecord, Value


def sorted_names(sort: Sort, runs: list[RunRecord]) -> list[str]:
    """Return the names of runs as a table shows them."""
    found = sorted(runs, key=sort_key(sort, 5000.0))
    return [run.name for run in (reversed(found) if sort.descending else found)]


def test_minus_sign_reverses_the_default_order_of_a_sort_key() -> None:
    assert sort_of("created") == NEWEST_FIRST
    assert sort_of("-created") == Sort("created", descending=False)
    assert sort_of(" - created ") == sort_of("-created")
    assert sort_of("-") is None
    assert sort_of("  ") is None


@pytest.mark.parametrize("key", [*sorted(columns()), "beta", "model.name"])
@pytest.mark.parametrize("descending", [False, True])
def test_sort_order_round_trips_through_text(key: str, descending: bool) -> None:
    sort = Sort(key, descending)
    assert sort_of(sort_text(sort)) == sort


keys = st.sampled_from(["status", "created", "duration", "beta", "model.name"])


@given(st.lists(st.tuples(keys, st.booleans()), min_size=1, max_size=4, unique_by=lambda order: order[0]))
def test_orders_by_several_keys_round_trip_through_text(orders: list[tuple[str, bool]]) -> None:
    first, *others = (Sort(key, descending) for key, descending in orders)
    sort = first._replace(then=tuple(others))
    assert sort_of(sort_text(sort)) == sort


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("status,beta", "abdc"),
        ("status,-beta", "badc"),
        ("-status,beta", "cabd"),
        ("-status,-beta", "cbad"),
    ],
)
def test_second_key_counts_in_its_own_direction(text: str, names: str) -> None:
    runs = [
        RunRecord("a", "a", status="failed", values={"beta": 1}),
        RunRecord("b", "b", status="failed", values={"beta": 2}),
        RunRecord("c", "c", status="completed", values={"beta": 3}),
        RunRecord("d", "d", status="failed"),
    ]
    sort = sort_of(text)
    assert sort is not None
    assert "".join(sorted_names(sort, runs)) == names


def test_added_key_counts_last_and_is_reversed_when_added_again() -> None:
    sort = sort_of("status")
    assert sort is not None
    by_beta = sort.and_by("beta")
    assert sort_text(by_beta) == "status,beta"
    assert sort_text(by_beta.and_by("beta")) == "status,-beta"
    assert sort_text(by_beta.and_by("host").and_by("beta")) == "status,host,beta"
    assert sort_text(by_beta.and_by("status")) == "status,beta"
    assert sort_text(sort.and_by("status")) == "-status"


def test_runs_created_at_the_same_moment_are_ordered_by_name() -> None:
    runs = [RunRecord(name, name, created=1.0) for name in "bca"]
    assert sorted_names(NEWEST_FIRST, runs) == ["c", "b", "a"]


@pytest.mark.parametrize("descending", [False, True])
def test_equal_values_are_sorted_newest_first_in_both_directions(descending: bool) -> None:
    runs = [
        RunRecord("old", "old", status="failed", created=1.0),
        RunRecord("new", "new", status="failed", created=2.0),
    ]
    assert sorted_names(Sort("status", descending), runs) == ["new", "old"]


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)


@given(st.lists(values, max_size=6), st.booleans())
def test_values_of_any_kind_are_sorted_with_missing_last(found: list[Value | None], descending: bool) -> None:
    runs = [
        RunRecord(str(place), str(place), values={} if value is None else {"k": value})
        for place, value in enumerate(found)
    ]
    names = sorted_names(Sort("k", descending), runs)
    are_missing = [found[int(name)] is None for name in names]
    assert are_missing == sorted(are_missing)
