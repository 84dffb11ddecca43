"""JSON as a configuration."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.json_text import read_json


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": {"b": 1, "c": []}, "d": "x"}', {"a": {"b": 1, "c": []}, "d": "x"}),
        ("[1, 2]", {"list": [1, 2]}),
        ('[{"a": 1}]', {"list": [{"a": 1}]}),
        (' \n{"a": null}', {"a": None}),
        ("{}", {}),
    ],
)
def test_objects_and_lists_are_documents(text: str, document: object) -> None:
    assert read_json(text) == document


@pytest.mark.parametrize("text", ["", "7", '"text"', "{", '{"a": 1} x', "[1, 2", "[1], [2]", "[" * 100_000])
def test_other_text_is_no_configuration(text: str) -> None:
    assert read_json(text) is None


@given(st.dictionaries(st.text("abc", min_size=1), st.integers() | st.text() | st.none() | st.booleans()))
def test_a_flat_object_is_read_as_it_is(held: dict[str, object]) -> None:
    assert read_json(json.dumps(held)) == held


@given(st.text('[]{}",:1a \ud800', max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(isinstance(key, str) for key in read_json(text) or {})
