from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.registry import config_items

YAML = """\
# what is simulated
model:
  beta: 0.3   # rate
  kind: "SIR # one"
  steps:
    - 1
    - of: 2
      to: 3
  same:
  - 5
  - 6
flow: [1,  2]
text: |
  two
  lines
empty:
url: http://x.y/z
'a b': 'it''s'
on: true
"""


def test_typical_simulation_yaml_is_read() -> None:
    assert config_items("config.yaml", YAML.encode()) == [
        ("model.beta", 0.3),
        ("model.kind", "SIR # one"),
        ("model.steps[0]", 1),
        ("model.steps[1].of", 2),
        ("model.steps[1].to", 3),
        ("model.same[0]", 5),
        ("model.same[1]", 6),
        ("flow", "[1, 2]"),
        ("text", "two\nlines"),
        ("empty", None),
        ("url", "http://x.y/z"),
        ("a b", "it's"),
        ("on", True),
    ]


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x\n", "words\nonly\n", "a: 1\na: 2\n", "\ta: 1\n", "a: [1,\n  2]\n"]
)
def test_unparsed_text_is_compared_line_by_line(text: str) -> None:
    lines = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), 1)]
    assert config_items("config.yaml", text.encode()) == lines


@pytest.mark.parametrize(
    ("name", "text", "items"),
    [
        ("c.yaml", '{"a": {"b": 1}}', [("a.b", 1)]),
        ("c.yaml", '[{"a": 1}, {"a": 2}]', [("list[0].a", 1), ("list[1].a", 2)]),
        ("c.toml", "[a]\nb = [1, 2]\nday = 2026-01-01\n", [("a.b", [1, 2]), ("a.day", "2026-01-01")]),
        ("c.ini", "[a]\nb = 1\nc: x\n", [("a.b", 1), ("a.c", "x")]),
        ("c.toml", "a = \n", [("line 1", "a =")]),
    ],
)
def test_file_extension_selects_the_config_format(
    name: str, text: str, items: list[tuple[str, object]]
) -> None:
    assert config_items(name, text.encode()) == items


@given(st.binary(max_size=200), st.sampled_from(["c.yaml", "c.toml", "c.ini", "c.json"]))
def test_any_bytes_give_items_with_text_keys(data: bytes, name: str) -> None:
    for key, _value in config_items(name, data):
        assert isinstance(key, str)


@given(st.text(st.sampled_from("ab:-# \n'\"[]{}|1"), max_size=80))
def test_any_yaml_like_text_gives_distinct_keys(text: str) -> None:
    keys = [key for key, _value in config_items("c.yaml", text.encode())]
    assert len(keys) == len(set(keys))


_scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abc xyz", max_size=8)
_names = st.text("abcdef_", min_size=1, max_size=6)


@given(
    st.recursive(
        _scalars, lambda inner: st.dictionaries(_names, inner, min_size=1, max_size=4), max_leaves=12
    )
)
def test_nested_yaml_mappings_equal_their_json(value: object) -> None:
    held = {"top": value}

    def lines(item: object, indent: int) -> list[str]:
        assert isinstance(item, dict)
        found = []
        for key, inner in item.items():
            if isinstance(inner, dict):
                found += [f"{' ' * indent}{key}:", *lines(inner, indent + 2)]
            else:
                found.append(f"{' ' * indent}{key}: {json.dumps(inner)}")
        return found

    text = "\n".join(lines(held, 0))
    assert config_items("c.yaml", text.encode()) == config_items("c.yaml", json.dumps(held).encode())
