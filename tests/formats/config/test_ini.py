"""INI files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.ini import read_ini


def test_sections_hold_keys_with_typed_values() -> None:
    text = "[model]\nbeta = 0.3\nname: SIR\nflag = true\nsteps=10\nbare\n[out]\npath = a=b\n"
    assert read_ini(text) == [
        ("model.beta", 0.3),
        ("model.name", "SIR"),
        ("model.flag", True),
        ("model.steps", 10),
        ("model.bare", None),
        ("out.path", "a=b"),
    ]


def test_interpolation_is_off_and_the_last_duplicate_key_wins() -> None:
    assert read_ini("[a]\nx = %(y)s\nx = ${z}\n") == [("a.x", "${z}")]


@pytest.mark.parametrize("text", ["no section = 1\n", "[a\nx = 1\n", "[a]\n= 1\n"])
def test_invalid_ini_is_refused(text: str) -> None:
    assert read_ini(text) is None


@given(st.text("[]ab=:;# \n%", max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for key, _value in read_ini(text) or []:
        assert "." in key
