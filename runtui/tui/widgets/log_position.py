"""Positions in a log as the user types them: a percentage, a line number or a time."""

from __future__ import annotations

import math
from typing import NamedTuple

from runtui import logs

_MAX_DIGITS = 15  # of a line's number


class PositionError(ValueError):
    """A text is not a position in a log; the message says why, in one line."""


class Share(NamedTuple):
    """A fraction of the log, from 0 to 1."""

    share: float


class LineNumber(NamedTuple):
    """A line number, from 1."""

    number: int


class Moment(NamedTuple):
    """A time, in seconds since the epoch."""

    seconds: float


def parse_position(text: str, written: float) -> Share | LineNumber | Moment:
    """Return the position that the user typed.

    Args:
        text: A percentage (``50%``), a line number or a time, without blanks around it.
        written: When the log was last written, in seconds since the epoch; completes a time without a date.

    Raises:
        PositionError: The text is none of these.
    """
    if text.endswith("%"):
        try:
            share = float(text[:-1]) / 100
        except ValueError:
            share = math.nan
        if math.isnan(share):
            raise PositionError(f"{text} is not a percentage")
        return Share(min(1.0, max(0.0, share)))
    if text.isdecimal():
        if len(text) > _MAX_DIGITS:
            raise PositionError("no log has that many lines")
        return LineNumber(int(text))

    moment = logs.time_from_text(text, written)
    if moment is None:
        raise PositionError(
            f"{text} is not a percentage (50%), line number or time (12:30, 2026-01-31 12:30)"
        )
    return Moment(moment)
