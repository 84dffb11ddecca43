"""Values of programs as plain JSON, in the layout of the format's writers."""

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
from runtui.store.json_object import DEEPEST_JSON, parse_object
from runtui.store.plain_json import encode, plain_json, same_json, shown_json, snapshot


class Colour(Enum):
    RED = "red"


class Scalar:
    """As numpy's scalars and arrays give their plain values."""

    def tolist(self) -> list[float]:
        return [1.5, -0.5]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (True, True),
        ("text", "text"),
        (1.5, 1.5),
        (math.inf, math.inf),
        (-math.inf, -math.inf),
        ({"a": [2.5, (1, 2)]}, {"a": [2.5, [1, 2]]}),
        ({1: "a", None: "b", False: "c"}, {"1": "a", "null": "b", "false": "c"}),
        ({3, 1, 2}, [1, 2, 3]),
        (Path("runs/x"), "runs/x"),
        (date(2026, 11, 1), "2026-11-01"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00+00:00"),
        (Colour.RED, "red"),
        (RunStatus.FAILED, "failed"),
        (array.array("d", [1.0, 2.0]), [1.0, 2.0]),
        (Scalar(), [1.5, -0.5]),
    ],
)
def test_program_values_are_converted_to_plain_json(value: object, stored: object) -> None:
    plain = plain_json(value, "key")
    assert plain == stored
    assert json.loads(json.dumps(plain)) == stored


def test_nan_stays_a_number_and_is_shown_as_text() -> None:
    plain = plain_json({"loss": math.nan}, "key")
    assert math.isnan(plain["loss"])
    assert shown_json({"loss": [math.nan, math.inf, -math.inf]}) == {"loss": ["NaN", "Infinity", "-Infinity"]}


def test_subclasses_of_plain_types_become_plain() -> None:
    class Text(str):
        pass

    class Number(float):
        pass

    plain = plain_json([Text("a"), Number(0.5), {Text("k"): 1}], "key")
    assert [type(item) for item in plain] == [str, float, dict]
    assert [type(key) for key in plain[2]] == [str]


@pytest.mark.parametrize(
    "value", [object(), b"bytes", 1j, lambda: None, {"in": object()}, [[b""]], {(1, 2): 3}]
)
def test_non_json_value_error_names_the_key(value: object) -> None:
    with pytest.raises(TypeError, match=r"^model(\.in)?: "):
        plain_json(value, "model")


def test_circular_or_too_deep_value_error_names_the_key() -> None:
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


def test_a_snapshot_does_not_follow_later_changes() -> None:
    found: dict[str, Any] = {"tags": [], "nested": {"a": [1]}}
    copy = snapshot(found)
    found["tags"].append("new")
    found["nested"]["a"].append(2)
    assert copy == {"tags": [], "nested": {"a": [1]}}


def test_values_are_equal_if_their_json_text_is_equal() -> None:
    assert same_json([math.nan, 1], [math.nan, 1])
    assert not same_json({"a": 1}, {"a": True})
    assert not same_json(0, 0.0)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(st.dictionaries(st.text(), ANY_JSON))
def test_json_layout_matches_the_classic_class(metadata: dict[str, Any]) -> None:
    assert encode(metadata) == json.dumps(metadata, indent=2).encode()
