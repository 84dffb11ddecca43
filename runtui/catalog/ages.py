"""Ages as users write them: ``30m``, ``12h``, ``2d``, ``4w``."""

from __future__ import annotations

import re

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def parse_age(text: str) -> float:
    """Return the seconds that `text` says.

    Raises:
        ValueError: It is no age; the message shows what one looks like.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not an age: write a number and s, m, h, d or w, such as 12h or 2d")
    return float(match[1]) * _SECONDS[match[2]]
