import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.text.format import ago_text, duration_text, moment_text, old_text, run_count, short_id


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m00s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (86399, "23h59m"),
        (86400, "1d00h"),
        (8_640_000, "100d"),
    ],
)
def test_durations_are_formatted(seconds, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.floats(0, 1e15))
def test_duration_text_has_at_most_7_characters(seconds: float) -> None:
    assert len(duration_text(seconds)) <= 7


def test_time_of_day_is_shown_this_year_and_the_year_otherwise() -> None:
    now = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))
    assert moment_text(now - 3600, now) == "11-21 11:00"
    assert moment_text(time.mktime((2025, 1, 2, 3, 4, 5, 0, 0, -1)), now) == "2025-01-02"


def test_clearly_future_times_are_shown_as_future() -> None:
    now = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))
    assert moment_text(now + 3 * 86400, now) == "in 3d00h"
    assert moment_text(now + 30, now) == "11-21 12:00"
    assert ago_text(now + 300, now) == "in 5m"
    assert (ago_text(now + 30, now), ago_text(now - 30, now)) == ("0s ago", "30s ago")
    assert old_text(now - 3600, now) == "1h00m old"
    assert old_text(now + 3600, now) == "dated 1h00m ahead"


@pytest.mark.parametrize("moment", [None, 1e300, -1e300])
def test_time_out_of_range_is_blank(moment) -> None:
    assert moment_text(moment, 0.0) == ""


def test_short_id_cuts_uuids_and_long_names() -> None:
    run_id = str(uuid.uuid4())
    assert short_id(run_id) == run_id[:8]
    assert short_id("lj-gas-overlap") == "lj-gas-overlap"
    assert short_id("x" * 36) == "x" * 19 + "…"
    assert short_id("12345678-not-a-uuid-but-of-its-length") == "12345678-not-a-uuid…"


def test_run_count_is_pluralised() -> None:
    assert [run_count(count) for count in (0, 1, 2, 1234)] == ["0 runs", "1 run", "2 runs", "1,234 runs"]
