"""Dictionaries of OpenFOAM, such as ``controlDict``."""

from __future__ import annotations

import re

from runtui.formats.config.base import DEEPEST, Document, scalar

_TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)
    | (?P<directive>\#[a-zA-Z]\w*[^\n]*)
    | (?P<code>\#\{)
    | (?P<text>"(?:[^"\\\n]|\\.)*+")
    | (?P<begin>\{)
    | (?P<end>\})
    | (?P<semicolon>;)
    | (?P<bracket>[()\[\]])
    | (?P<word>[^\s{}();"\[\]]+(?:\([^\s{};]{0,60}?\)(?![^\s{};]))?)
    | (?P<other>\S)
    """,
    re.VERBOSE,
)
_HEADER = "FoamFile"
_DIMENSIONS = re.compile(r"(?:\S+ )?\[[^\]]*\] (.+)").fullmatch
_LONGEST_VALUE = 1000  # characters
_MOST_TOKENS = 200_000  # words


def read_openfoam(text: str) -> Document | None:
    """Return the entries of a dictionary without its header, or None for other text.

    A list is its text; a value with dimensions is its number. Nothing is included or evaluated.
    """
    document: Document = {}
    holders = [document]
    words: list[str] = []
    length = brackets = entries = 0
    for number, token in enumerate(_TOKEN.finditer(text)):
        kind, word = token.lastgroup, token[0]
        if number > _MOST_TOKENS:
            return None
        if kind in ("comment", "directive"):
            continue
        if brackets and kind in ("begin", "end", "semicolon"):
            kind = "word"
        if kind == "bracket":
            brackets = max(0, brackets + (1 if word in "([" else -1))
        if kind == "semicolon":
            if len(words) > 1:
                holders[-1][words[0].strip('"')] = _value(words[1:])
                entries += 1
            words, length = [], 0
        elif kind == "begin":
            if not words or len(holders) > DEEPEST:
                return None
            inner: Document = {}
            holders[-1][words[-1].strip('"')] = inner
            holders.append(inner)
            words, length = [], 0
            entries += 1
        elif kind == "end":
            if len(holders) == 1:
                return None
            holders.pop()
            words, length = [], 0
        elif length < _LONGEST_VALUE:
            words.append(word)
            length += len(word)
    if not entries:
        return None
    document.pop(_HEADER, None)
    return document


def _value(words: list[str]) -> object:
    text = " ".join(words).replace("( ", "(").replace(" )", ")").replace("[ ", "[").replace(" ]", "]")
    dimensioned = _DIMENSIONS(text)
    return scalar(text if dimensioned is None else dimensioned[1])
