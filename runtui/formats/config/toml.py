"""TOML, by its own rules."""

from __future__ import annotations

import tomllib

from runtui.formats.config.base import Items
from runtui.store.details import flat_items


def read_toml(text: str) -> Items | None:
    """Return the contents of a TOML document, dates as text, or None for other text."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return [
        (key, value if isinstance(value, (str, int, float, list, dict)) else str(value))
        for key, value in flat_items(found)
    ]
