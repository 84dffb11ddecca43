"""Ages as users write them: ``30m``, ``12h``, ``2d``, ``1h30m``."""

from __future__ import annotations

import re

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw])")
_AGE = re.compile(rf"(?:{_PART.pattern})+")


def parse_age(text: str) -> float:
    """Return an age in seconds.

    Args:
        text: The age as a user writes it.

    Raises:
        ValueError: It is not an age; the message has examples.
    """
    written = text.strip().lower()
    if _AGE.fullmatch(written) is None:
        raise ValueError(f"invalid age {text!r}: write a number and s, m, h, d or w, e.g. 12h or 2d")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))
