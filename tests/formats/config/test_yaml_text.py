"""YAML."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("---\na: 1\n", {"a": 1}),
        ("a:\n- 1\n- 2\nb: 3\n", {"a": [1, 2], "b": 3}),
        ("- a: 1\n  b: 2\n- a: 3\n", {"list": [{"a": 1, "b": 2}, {"a": 3}]}),
        ("a: {x: 1,  y: 2}\n", {"a": {"x": 1, "y": 2}}),
        ("a: >\n  one\n  two\nb: 1\n", {"a": "one two\n", "b": 1}),
        ("a: x#y # comment\nb: '# no'\nc: # nothing\n", {"a": "x#y", "b": "# no", "c": None}),
        ("a: [1,\n  2]\n", {"a": [1, 2]}),
        ("a: 1\na: 2\n", {"a": 2}),
        ("", {}),
        ("# nothing\n", {}),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
    ],
)
def test_documents_are_read(text: str, document: object) -> None:
    assert read_yaml(text) == document


@pytest.mark.parametrize(
    "text", ["words\nonly\n", "\ta: 1\n", "a: 'x' y\n", "a: [1\nb: 2\n", "a: b: c\n", "7\n"]
)
def test_other_text_is_no_configuration(text: str) -> None:
    assert read_yaml(text) is None


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *(("1e-6", 1e-6), ("1E3", 1000.0), ("-.5", -0.5), ("5.", 5.0), ("+7", 7), ("010", 10), ("0x1F", 31)),
        *(("0o17", 15), (".inf", math.inf), ("-.Inf", -math.inf), ("true", True), ("FALSE", False)),
        *(
            ("null", None),
            ("~", None),
            ("on", "on"),
            ("no", "no"),
            ("Yes", "Yes"),
            ("off", "off"),
            ("y", "y"),
        ),
        *(("2026-01-31", "2026-01-31"), ("12:30:00", "12:30:00"), ("1_000", "1_000"), ("1e", "1e")),
        *(("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("!!int '1'", 1), ("!!float '2'", 2)),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(word: str, value: object) -> None:
    document = read_yaml(f"a: {word}\n")
    assert document == {"a": value}
    assert type(document["a"]) is type(value) or word.startswith("!!")


def test_nan_is_a_number() -> None:
    document = read_yaml("a: .nan\n")
    assert document is not None
    assert math.isnan(document["a"])


def test_anchors_aliases_and_merge_keys_are_followed() -> None:
    text = "base: &b {x: 1, y: &y [1, 2]}\nother: &o {z: 0}\nmodel:\n  <<: [*b, *o]\n  x: 5\nlist: *y\n"
    assert read_yaml(text) == {
        "base": {"x": 1, "y": [1, 2]},
        "other": {"z": 0},
        "model": {"x": 5, "y": [1, 2], "z": 0},
        "list": [1, 2],
    }


def test_tagged_values_are_skipped_and_nothing_is_constructed() -> None:
    text = (
        "a: !!python/object:os.stat_result\n  x: 1\n"
        "b: !!python/object/apply:os.system ['touch /tmp/never']\n"
        "c: !!python/name:os.system ''\n"
        "d: [1, !include other.yaml, 2]\n"
        "lr: 0.1\n"
        "shape: !!python/tuple [1, 2]\n"
        "args: !!python/object:argparse.Namespace\n  steps: 10\n"
    )
    assert read_yaml(text) == {"d": [1, 2], "lr": 0.1, "shape": [1, 2], "args": {"steps": 10}}
    assert read_yaml("!!python/object:argparse.Namespace\nlr: 0.1\n") == {"lr": 0.1}


def test_pairs_of_an_ordered_mapping_are_read() -> None:
    tag = "!!python/object/apply:collections.OrderedDict"
    text = f"{tag}\n- - [n_epochs, 4]\n  - - env_wrapper\n    - []\n  - [2, {{a: 1}}]\n"
    assert read_yaml(text) == {"n_epochs": 4, "env_wrapper": [], "2": {"a": 1}}
    assert read_yaml(f"lr: 0.1\nnet: {tag} [[[a, 1], [b, {tag} []]]]\n") == {
        "lr": 0.1,
        "net": {"a": 1, "b": {}},
    }
    assert read_yaml(f"{tag} [[[a, !!python/name:os.system ''], [b, 1]]]\n") == {"b": 1}
    for other in ("[[a, 1]]", "[x]", "[[], []]"):
        assert read_yaml(f"lr: 0.1\nnet: {tag} {other}\n") == {"lr": 0.1}


def test_keys_that_are_no_text_become_text() -> None:
    text = "1: a\non: b\n~: c\n1.50: d\n? [x, 1]\n: e\n"
    assert read_yaml(text) == {"1": "a", "on": "b", "~": "c", "1.50": "d", '["x", 1]': "e"}


def test_first_mapping_of_several_documents_counts() -> None:
    assert read_yaml("--- text\n---\n- 1\n---\na: 1\n---\nb: 2\n") == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{y: *a{n - 1}}}\n" for n in range(1, 300)),
        "a0: &a0 {x: 1, z: 1}\n"
        + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: *a{n - 1}}}\n" for n in range(1, 60)),
        "a: " + "[" * 500 + "]" * 500,
    ],
)
def test_alias_bombs_and_deep_nesting_are_refused(text: str) -> None:
    assert read_yaml(text) is None


def test_alias_within_its_own_anchor_is_null() -> None:
    assert read_yaml("a: &a [1, *a]\n") == {"a": [1, None]}


def test_control_characters_do_not_make_a_file_unreadable() -> None:
    assert read_yaml("a: x\ud800\n") in (None, {"a": "x\ufffd"})
    assert read_yaml("a: x\x1b[2J\0\nb: 1\n") == {"a": "x\ufffd[2J\ufffd", "b": 1}


def test_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x {b: 1e-3}\nc: [*x, !tag 5]\nd: |\n  text\n"
    expected = read_yaml(text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert read_yaml(text) == expected == {"a": {"b": 0.001}, "c": [{"b": 0.001}], "d": "text\n"}


_text = st.text(st.characters(categories=("L",)), max_size=8)
_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), _plain, max_size=4))
def test_whatever_the_library_writes_is_read_back(document: dict[str, Any]) -> None:
    assert read_yaml(yaml.safe_dump(document, allow_unicode=True)) == document


@given(st.text("ab:-# \n'\"[]{}|>&*1\t!?<", max_size=80) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(read_yaml(text), (dict, type(None)))
