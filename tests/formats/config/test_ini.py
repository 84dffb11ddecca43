"""INI files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.ini import read_ini


def test_sections_hold_keys_with_typed_values() -> None:
    text = (
        "# comment\n[model]\nbeta = 0.3\nName: SIR\nflag = true\nsteps=10\nbare\n; more\n"
        "[out]\npath = a=b\nlist =\n  one\n  two\n"
    )
    assert read_ini(text) == {
        "model": {"beta": 0.3, "Name": "SIR", "flag": True, "steps": 10, "bare": None},
        "out": {"path": "a=b", "list": "one\ntwo"},
    }


def test_nothing_is_expanded_and_the_last_of_two_equal_keys_counts() -> None:
    assert read_ini("[a]\nx = %(y)s\nx = ${z}\n") == {"a": {"x": "${z}"}}


def test_defaults_are_values_of_all_sections() -> None:
    text = "[DEFAULT]\nx = 1\ny = 2\n[a]\nx = 3\n[b]\n"
    assert read_ini(text) == {"a": {"x": 3, "y": 2}, "b": {"x": 1, "y": 2}}
    assert read_ini("[DEFAULT]\nx = 1\n") == {"DEFAULT": {"x": 1}}


@pytest.mark.parametrize("text", ["no section = 1\n", "[a\nx = 1\n", "[a]\n= 1\n", ""])
def test_other_text_is_no_ini_file(text: str) -> None:
    assert read_ini(text) is None


@given(st.text("[]ab=:;# \n%", max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(isinstance(section, dict) for section in (read_ini(text) or {}).values())
