"""Dates as users write them. Each is a span of time: a year, a month, a day, a minute or a second."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

_YEAR = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_DAY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>[T ][0-9]{2}:[0-9]{2}(?P<seconds>:[0-9]{2}(?P<fraction>\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DAYS = {"today": 0, "yesterday": -1}
_EVENING, _MORNING = 18, 24 + 8  # hours since midnight

LAST_NIGHT = "last-night"
"""The word for the night before today, which may not be over."""


class DateRange(NamedTuple):
    """A span from `begin` to `end`, which is excluded, in seconds since the epoch."""

    begin: float
    end: float


def parse_date(text: str) -> Callable[[], DateRange]:
    """Return a function that returns the span that `text` names.

    A date is ``2026``, ``2026-01``, ``2026-01-31``, ``2026-01-31T12:00`` (optionally with seconds, a fraction
    of a second or a time zone), ``today``, ``yesterday`` or ``last-night``, from six in the evening to eight
    in the morning; the time zone is local by default. It is a function because the span of ``today`` changes
    at midnight.

    Raises:
        ValueError: The text is not a date.
    """
    word = text.strip().lower()
    if word in _DAYS:
        return _RelativeDay(_DAYS[word])
    if word == LAST_NIGHT:
        return _RelativeDay(-1, _EVENING, _MORNING)
    try:
        span = _fixed_span(text.strip().upper())
    except (OverflowError, OSError):
        raise ValueError(f"{text!r} is out of range") from None
    return lambda: span


def _fixed_span(text: str) -> DateRange:
    coarse = _YEAR.fullmatch(text)
    if coarse is not None:
        year, month = int(coarse[1]), int(coarse[2] or 1)
        months = year * 12 + month - 1 + (1 if coarse[2] else 12)
        return _span(datetime(year, month, 1), datetime(months // 12, months % 12 + 1, 1))
    fine = _DAY.fullmatch(text)
    if fine is None:
        raise ValueError(f"{text!r} is not a date")
    begin = datetime.fromisoformat(text)
    if fine["fraction"]:
        length = timedelta(microseconds=1)
    elif fine["seconds"]:
        length = timedelta(seconds=1)
    else:
        length = timedelta(minutes=1) if fine["time"] else timedelta(days=1)
    return _span(begin, begin + length)


def _span(begin: datetime, end: datetime) -> DateRange:
    return DateRange(begin.timestamp(), end.timestamp())


def last_seconds(seconds: float) -> Callable[[], DateRange]:
    """Return a function that returns the span of the last `seconds`, without an end."""

    def span() -> DateRange:
        return DateRange(time.time() - seconds, math.inf)

    return span


class _RelativeDay:
    """A day counted from today; computed only once a day, since it is called for each run.

    Args:
        days: Its distance from today.
        begin, end: Where it begins and ends, in hours since its midnight.
    """

    def __init__(self, days: int, begin: int = 0, end: int = 24) -> None:
        self._days = days
        self._hours = begin, end
        self._known = (DateRange(0.0, 0.0), DateRange(0.0, 0.0))

    def __call__(self) -> DateRange:
        now = time.time()
        today, span = self._known
        if not today.begin <= now < today.end:
            midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
            day = midnight + timedelta(days=self._days)
            begin, end = (day + timedelta(hours=hours) for hours in self._hours)
            span = _span(begin, end)
            self._known = (_span(midnight, midnight + timedelta(days=1)), span)
        return span
