"""Ages as users write them: ``30m``, ``12h``, ``2d``, ``1h30m``."""

from __future__ import annotations

import re

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw])")
_AGE = re.compile(rf"(?:{_PART.pattern})+")


def parse_age(text: str) -> float:
    """Return the seconds that `text` says.

    Raises:
        ValueError: It is no age; the message shows what one looks like.
    """
    written = text.strip().lower()
    if _AGE.fullmatch(written) is None:
        raise ValueError(f"{text!r} is not an age: write a number and s, m, h, d or w, such as 12h or 2d")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))
