"""TOML, by its own rules."""

from __future__ import annotations

import re
from typing import Any

from runtui.formats.config.base import DEEPEST, Document
from runtui.store.json_object import is_deeper

_KEY_ENDS = re.compile(r"[=,{\n]")


def read_toml(text: str) -> Document | None:
    """Return the contents of a TOML document, dates as text, or None for other text."""
    # A key of many parts takes the square of their number.
    if text.count(".") > DEEPEST and any(part.count(".") > DEEPEST for part in _KEY_ENDS.split(text)):
        return None
    import tomllib  # not for those whose runs have none

    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(found, DEEPEST) else _without_dates(found)


def _without_dates(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _without_dates(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_without_dates(value) for value in found]
    return found if isinstance(found, (str, int, float)) else str(found)
