from __future__ import annotations

import pytest

from runtui.text.durations import parse_age


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("30m", 30 * 60),
        ("12h", 12 * 3600),
        ("2d", 2 * 86400),
        ("1w", 7 * 86400),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0.5d12h", 86400),
        (" 2D ", 2 * 86400),
        ("0s", 0),
    ],
)
def test_age_is_the_sum_of_numbers_with_units(text: str, seconds: float) -> None:
    assert parse_age(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "2", "d", "-2d", "2 d", "2y", "2d3", "1,5h", ".5h", "1e3s", "٢d"])
def test_invalid_age_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid age .*: write a number and s, m, h, d or w, e\.g\. 12h"):
        parse_age(text)
