from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.registry import formats_of, line_items, read_document, text_of
from runtui.store.details import flat_items

YAML = """\
# what is simulated
model:
  beta: 0.3   # rate
  kind: "SIR # one"
  steps:
    - 1
    - of: 2
      to: 3
flow: [1,  2]
text: |
  two
  lines
empty:
url: http://x.y/z
'a b': 'it''s'
on: true
"""


def test_yaml_is_read_by_dotted_keys() -> None:
    document = read_document("config.yaml", YAML.encode())
    assert list(flat_items(document)) == [
        ("model.beta", 0.3),
        ("model.kind", "SIR # one"),
        ("model.steps[0]", 1),
        ("model.steps[1].of", 2),
        ("model.steps[1].to", 3),
        ("flow", [1, 2]),
        ("text", "two\nlines\n"),
        ("empty", None),
        ("url", "http://x.y/z"),
        ("a b", "it's"),
        ("on", True),
    ]


@pytest.mark.parametrize(
    ("name", "text", "document"),
    [
        ("c.yaml", '{"a": {"b": 1}}', {"a": {"b": 1}}),
        ("c.yaml", '[{"a": 1}, {"a": 2}]', {"list": [{"a": 1}, {"a": 2}]}),
        ("c.yaml", "words\nonly\n", None),
        ("C.YML", "a: 1", {"a": 1}),
        ("c.toml", "[a]\nb = [1, 2]\nday = 2026-01-01\n", {"a": {"b": [1, 2], "day": "2026-01-01"}}),
        ("c.ini", "[a]\nb = 1\nc: x\n", {"a": {"b": 1, "c": "x"}}),
        ("c.cfg", "b = 1\nc = x\n", {"b": 1, "c": "x"}),
        ("c.toml", "a = \n", None),
        ("params.txt", "beta = 0.3\n", {"beta": 0.3}),
        ("params", "beta: 0.3\n", {"beta": 0.3}),
        ("md.mdp", "nsteps = 10 ; steps\n", {"nsteps": 10}),
        ("INCAR", "ENCUT = 400\n", {"ENCUT": 400}),
        ("controlDict", "deltaT 0.1;\n", {"deltaT": 0.1}),
        ("transportProperties", "nu 1e-5;\n", {"nu": 1e-5}),
        ("namelist.input", "&domains\n dx = 3,\n/\n", {"domains": {"dx": 3}}),
        ("pw.in", "&control\n tstress = .true.\n/\n", {"control": {"tstress": True}}),
        ("in.melt", "variable T equal 0.1\n", {"T": 0.1}),
        ("melt.in", "variable T equal 0.1\n", {"T": 0.1}),
        ("run.in", "steps = 5\n", {"steps": 5}),
        ("c.yaml", "lr: 0.1\nopt: {lr: '${lr}'}\n", {"lr": 0.1, "opt": {"lr": 0.1}}),
    ],
)
def test_name_and_contents_decide_the_format(name: str, text: str, document: object) -> None:
    assert read_document(name, text.encode()) == document


@pytest.mark.parametrize("name", ["output.log", "data.csv", "run.sh", "notes.txt", "inner", "INCAROUS"])
def test_other_names_have_no_format(name: str) -> None:
    assert formats_of(name) == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_tell_the_encoding(encoding: str) -> None:
    assert read_document("c.yaml", "größe: 1".encode(encoding)) == {"größe": 1}


def test_lines_are_numbered_without_blank_ones() -> None:
    assert list(line_items(b"a\n\n b \n")) == [("line 1", "a"), ("line 3", " b")]


NAMES = [
    *("c.yaml", "c.toml", "c.ini", "c.json", "c.cfg", "a.mdp", "INCAR", "a.nml", "a.in", "a.inp", "in.a"),
    *("controlDict", "params.txt", "a.lmp"),
]


def assert_plain(item: Any) -> None:
    """Check that a document consists of what JSON has."""
    if isinstance(item, dict):
        assert all(isinstance(key, str) for key in item)
    for inner in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
        assert_plain(inner)
    assert item is None or isinstance(item, (dict, list, str, int, float))


PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            "- ",
            "&x ",
            "*x",
            "!!python/object:a.B ",
            "<<: ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            "\n",
            "  ",
        ),
        *(
            "'",
            '"',
            "|",
            "# ",
            "=",
            "&a ",
            "/",
            ";",
            "(",
            ")",
            "1",
            "1e-3",
            "variable ",
            "equal ",
            "${a}",
            "\\",
        ),
        *("\t", "%", "$", "!", "---\n", "? ", "\0", "\ufeff", "é", "3*", ".true.", "//", "/*", "*/", "[s]\n"),
    ]
)


@given(st.sampled_from(NAMES), st.binary(max_size=200) | st.lists(PIECES, max_size=60).map("".join))
def test_any_bytes_are_read_or_refused(name: str, data: bytes | str) -> None:
    data = data.encode() if isinstance(data, str) else data
    document = read_document(name, data)
    if document is not None:
        assert_plain(document)
    assert isinstance(text_of(data), str)


LONG = 50_000  # characters


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "{",
            "(",
            "a: ",
            "- ",
            "&a ",
            "'",
            '"',
            "a.",
            "&a x=",
            "&a\n",
            "1,",
            "1*",
            "a{",
            "/*",
            "#",
            " ",
        ),
        *(
            "\n",
            "=;",
            "a=b\n",
            "[a]\n",
            "variable x index ",
            "&\n",
            "$",
            "${a}",
            "a(1",
            "---\n",
            "a [0] ",
            "\\",
        ),
    ],
)
def test_long_repetitions_end_soon(name: str, piece: str) -> None:
    document = read_document(name, (piece * (LONG // len(piece))).encode())
    assert document is None or isinstance(document, dict)


_scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abc xyz", max_size=8)
_names = st.text("abcdef_", min_size=1, max_size=6)


@given(
    st.recursive(
        _scalars, lambda inner: st.dictionaries(_names, inner, min_size=1, max_size=4), max_leaves=12
    )
)
def test_nested_mappings_read_as_the_same_in_json(value: object) -> None:
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
    assert read_document("c.yaml", text.encode()) == read_document("c.yaml", json.dumps(held).encode())
