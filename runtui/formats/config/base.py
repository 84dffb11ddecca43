"""Base of the configuration formats: documents, the protocol of a format, and texts as values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from runtui.formats.tables.numbers import number_of

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
_MOST_DIGITS = 20  # characters
_LONGEST_NUMBER = 100  # characters


class ConfigFormat(NamedTuple):
    """A format of configuration files.

    Attributes:
        read: Returns the contents of a file's text, or None where that is not understood; raises nothing. The
            text is untrusted, and what is returned need not be safe to show.
        endings: How the names of such files end, in lower case.
        names: Other names of such files, in lower case, where ``*`` stands for anything.
        spelling: Returns the common spelling of a key, for a program that accepts several.
        is_certain: Whether nothing else has such a name, so that an unreadable file is worth a word.
        has_sections: Whether keys stand in sections that users leave out, where a key is in one of them only.
    """

    read: Callable[[str], Document | None]
    endings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    spelling: Callable[[str], str] | None = None
    is_certain: bool = False
    has_sections: bool = False


def scalar(text: str) -> object:
    """Return the value that a text without a type of its own stands for: a number, a word, or quoted text."""
    quoted = QUOTED.fullmatch(text) if text[:1] in ('"', "'") else None
    if quoted is not None:
        return quoted[2].replace("''", "'") if quoted[1] is None else _unescaped(quoted[0])
    word = text.lower()
    if word in _WORDS:
        return _WORDS[word]
    if len(text) > _LONGEST_NUMBER:
        return text
    if text.lstrip("+-").isdecimal() and text.isascii() and len(text) < _MOST_DIGITS:
        try:
            return int(text)
        except ValueError:
            return text  # several signs
    number = number_of(text.replace(".inf", "inf").replace(".nan", "nan").replace(".NaN", "nan"))
    return text if number is None else number


def lines_of(text: str, comments: str) -> Iterator[str]:
    """Yield the lines of a text without blank ones, and without comments, which begin with certain signs."""
    for line in text.splitlines():
        for sign in comments:
            line = line.partition(sign)[0]
        if line := line.strip():
            yield line


def put(document: Document, path: tuple[str, ...], value: object) -> None:
    """Set a value in a document unless it has one there, and make the dicts that lead to it."""
    for part in path[:-1]:
        inner = document.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        document = inner
    document.setdefault(path[-1], value)


def _unescaped(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]
