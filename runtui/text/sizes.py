"""Sizes as users write them."""

from __future__ import annotations

import re

_UNITS = "KMGTPE"
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(?:([kmgtpe])(?:i?b)?|b)?", re.IGNORECASE)


def parse_size(text: str) -> float:
    """Return the bytes of a size as users write it: ``100M``, ``1.5GiB``, ``4096``; units are binary.

    Raises:
        ValueError: It is no size; the message has examples.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"invalid size {text!r}: write a number and K, M, G or T, e.g. 100M")
    power = _UNITS.index(found[2].upper()) + 1 if found[2] else 0
    return float(found[1]) * 1024.0**power
