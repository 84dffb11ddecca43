"""Alternatives of regular expressions, each as an expression without its siblings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Alternative(NamedTuple):
    """An expression in which one group has kept one of its alternatives.

    Attributes:
        group: The whole group as it was written, by which the same one in several expressions is recognised.
        text: The alternative.
        source: The expression with nothing but this alternative in the group.
    """

    group: str
    text: str
    source: str


def alternatives(source: str) -> Iterator[Alternative]:
    """Yield the alternatives of an expression and of its groups, except of those that must not match."""
    for begin, end, is_negative in _groups(source):
        inner = source[begin:end]
        texts = _split(inner)
        if is_negative or len(texts) == 1:
            continue
        for text in texts:
            yield Alternative(inner, text, source[:begin] + text + source[end:])


def _groups(source: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the bounds of what each group holds, the whole first, and whether it must not match."""
    yield 0, len(source), False
    opened: list[tuple[int, bool]] = []
    for place in _structure(source):
        if source[place] == "(":
            head = source[place + 1 : place + 4]
            is_negative = head.startswith(("?!", "?<!")) or bool(opened and opened[-1][1])
            opened.append((_begin(source, place), is_negative))
        elif source[place] == ")":
            begin, is_negative = opened.pop()
            yield begin, place, is_negative


def _begin(source: str, place: int) -> int:
    """Return where a group's own expression begins, behind its ``?:``, ``?!`` or ``?-i:``."""
    if source[place + 1] != "?":
        return place + 1
    for mark in ("?<!", "?<=", "?!", "?=", "?:"):
        if source.startswith(mark, place + 1):
            return place + 1 + len(mark)
    return source.index(":", place) + 1


def _split(source: str) -> list[str]:
    """Return the alternatives of an expression, not those of its groups."""
    depth = last = 0
    texts = []
    for place in _structure(source):
        char = source[place]
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            texts.append(source[last:place])
            last = place + 1
    return [*texts, source[last:]]


def _structure(source: str) -> Iterator[int]:
    """Yield the places of parentheses and bars that are none of the text to be found."""
    place = 0
    is_class = False
    while place < len(source):
        char = source[place]
        if char == "\\":
            place += 2
            continue
        if is_class:
            is_class = char != "]"
        elif char == "[":
            is_class = True
            place += 1 + source.startswith("^", place + 1)
            place += source.startswith("]", place)
            continue
        elif char in "(|)":
            yield place
        place += 1
