"""TOML files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.toml import read_toml


def test_toml_tables_become_dotted_keys_and_dates_become_text() -> None:
    text = (
        'top = 1\n[a.b]\nx = [1, 2]\nwhen = 2026-01-31T12:00:00Z\nday = 2026-01-31\nflag = false\nz = "0.3"\n'
    )
    assert read_toml(text) == [
        ("top", 1),
        ("a.b.x", [1, 2]),
        ("a.b.when", "2026-01-31 12:00:00+00:00"),
        ("a.b.day", "2026-01-31"),
        ("a.b.flag", False),
        ("a.b.z", "0.3"),
    ]
    assert read_toml("# nothing\n") == []


@pytest.mark.parametrize("text", ["a = \n", "a = 1\na = 2\n", "a: 1\n", "x = " + "[" * 100_000])
def test_invalid_toml_is_refused(text: str) -> None:
    assert read_toml(text) is None


@given(st.text('[]ab="1.,{}\n #', max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read_toml(text)
    assert found is None or all(isinstance(key, str) for key, _value in found)
