"""Times and sizes as short text for tables."""

from __future__ import annotations

import re
import time

_LONGEST_ID = 20  # characters
_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LONGEST_NUMBER = 10  # characters
CLOCKS_DIFFER = 60.0
"""Seconds by which the clocks of hosts may differ: what is dated further ahead is shown as in the future."""


def short_id(run_id: str) -> str:
    """Shorten a run id for a table: the first 8 digits of a UUID, the start of a long name."""
    if _UUID.fullmatch(run_id):
        return run_id[:8]
    return run_id if len(run_id) <= _LONGEST_ID else run_id[: _LONGEST_ID - 1] + "…"


def duration_text(seconds: float | None) -> str:
    """Format a duration in at most seven characters: ``42s``, ``7m05s``, ``3h12m``, ``2d04h``, ``123d``."""
    if seconds is None:
        return ""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    days = whole // 86400
    if days < 100:
        return f"{days}d{whole % 86400 // 3600:02d}h"
    return f"{days}d" if days < 99999 else ">99999d"


def ago_text(moment: float, now: float) -> str:
    """Format an age, to the minute from one minute on: ``42s ago``, ``7m ago``; in the future ``in 3d04h``.

    To the second it would have to be drawn again each second while it is on screen.

    Args:
        moment, now: Seconds since the epoch.
    """
    if moment - now > CLOCKS_DIFFER:
        return f"in {_rough_duration(moment - now)}"
    return f"{_rough_duration(max(0.0, now - moment))} ago"


def _rough_duration(seconds: float) -> str:
    return f"{int(seconds) // 60}m" if 60 <= seconds < 3600 else duration_text(seconds)


def old_text(moment: float, now: float) -> str:
    """Format the age of a file: ``3h12m old``, or ``dated 3h12m ahead`` where it lies in the future."""
    if moment - now > CLOCKS_DIFFER:
        return f"dated {duration_text(moment - now)} ahead"
    return f"{duration_text(max(0.0, now - moment))} old"


def moment_text(moment: float | None, now: float) -> str:
    """Format a local time in at most eleven characters: ``11-21 06:12``, or the date alone in another year.

    A time in the future is the time until then, ``in 3d04h``: as a date it would look like any other.

    Args:
        moment, now: Seconds since the epoch.
    """
    if moment is None:
        return ""
    try:
        there, here = time.localtime(moment), time.localtime(now)
    except (OverflowError, ValueError, OSError):
        return ""
    if moment - now > CLOCKS_DIFFER:
        return ago_text(moment, now)
    return time.strftime("%m-%d %H:%M" if there.tm_year == here.tm_year else "%Y-%m-%d", there)


def value_text(value: str | float | int | bool | None, *, is_exact: bool = False) -> str:
    """Format a parameter or metadata value, a long number with six digits unless `is_exact`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = str(value)
        return text if is_exact or isinstance(value, str) or len(text) <= _LONGEST_NUMBER else f"{value:.6g}"
    except (ValueError, OverflowError):
        return "(number too long to show)"


def run_count(count: int) -> str:
    """Return a number of runs in words."""
    return "1 run" if count == 1 else f"{count:,} runs"


_UNITS = "KMGTPE"


def short_size(size: float) -> str:
    """Format a size in bytes for a narrow column, with a binary unit, e.g. ``1.5M`` or ``312K``."""
    if size < 1000:
        return f"{size:.0f}B"
    for unit in _UNITS:
        size /= 1024
        if size < 9.95:
            return f"{size:.1f}{unit}"
        if size < 999.5:
            return f"{size:.0f}{unit}"
    return f"{size:,.0f}{_UNITS[-1]}"


def size_text(size: int) -> str:
    """Format a size in bytes with a binary unit, e.g. ``1.5 MiB``."""
    import humanize  # not needed for the first paint

    return humanize.naturalsize(size, binary=True)
