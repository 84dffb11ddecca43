"""That part of YAML which configurations consist of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.yaml_subset import read_yaml


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("---\na: 1\n", [("a", 1)]),
        ("a:\n  b:\n    c: x\n  d: y\n", [("a.b.c", "x"), ("a.d", "y")]),
        ("a:\n- 1\n- 2\nb: 3\n", [("a[0]", 1), ("a[1]", 2), ("b", 3)]),
        ("- a: 1\n  b: 2\n- a: 3\n", [("[0].a", 1), ("[0].b", 2), ("[1].a", 3)]),
        ("a:\n  - - 1\n    - 2\n  - - 3\n", [("a[0][0]", 1), ("a[0][1]", 2), ("a[1][0]", 3)]),
        ("a: {x: 1,  y: 2}\n", [("a", "{x: 1, y: 2}")]),
        ("a: >\n  one\n  two\nb: 1\n", [("a", "one\ntwo"), ("b", 1)]),
        ("a: x#y # comment\nb: '# no'\nc: # nothing\n", [("a", "x#y"), ("b", "# no"), ("c", None)]),
        (
            "a: ~\nb: .inf\nc: 'true'\nd: True\n",
            [("a", None), ("b", float("inf")), ("c", "true"), ("d", True)],
        ),
        ('"a b": 1\n', [("a b", 1)]),
        ("", []),
    ],
)
def test_supported_yaml_is_read(text: str, items: list[tuple[str, object]]) -> None:
    assert read_yaml(text) == items


@pytest.mark.parametrize(
    "text",
    [
        "a: &anchor 1\n",
        "a: *anchor\n",
        "a: !!int 1\n",
        "<<: *base\n",
        "\ta: 1\n",
        "a: 'x' y\n",
        "a: [1,\n  2]\n",
        "just words\n",
        "a: 1\nb: 2\na: 3\n",
        "%YAML 1.2\n",
    ],
)
def test_yaml_beyond_the_subset_is_refused(text: str) -> None:
    assert read_yaml(text) is None


@given(st.text("ab:-# \n'\"[]{}|>&*1\t", max_size=80) | st.text(max_size=60))
def test_any_text_is_read_with_distinct_keys_or_refused(text: str) -> None:
    keys = [key for key, _value in read_yaml(text) or []]
    assert len(keys) == len(set(keys))


_words = {"true": True, "false": False, "null": None, "7": 7, "0.5": 0.5, "x y": "x y", "'7'": "7"}


@given(st.lists(st.sampled_from(sorted(_words)), min_size=1, max_size=6), st.integers(0, 4))
def test_lists_are_read_at_any_indentation(words: list[str], indent: int) -> None:
    text = "a:\n" + "".join(f"{' ' * indent}- {word}\n" for word in words)
    assert read_yaml(text) == [(f"a[{place}]", _words[word]) for place, word in enumerate(words)]
