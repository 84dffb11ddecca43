"""More memory or time for a job that ran out of it: amounts as schedulers write them, and their double."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from runtui.text.format import size_text

_TIMES_MORE = 2  # times what it had
_UNITS = "KMGTP"
_MEBIBYTE = 1 << 20  # bytes
_GIBIBYTE = 1 << 30  # bytes
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]?)(?:i?[Bb])?n?", re.IGNORECASE)
_DAY_SECONDS, _HOUR_SECONDS, _MINUTE_SECONDS = 86_400, 3_600, 60


class JobUsage(NamedTuple):
    """Allowance and use of a job, as its scheduler's accounting says; None where it does not.

    Attributes:
        time_limit: Seconds that it was allowed.
        memory_limit: Bytes that it was allowed on a node.
        peak_memory: Bytes that it used at most.
    """

    time_limit: int | None = None
    memory_limit: int | None = None
    peak_memory: int | None = None


UNKNOWN_USAGE = JobUsage()
"""The usage of a job of which nothing is known."""


class Proposal(NamedTuple):
    """More of a resource for a job.

    Attributes:
        resource: The resource, ``memory`` or ``time``.
        value: The amount, as schedulers take it.
        why: Why it is proposed, in a few words.
    """

    resource: str
    value: str
    why: str


def more_memory(given: Mapping[str, str], usage: JobUsage = UNKNOWN_USAGE) -> Proposal | None:
    """Propose twice the memory for a job that ran out of it; None where it is not known how much it had.

    Args:
        given: The resources that it was given.
        usage: What the accounting says.
    """
    known = [
        amount
        for amount in (usage.memory_limit, memory_bytes(given.get("memory", "")), usage.peak_memory)
        if amount
    ]
    if not known:
        return None
    limit = usage.memory_limit or memory_bytes(given.get("memory", ""))
    used = f", used {size_text(usage.peak_memory)}" if usage.peak_memory else ""
    had = f" of {size_text(limit)}" if limit else ""
    return Proposal("memory", memory_text(_TIMES_MORE * max(known)), f"ran out of memory{had}{used}")


def more_time(given: Mapping[str, str], usage: JobUsage = UNKNOWN_USAGE) -> Proposal | None:
    """Propose twice the time for a job that ran out of it; None where it is not known how much it had."""
    limit = usage.time_limit or time_seconds(given.get("time", ""))
    if not limit:
        return None
    return Proposal("time", time_text(_TIMES_MORE * limit), f"reached its limit of {time_text(limit)}")


def memory_bytes(text: str) -> int | None:
    """Return an amount of memory such as ``8G`` or ``2000Mn`` in bytes; without a unit it is in MiB."""
    found = _MEMORY.fullmatch(text.strip())
    if found is None:
        return None
    unit = found[2].upper() or "M"
    return int(float(found[1]) * 1024 ** (_UNITS.index(unit) + 1))


def memory_text(amount: int) -> str:
    """Return bytes as schedulers take them: in whole GiB where they are, else in MiB, rounded up."""
    if amount % _GIBIBYTE == 0:
        return f"{amount // _GIBIBYTE}G"
    return f"{-(-amount // _MEBIBYTE)}M"


def time_seconds(text: str) -> int | None:
    """Return a limit of time such as ``1-12``, ``2:30:00``, ``30:00`` or ``90`` (minutes) in seconds."""
    days, dash, rest = text.strip().rpartition("-")
    parts = rest.split(":")
    if not all(part.isdecimal() for part in parts) or len(parts) > 3 or (dash and not days.isdecimal()):
        return None
    numbers = [int(part) for part in parts]
    if dash:  # D-HH, D-HH:MM, D-HH:MM:SS
        hours, minutes, seconds = [*numbers, 0, 0][:3]
    elif len(numbers) == 3:
        hours, minutes, seconds = numbers
    else:
        hours, minutes, seconds = 0, *[*numbers, 0][:2]
    whole = hours * _HOUR_SECONDS + minutes * _MINUTE_SECONDS + seconds
    return int(days or 0) * _DAY_SECONDS + whole


def time_text(seconds: int) -> str:
    """Return seconds as schedulers take a limit, such as ``1-02:00:00`` or ``4:00:00``."""
    days, rest = divmod(seconds, _DAY_SECONDS)
    hours, rest = divmod(rest, _HOUR_SECONDS)
    minutes, rest = divmod(rest, _MINUTE_SECONDS)
    text = f"{hours:02}:{minutes:02}:{rest:02}"
    return f"{days}-{text}" if days else text.removeprefix("0")
