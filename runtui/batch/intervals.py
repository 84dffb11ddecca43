"""Intervals between queries to a scheduler."""

from __future__ import annotations

import os

INTERVAL = 30.0
"""Seconds between two queries to a scheduler, which serves all users."""

LONGEST_INTERVAL = 300.0
"""Longest pause in seconds between two queries to a scheduler that does not answer."""

INTERVAL_VARIABLE = "RUNTUI_BATCH_INTERVAL"


def batch_interval() -> float:
    """Return the seconds between two queries from the environment, or 30."""
    try:
        return min(3600.0, max(1.0, float(os.environ.get(INTERVAL_VARIABLE, ""))))
    except ValueError:
        return INTERVAL


def next_pause(interval: float, silence: int) -> float:
    """Return the seconds until the next query: exponential backoff while the scheduler does not answer.

    Args:
        interval: Seconds between two queries to a scheduler that answers.
        silence: Number of unanswered queries in a row.
    """
    return min(interval * float(2 ** min(silence, 10)), max(LONGEST_INTERVAL, interval))
