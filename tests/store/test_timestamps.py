"""Time stamps are written one way and read in many."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.timestamps import parse_timestamp, timestamp_now

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()


def test_timestamp_of_now_is_utc_with_microseconds() -> None:
    before = time.time()
    stamp = timestamp_now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", stamp)
    moment = parse_timestamp(stamp)
    assert moment is not None
    assert before - 0.001 <= moment <= time.time() + 0.001


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01T12:00:00Z",
        "2026-11-01T12:00:00.000000Z",
        "2026-11-01T12:00:00",
        "2026-11-01 12:00:00",
        "2026-11-01T12:00:00+00:00",
        "2026-11-01T17:30:00+05:30",
        "20261101T120000Z",
    ],
)
def test_iso_timestamps_are_parsed_and_default_to_utc(text: str) -> None:
    assert parse_timestamp(text) == NOON


@pytest.mark.parametrize(
    "value", [None, "", "soon", "2026-13-01", 1761998400, 1.5, True, [], {}, "\ud800", "2026-11-01T25:00:00"]
)
def test_invalid_timestamp_is_none(value: object) -> None:
    assert parse_timestamp(value) is None


@given(st.text() | st.text("0123456789-:TZ+. W"))
def test_arbitrary_timestamp_text_is_parsed_without_error(text: str) -> None:
    assert isinstance(parse_timestamp(text), float | None)


@given(st.datetimes(timezones=st.timezones() | st.none()))
def test_any_isoformat_date_is_parsed_without_error(moment: datetime) -> None:
    assert isinstance(parse_timestamp(moment.isoformat()), float | None)
