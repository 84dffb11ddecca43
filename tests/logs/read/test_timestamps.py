"""Time stamps of log lines, in all forms that programs write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.read.timestamps import time_from_text, time_of

WRITTEN = datetime(2026, 3, 2, 10, 0).timestamp()
NOON = datetime(2026, 1, 1, 12).timestamp()
NOON_UTC = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("2026-01-01T12:00:00Z x", NOON_UTC),
        ("2026-01-01T13:00:00.25+01:00 x", NOON_UTC + 0.25),
        ("2026-01-01 12:00:00.123 INFO", NOON + 0.123),
        ("2026-01-01 12:00:00,123 - root - INFO", NOON + 0.123),
        ("2026/01/01 12:00:00 x", NOON),
        ("[2026-01-01 12:00:00.123] [info] spdlog", NOON + 0.123),
        ("20260101T120000Z", NOON_UTC),
        ("26/01/01 12:00:00 INFO SparkContext", NOON),
        ("Jan  1 12:00:00 host sshd[1]: x", NOON),
        ("Dec 31 12:00:00 host x", NOON - 86400),
        ("Thu Jan  1 12:00:00 2026", NOON),
        ("[01/Jan/2026:12:00:00 +0000] GET", NOON_UTC),
        ("E0101 12:00:00.5 99 file.cc:1] x", NOON + 0.5),
        ("[12:34:56] x", datetime(2026, 3, 1, 12, 34, 56).timestamp()),
        ("09:00:00.5 x", datetime(2026, 3, 2, 9).timestamp() + 0.5),
        ("1767268800.5 x", 1767268800.5),
        ("1767268800123 x", 1767268800.123),
        ('{"ts": 1767268800.25, "m": 1}', 1767268800.25),
        ("[1,3]<stdout>:2026-01-01 12:00:00 x", NOON),
        ("[rank3]: [09:00:00] x", datetime(2026, 3, 2, 9).timestamp()),
        ("  12: 09:00:00 x", datetime(2026, 3, 2, 9).timestamp()),
        ("slurmstepd: error: *** JOB 5 ON n1 CANCELLED AT 2026-01-01T12:00:00 ***", NOON),
        ("2016-12-31T23:59:60Z leap", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()),
        ("elapsed 00:12:34", None),
        ("step 1767268800", None),
        ("2026-13-45 12:00:00 x", None),
        ("12:99:99 x", None),
        ("Lab 1 12:00:00 x", None),
        ("3.14159265358979", None),
        ("", None),
    ],
)
def test_timestamps_are_parsed(line: str, moment: float | None) -> None:
    assert time_of(line, WRITTEN) == (moment if moment is None else pytest.approx(moment, abs=1e-5))


@given(st.text(st.sampled_from('0123456789:-/. TZ[]+JanFeb,"ts{}'), max_size=60))
def test_any_line_has_a_time_or_none(line: str) -> None:
    assert isinstance(time_of(line, WRITTEN), float | None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12:30", datetime(2026, 3, 1, 12, 30).timestamp()),
        ("09:30", datetime(2026, 3, 2, 9, 30).timestamp()),
        (" 2026-01-01 ", datetime(2026, 1, 1).timestamp()),
        ("2026-01-01 12:00", NOON),
        ("2026-01-01T12:00", NOON),
        ("noon", None),
        ("25:00", None),
    ],
)
def test_typed_time_may_omit_the_date_or_the_time_of_day(text: str, moment: float | None) -> None:
    assert time_from_text(text, WRITTEN) == moment
