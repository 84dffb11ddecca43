"""Configurations in YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.yaml_text import read_yaml
from runtui.layouts.config_files import flat_yaml, yaml_file


def test_references_are_replaced_where_they_are_some(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("lr: 1e-3\nb: ${lr}\n")
    assert yaml_file(str(tmp_path), "a.yaml", has_references=True) == {"lr": 0.001, "b": 0.001}
    assert yaml_file(str(tmp_path), "a.yaml") == {"lr": 0.001, "b": "${lr}"}
    assert yaml_file(str(tmp_path), "missing.yaml") == {}


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 'x y'\nc: ''\nd: []\ne: file:///C:/x y\nf:\n",
        'a: "x\\ny"\nb: 2\n',
        "a: 'it''s'\n",
        "a: b: c\n",
        "a: - b\n",
        "a:\n  b: 1\n",
        "a: x # y\n",
        "a: &x 1\nb: *x\n",
        "a: |\n  text\n",
        "a: x\n b\n",
        "a: yes\nb: 2024-01-01\nc: 1e-6\nd: -3\ne: .5\n",
        "",
    ],
)
def test_flat_mapping_reads_as_with_a_parser(text: str) -> None:
    parsed = read_yaml(text) or {}
    assert flat_yaml(text) == parsed


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=12), max_size=4))
def test_flat_mapping_of_any_plain_values(values: dict[str, str]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in values.items())
    parsed = read_yaml(text) or {}
    assert flat_yaml(text) == parsed
