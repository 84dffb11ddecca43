"""Sizes as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.text.format import short_size
from runtui.text.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("4096B", 4096),
        ("1K", 1024),
        ("1.5 MiB", 1.5 * 2**20),
        ("10gb", 10 * 2**30),
        (".5T", 2**39),
    ],
)
def test_size_has_a_binary_unit_or_none(text: str, size: float) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "1X", "-1", "1e9", "1 2", "1,5G", "nan"])
def test_text_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a number and K, M, G or T"):
        parse_size(text)


@given(st.integers(0, 2**62))
def test_short_size_says_about_the_same_in_five_characters(size: int) -> None:
    text = short_size(size)
    assert len(text) <= 5
    assert abs(parse_size(text) - size) <= max(0.06 * size, 0.5)
