"""How often a batch system is asked."""

from __future__ import annotations

import os

INTERVAL = 30.0
"""Seconds between two questions to a batch system, which serves everybody."""

LONGEST_INTERVAL = 300.0
"""Seconds between two questions to one that does not answer."""

INTERVAL_VARIABLE = "RUNTUI_BATCH_INTERVAL"


def batch_interval() -> float:
    """Return the seconds between two questions to a batch system that the environment asks for, or 30."""
    try:
        return min(3600.0, max(1.0, float(os.environ.get(INTERVAL_VARIABLE, ""))))
    except ValueError:
        return INTERVAL


def next_pause(interval: float, silence: int) -> float:
    """Return the seconds until the next question to a batch system: longer, the longer it has been silent.

    Args:
        interval: The seconds between two questions to one that answers.
        silence: How many questions it has not answered in a row.
    """
    return min(interval * float(2 ** min(silence, 10)), max(LONGEST_INTERVAL, interval))
