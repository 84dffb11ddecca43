"""Two writers' changes end up in one file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtui.store.edits.merge import changed_keys, merge
from runtui.store.json_object import parse_object
from runtui.store.plain_json import encode, snapshot


def test_merge_keeps_the_keys_changed_on_each_side() -> None:
    base = {"status": "running", "description": "old", "step": 1}
    theirs = base | {"description": "edited"}
    ours = base | {"step": 2}
    assert merge(base, theirs, ours) == {"status": "running", "description": "edited", "step": 2}


def test_merge_prefers_our_value_of_a_key_changed_on_both_sides() -> None:
    assert merge({"step": 1}, {"step": 5}, {"step": 2}) == {"step": 2}


def test_merge_keeps_the_key_order_and_appends_our_new_keys() -> None:
    merged = merge({"b": 1, "a": 1}, {"x": 1, "b": 1, "a": 1}, {"b": 1, "a": 2, "z": 3})
    assert list(merged.items()) == [("x", 1), ("b", 1), ("a", 2), ("z", 3)]


def test_merge_drops_a_key_removed_on_either_side() -> None:
    assert merge({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}, {"b": 1}) == {"b": 1, "c": 1}
    assert merge({"a": 1, "b": 1}, {"b": 1}, {"a": 1, "b": 1}) == {"b": 1}


@pytest.mark.parametrize("key", ["tags", "checkpoints"])
def test_list_merge_applies_additions_and_removals_of_both_sides(key: str) -> None:
    merged = merge({key: ["a", "b"]}, {key: ["a", "b", "theirs"]}, {key: ["b", "ours"]})
    assert merged == {key: ["b", "theirs", "ours"]}


def test_list_merge_keeps_one_copy_of_an_item_added_on_both_sides() -> None:
    assert merge({"tags": []}, {"tags": ["keep"]}, {"tags": ["keep"]}) == {"tags": ["keep"]}


@pytest.mark.parametrize("key", ["tags", "checkpoints"])
def test_list_merge_keeps_our_order_with_our_new_items_last(key: str) -> None:
    merged = merge({key: ["a", "b", "c"]}, {key: ["a", "b", "c", "d"]}, {key: ["c", "b", "new"]})
    assert merged == {key: ["c", "b", "d", "new"]}


def test_list_merge_keeps_the_position_of_a_changed_entry() -> None:
    base = [{"name": "c1", "path": None}, {"name": "c2", "path": None}]
    ours = [{"name": "c1", "path": "c1.npz"}, base[1]]
    assert merge({"checkpoints": base}, {"checkpoints": base}, {"checkpoints": ours})["checkpoints"] == ours
    theirs = [*base, {"name": "c3", "path": None}]
    merged = merge({"checkpoints": base}, {"checkpoints": theirs}, {"checkpoints": ours})
    assert merged["checkpoints"] == [*ours, theirs[2]]


def test_list_merge_counts_duplicate_items() -> None:
    assert merge({"tags": ["a"]}, {"tags": ["a", "a"]}, {"tags": ["a", "b"]}) == {"tags": ["a", "a", "b"]}
    assert merge({"tags": ["a", "a"]}, {"tags": ["a"]}, {"tags": ["a", "a", "b"]}) == {"tags": ["a", "b"]}


def test_list_merge_prefers_our_list_to_a_value_that_is_not_a_list() -> None:
    assert merge({"tags": None}, {"tags": "prod"}, {"tags": ["a"]}) == {"tags": ["a"]}
    assert merge({}, {}, {"tags": ["a"]}) == {"tags": ["a"]}


def test_true_and_one_are_different_values_at_any_depth() -> None:
    assert changed_keys({"a": 1, "b": 0, "c": [1]}, {"a": True, "b": 0.0, "c": [True]}) == ["a", "b", "c"]


def test_unchanged_nan_is_not_a_change() -> None:
    found = parse_object(b'{"loss": NaN, "top": [NaN, {"x": Infinity}]}')
    assert changed_keys(snapshot(found), found) == []


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(st.sampled_from(["tags", "checkpoints", "a", "b", "c"]), ANY_JSON, max_size=5)


@given(METADATA, METADATA)
def test_change_on_one_side_only_is_kept_exactly(base: dict[str, Any], changed: dict[str, Any]) -> None:
    assert merge(base, changed, base) == changed
    assert merge(base, base, base) == base


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("theirs", range(3))
@pytest.mark.parametrize("ours", range(3))
def test_merging_duplicate_tags_is_idempotent(before: int, theirs: int, ours: int) -> None:
    base, read, wanted = ({"tags": ["gas"] * count} for count in (before, theirs, ours))
    merged = merge(base, read, wanted)
    assert merge(base, merged, wanted) == merged
    if theirs == ours:
        assert merged == wanted


@given(METADATA, METADATA, METADATA)
@example({"tags": [None, None]}, {"tags": [None]}, {"tags": [None]})
def test_merge_does_not_modify_its_inputs_and_returns_plain_json(
    base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    before = json.dumps([base, theirs, ours])
    merged = merge(base, theirs, ours)
    assert json.dumps([base, theirs, ours]) == before
    assert parse_object(encode(merged)) == merged
    assert set(merged) <= set(base) | set(theirs) | set(ours)
    assert merge(base, merged, ours) == merged  # a save that is done again
    for key in changed_keys(base, ours):
        if key not in ("tags", "checkpoints"):
            assert merged[key] == ours[key]
