"""Time stamps of the format: ISO 8601, UTC, ending in ``Z``; read with tolerance."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp_now() -> str:
    """Return the present moment as the format writes it, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_timestamp(value: object) -> float | None:
    """Return seconds since the epoch, or None when `value` is no date.

    A stamp without a zone is taken as UTC, as the format says. Numbers are not dates here: no writer of
    the format makes them, and a count of steps must not become a day in 1970.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None
