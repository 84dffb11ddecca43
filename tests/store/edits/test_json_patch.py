"""Single values are changed in the text of an object, and nothing else of it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.edits.json_patch import NotEditableError, replace_values

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from("abcdefgh") | st.text(max_size=4), values, max_size=6)
layouts = st.sampled_from([{"indent": 2}, {"indent": 4}, {}, {"indent": "\t"}, {"separators": (",", ":")}])


@given(
    objects,
    objects,
    st.frozensets(st.sampled_from("abcdefgh"), max_size=3),
    layouts,
    st.booleans(),
    st.booleans(),
)
def test_replacing_values_keeps_the_order_of_the_other_keys(
    before, changes, removed, layout, ascii_only, final_newline
) -> None:
    text = json.dumps(before, ensure_ascii=ascii_only, **layout) + "\n" * final_newline
    removed = removed.difference(changes)
    after = replace_values(text, changes, removed)
    expected = {key: value for key, value in (before | changes).items() if key not in removed}
    assert json.loads(after) == expected
    assert list(json.loads(after)) == list(expected)
    assert after.endswith("\n") == final_newline
    assert replace_values(text, {}, frozenset()) == text


@given(objects, st.sampled_from("abcdefgh"), values, st.sampled_from([2, 4]))
def test_replacing_a_value_matches_the_output_of_json_dumps(before, key, value, indent) -> None:
    before = before or {"z": 1}
    assert replace_values(json.dumps(before, indent=indent), {key: value}) == json.dumps(
        before | {key: value}, indent=indent
    )


def test_numbers_escapes_and_spacing_elsewhere_are_unchanged() -> None:
    text = '{ "x" : 1.5e+3,\n "o":[1,2 , 3],"name": "caf\\u00e9 \\/",  "status": "running" , "nan": NaN }\r\n'
    after = replace_values(text, {"status": "failed"})
    assert after == text.replace('"running"', '"failed"')


def test_keys_are_removed_with_their_commas() -> None:
    text = '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n'
    assert replace_values(text, {}, frozenset("a")) == '{\n  "b": 2,\n  "c": 3\n}\n'
    assert replace_values(text, {}, frozenset("c")) == '{\n  "a": 1,\n  "b": 2\n}\n'
    assert replace_values(text, {}, frozenset("bc")) == '{\n  "a": 1\n}\n'
    assert json.loads(replace_values(text, {}, frozenset("abc"))) == {}
    assert json.loads(replace_values(text, {"d": 4}, frozenset("abc"))) == {"d": 4}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "not an object"),
        ("", "not an object"),
        ('{"a": 1', "not valid"),
        ('{"a" 1}', "not valid"),
        ('{"a": 1 "b": 2}', "not valid"),
        ("{a: 1}", "not valid"),
        ('{"a": 1} x', "something follows"),
        ('{"a": 1, "a": 2}', "key 'a' twice"),
        ('{"a": ' + "[" * 100_000, "not valid"),
    ],
)
def test_unsafe_change_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NotEditableError, match=re.escape(reason)):
        replace_values(text, {"b": 1})
