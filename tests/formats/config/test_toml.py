"""TOML files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.toml import read_toml


def test_dates_become_text() -> None:
    text = (
        'top = 1\n[a.b]\nx = [1, 2]\nwhen = 2026-01-31T12:00:00Z\nday = 2026-01-31\nflag = false\nz = "0.3"\n'
    )
    inner = {
        "x": [1, 2],
        "when": "2026-01-31 12:00:00+00:00",
        "day": "2026-01-31",
        "flag": False,
        "z": "0.3",
    }
    assert read_toml(text) == {"top": 1, "a": {"b": inner}}
    assert read_toml("# nothing\n") == {}


@pytest.mark.parametrize(
    "text", ["a = \n", "a = 1\na = 2\n", "a: 1\n", "x = " + "[" * 100_000, "a." * 100_000 + "b = 1"]
)
def test_other_text_is_no_toml(text: str) -> None:
    assert read_toml(text) is None


@given(st.text('[]ab="1.,{}\n #', max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read_toml(text)
    assert found is None or all(isinstance(key, str) for key in found)
