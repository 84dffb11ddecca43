"""Two writers' changes end up in one file."""

from __future__ import annotations

import array
import json
import math
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import RunStatus
from runtui.store.edits.merge import changed_keys, encode, merge, plain_json, snapshot
from runtui.store.json_object import DEEPEST_JSON, parse_object


def test_each_side_keeps_the_keys_it_changed() -> None:
    base = {"status": "running", "description": "old", "step": 1}
    theirs = base | {"description": "edited"}
    ours = base | {"step": 2}
    assert merge(base, theirs, ours) == {"status": "running", "description": "edited", "step": 2}


def test_a_key_changed_on_both_sides_takes_the_writers_value() -> None:
    assert merge({"step": 1}, {"step": 5}, {"step": 2}) == {"step": 2}


def test_keys_keep_their_order_and_new_ones_follow() -> None:
    merged = merge({"b": 1, "a": 1}, {"x": 1, "b": 1, "a": 1}, {"b": 1, "a": 2, "z": 3})
    assert list(merged.items()) == [("x", 1), ("b", 1), ("a", 2), ("z", 3)]


def test_a_key_removed_on_either_side_is_gone() -> None:
    assert merge({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}, {"b": 1}) == {"b": 1, "c": 1}
    assert merge({"a": 1, "b": 1}, {"b": 1}, {"a": 1, "b": 1}) == {"b": 1}


@pytest.mark.parametrize("key", ["tags", "checkpoints"])
def test_items_added_on_both_sides_all_stay_and_removed_ones_go(key: str) -> None:
    merged = merge({key: ["a", "b"]}, {key: ["a", "b", "theirs"]}, {key: ["b", "ours"]})
    assert merged == {key: ["b", "theirs", "ours"]}


def test_the_same_item_added_on_both_sides_stays_once() -> None:
    assert merge({"tags": []}, {"tags": ["keep"]}, {"tags": ["keep"]}) == {"tags": ["keep"]}


def test_a_list_that_is_no_list_elsewhere_takes_the_writers() -> None:
    assert merge({"tags": None}, {"tags": "prod"}, {"tags": ["a"]}) == {"tags": ["a"]}
    assert merge({}, {}, {"tags": ["a"]}) == {"tags": ["a"]}


def test_true_and_one_are_different_values() -> None:
    assert changed_keys({"a": 1, "b": 0}, {"a": True, "b": 0.0}) == ["a", "b"]


def test_a_nan_that_was_read_is_no_change() -> None:
    found = parse_object(b'{"loss": NaN, "top": [NaN, {"x": Infinity}]}')
    assert changed_keys(snapshot(found), found) == []


def test_a_snapshot_does_not_follow_later_changes() -> None:
    found: dict[str, Any] = {"tags": [], "nested": {"a": [1]}}
    copy = snapshot(found)
    found["tags"].append("new")
    found["nested"]["a"].append(2)
    assert copy == {"tags": [], "nested": {"a": [1]}}


class Colour(Enum):
    RED = "red"


class Scalar:
    """As numpy's scalars and arrays give their plain values."""

    def tolist(self) -> list[float]:
        return [1.5, math.nan]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (True, True),
        ("text", "text"),
        (1.5, 1.5),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ({"a": [math.nan, (1, 2)]}, {"a": ["NaN", [1, 2]]}),
        ({1: "a", None: "b", False: "c"}, {"1": "a", "null": "b", "false": "c"}),
        ({3, 1, 2}, [1, 2, 3]),
        (Path("runs/x"), "runs/x"),
        (date(2026, 11, 1), "2026-11-01"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00+00:00"),
        (Colour.RED, "red"),
        (RunStatus.FAILED, "failed"),
        (array.array("d", [1.0, 2.0]), [1.0, 2.0]),
        (Scalar(), [1.5, "NaN"]),
    ],
)
def test_values_of_a_program_become_plain_json(value: object, stored: object) -> None:
    plain = plain_json(value, "key")
    assert plain == stored
    assert json.loads(json.dumps(plain, allow_nan=False)) == stored


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_a_number_stored_as_text_can_be_read_back(text: str) -> None:
    assert plain_json(float(text), "key") == text


@pytest.mark.parametrize(
    "value", [object(), b"bytes", 1j, lambda: None, {"in": object()}, [[b""]], {(1, 2): 3}]
)
def test_a_value_that_json_does_not_have_is_refused_by_the_name_of_its_key(value: object) -> None:
    with pytest.raises(TypeError, match=r"^model(\.in)?: "):
        plain_json(value, "model")


def test_a_value_that_holds_itself_or_is_too_deep_to_be_read_is_refused_by_name() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(TypeError, match=r"^model: .* nested too deeply"):
        plain_json(circle, "model")
    value: object = 1
    for _ in range(DEEPEST_JSON - 1):
        value = {"k": value}
    assert parse_object(encode({"model": plain_json(value, "model")})) == {"model": value}
    with pytest.raises(TypeError, match="nested too deeply"):
        plain_json([value], "model")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(st.sampled_from(["tags", "checkpoints", "a", "b", "c"]), ANY_JSON, max_size=5)


@given(METADATA, METADATA)
def test_whoever_changes_alone_gets_exactly_that(base: dict[str, Any], changed: dict[str, Any]) -> None:
    assert merge(base, changed, base) == changed
    assert merge(base, base, base) == base


@given(METADATA, METADATA, METADATA)
def test_a_merge_changes_none_of_its_parts_and_is_plain_json(
    base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    before = json.dumps([base, theirs, ours])
    merged = merge(base, theirs, ours)
    assert json.dumps([base, theirs, ours]) == before
    assert parse_object(encode(merged)) == merged
    assert set(merged) <= set(base) | set(theirs) | set(ours)
    for key in changed_keys(base, ours):
        if key not in ("tags", "checkpoints"):
            assert merged[key] == ours[key]
