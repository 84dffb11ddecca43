"""Changing single values in the text of a JSON object, leaving the rest byte for byte.

Reading and writing a file anew would lose how its numbers and escapes were written, its spacing, and keys
that stand twice. Here the values of the top level are found in the text, and only those changed are replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()


class NotEditableError(ValueError):
    """A text that cannot be changed without risk to the rest of it; the message says why."""


class _Member(NamedTuple):
    """Offsets of a top-level key and of its value in the text."""

    key_begin: int
    value_begin: int
    value_end: int


def replace_values(text: str, changes: Mapping[str, Any], removed: frozenset[str] = frozenset()) -> str:
    """Return `text`, a JSON object, with some of its values replaced, added at its end, or taken out.

    Args:
        text: The object.
        changes: New values by key.
        removed: Keys to take out; those that are not there are passed over.

    Raises:
        NotEditableError: `text` is not an object, or has a key twice.
        ValueError: A value has no form in JSON.
    """
    members, begin, end = _members(text)
    pieces: list[tuple[int, int, str]] = []
    layout = _Layout(text, members, begin, end)
    for key, value in changes.items():
        if key in members:
            member = members[key]
            pieces.append((member.value_begin, member.value_end, layout.value(value)))
    order = list(members)
    for place, key in enumerate(order):
        if key in removed:
            pieces.append(_cut(members, order, place, begin, removed))
    added = [(key, value) for key, value in changes.items() if key not in members]
    if added:
        pieces.append(layout.addition(added, is_empty=not set(order).difference(removed)))
    for piece_begin, piece_end, replacement in sorted(pieces, reverse=True):
        text = text[:piece_begin] + replacement + text[piece_end:]
    return text


def _members(text: str) -> tuple[dict[str, _Member], int, int]:
    """Return the members of the object in `text` by key, and the offsets of its braces."""
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        raise NotEditableError("it is not an object")
    begin = position
    members: dict[str, _Member] = {}
    position = _skip(text, position + 1)
    try:
        while text[position] != "}":
            key_begin = position
            if text[position] != '"':
                raise NotEditableError("it is not valid JSON")
            key, position = scanstring(text, position + 1, True)
            position = _skip(text, position)
            if text[position] != ":":
                raise NotEditableError("it is not valid JSON")
            value_begin = _skip(text, position + 1)
            _value, value_end = _DECODER.raw_decode(text, value_begin)
            if key in members:
                raise NotEditableError(f"it has the key {key!r} twice")
            members[key] = _Member(key_begin, value_begin, value_end)
            position = _skip(text, value_end)
            if text[position] == ",":
                position = _skip(text, position + 1)
            elif text[position] != "}":
                raise NotEditableError("it is not valid JSON")
    except (json.JSONDecodeError, IndexError, RecursionError):
        raise NotEditableError("it is not valid JSON") from None
    if text[_skip(text, position + 1) :]:
        raise NotEditableError("something follows the object")
    return members, begin, position


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()


def _cut(
    members: Mapping[str, _Member], order: list[str], place: int, begin: int, removed: frozenset[str]
) -> tuple[int, int, str]:
    """Return the span to cut so that the member at `place` disappears together with one comma."""
    member = members[order[place]]
    stays_before = any(key not in removed for key in order[:place])
    if stays_before:
        return (members[order[place - 1]].value_end, member.value_end, "")
    if place + 1 < len(order):
        return (member.key_begin, members[order[place + 1]].key_begin, "")
    return (member.key_begin if place else begin + 1, member.value_end, "")


class _Layout:
    """Layout of an object's text: its indentation, and whether it escapes non-ASCII characters."""

    def __init__(self, text: str, members: Mapping[str, _Member], begin: int, end: int) -> None:
        self._ascii = text.isascii()
        self._last = max((member.value_end for member in members.values()), default=begin + 1)
        first = min((member.key_begin for member in members.values()), default=begin + 1)
        space = text[begin + 1 : first]
        self._indent = space.rpartition("\n")[2] if "\n" in space else None
        self._separator = f",\n{self._indent}" if self._indent is not None else ", "
        self._first_separator = f"\n{self._indent}" if self._indent is not None else ""
        self._end = end

    def value(self, value: Any) -> str:
        """Return a value as it is written at the top level of the object."""
        text = json.dumps(value, indent=self._indent or None, ensure_ascii=self._ascii)
        return text.replace("\n", f"\n{self._indent}") if self._indent else text

    def addition(self, added: list[tuple[str, Any]], *, is_empty: bool) -> tuple[int, int, str]:
        """Return the text that adds `added` after the last value."""
        parts = [f"{json.dumps(key, ensure_ascii=self._ascii)}: {self.value(value)}" for key, value in added]
        text = self._separator.join(parts)
        return (self._last, self._last, text if is_empty else self._separator + text)
