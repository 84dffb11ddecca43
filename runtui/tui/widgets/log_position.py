"""Positions in a log, as a user types them: a percentage, a line's number or a time."""

from __future__ import annotations

import math
from typing import NamedTuple

from runtui import logs

_MAX_DIGITS = 15  # of a line's number


class PositionError(ValueError):
    """A text that is no position in a log; it says why, in one line."""


class Share(NamedTuple):
    """A part of the log, from 0 to 1."""

    share: float


class LineNumber(NamedTuple):
    """A line's number, from 1."""

    number: int


class Moment(NamedTuple):
    """A time, in seconds since the epoch."""

    seconds: float


def parse_position(text: str, written: float) -> Share | LineNumber | Moment:
    """Return the position that a user typed.

    Args:
        text: A percentage (``50%``), a line's number or a time, without blanks around it.
        written: When the log was last written, in seconds since the epoch; completes a time without a date.

    Raises:
        PositionError: It is none of them.
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
