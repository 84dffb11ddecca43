"""Base of the configuration formats: keys with values, and the protocol of a format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from runtui.formats.tables.numbers import number_of

Items = list[tuple[str, object]]
"""Dotted keys with their values, in the file's order."""

Document = dict[str, Any]
"""Contents of a file: nested dicts and lists of texts, numbers, booleans and None, as JSON has them."""

DEEPEST = 100
"""Levels of nesting that are read."""

QUOTED = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'""")
_WORDS: dict[str, object] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}
_MOST_DIGITS = 20


class ConfigFormat(NamedTuple):
    """A format of configuration files.

    Attributes:
        endings: How the names of such files end, in lower case.
        read: Returns what a file's text holds, or None where that is not understood; raises nothing. The text
            is untrusted, and what is returned need not be safe to show.
    """

    endings: tuple[str, ...]
    read: Callable[[str], Items | None]


def scalar(text: str) -> object:
    """Return the value that a text without a type of its own stands for: a number, a word, or quoted text."""
    quoted = QUOTED.fullmatch(text)
    if quoted is not None:
        return quoted[2].replace("''", "'") if quoted[1] is None else _unescaped(quoted[0])
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text.lstrip("+-").isdecimal() and text.isascii() and len(text) < _MOST_DIGITS:
        return int(text)
    number = number_of(text.replace(".inf", "inf").replace(".nan", "nan").replace(".NaN", "nan"))
    return text if number is None else number


def _unescaped(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]
