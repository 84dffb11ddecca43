"""Dates as users write them, each a span of time."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query.dates import last_seconds, parse_date


def span(text: str) -> tuple[float, float]:
    return tuple(parse_date(text)())


@pytest.mark.parametrize(
    ("text", "begin", "length"),
    [
        ("2026", datetime(2026, 1, 1), timedelta(days=365)),
        ("2024-02", datetime(2024, 2, 1), timedelta(days=29)),
        ("2026-12", datetime(2026, 12, 1), timedelta(days=31)),
        (" 2026-01-31 ", datetime(2026, 1, 31), timedelta(days=1)),
        ("2026-01-31t12:30", datetime(2026, 1, 31, 12, 30), timedelta(minutes=1)),
        ("2026-01-31 12:30:15", datetime(2026, 1, 31, 12, 30, 15), timedelta(seconds=1)),
        (
            "2026-01-31T12:30:15.5z",
            datetime(2026, 1, 31, 12, 30, 15, 500_000, UTC),
            timedelta(microseconds=1),
        ),
        (
            "2026-01-31T12:30+0200",
            datetime(2026, 1, 31, 12, 30, tzinfo=timezone(timedelta(hours=2))),
            timedelta(minutes=1),
        ),
    ],
)
def test_date_spans_its_smallest_unit(text: str, begin: datetime, length: timedelta) -> None:
    assert span(text) == (begin.timestamp(), (begin + length).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31.1.2026",
        "2026-13",
        "2026-02-30",
        "2026-1-1",
        "2026-01-31T25:00",
        "0000",
        "9999",
        "２０２６",
        "now",
    ],
)
def test_invalid_or_out_of_range_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|range|must be in"):
        parse_date(text)


def test_yesterday_ends_when_today_begins() -> None:
    yesterday, today = span("Yesterday"), span("today")
    assert yesterday[1] == today[0]
    assert yesterday[0] < today[0] <= time.time()


def test_today_follows_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    today = parse_date("today")
    noon = datetime(2026, 6, 1, 12).timestamp()
    monkeypatch.setattr(time, "time", lambda: noon)
    assert today().begin == datetime(2026, 6, 1).timestamp()
    monkeypatch.setattr(time, "time", lambda: noon + 86_400)
    assert today().begin == datetime(2026, 6, 2).timestamp()


@given(st.text(max_size=20) | st.text("0123456789-T:.Z+ ", max_size=30))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        begin, end = span(text)
    except ValueError:
        return
    assert begin < end


@pytest.mark.parametrize("hour", [0, 7, 8, 12, 23])
def test_last_night_is_the_one_before_today(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 5, 2, hour, 30)
    monkeypatch.setattr("runtui.catalog.query.dates.time.time", now.timestamp)
    begin, end = datetime(2026, 5, 1, 18), datetime(2026, 5, 2, 8)
    assert span("last-night") == (begin.timestamp(), end.timestamp())


def test_last_seconds_move_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("runtui.catalog.query.dates.time.time", lambda: now[0])
    since = last_seconds(60.0)
    assert since() == (940.0, math.inf)
    now[0] = 2000.0
    assert since() == (1940.0, math.inf)


@given(st.dates(min_value=datetime(1971, 1, 1).date(), max_value=datetime(2400, 1, 1).date()))
def test_day_is_within_its_month_and_month_within_its_year(day: object) -> None:
    whole = str(day)
    (year_begin, year_end), (month_begin, month_end) = span(whole[:4]), span(whole[:7])
    begin, end = span(whole)
    assert year_begin <= month_begin <= begin < end <= month_end <= year_end
