"""Fortran namelists, as WRF, Quantum ESPRESSO and many other programs read them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runtui.formats.config.base import Document, put, scalar

_BEGIN = re.compile(r"^[ \t]*[&$][ \t]*([a-z_]\w*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(
    r"""
      (?P<comment>![^\n]*)
    | (?P<text>'(?:[^'\n]|'')*'|"(?:[^"\n]|"")*")
    | (?P<end>/|[&$][ \t]*end\b|[&$](?=[ \t]*(?:\n|$)))
    | (?P<key>[a-z_][\w%]*(?:[ \t]*\([-\d\s,:]{1,60}\))?(?:%[\w%]+)?)[ \t]*=(?!=)
    | (?P<repeat>\d{1,6})\*(?=[^\s,/])
    | (?P<complex>\([^()\n]{1,80}\))
    | (?P<comma>,)
    | (?P<word>[^\s,/!='"]+)
    | (?P<other>[^\s])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LOGICALS = {
    **dict.fromkeys((".true.", ".t.", "t", "true"), True),
    **dict.fromkeys((".false.", ".f.", "f", "false"), False),
}
_MOST_REPEATED = 1000  # values
_MOST_TOKENS = 200_000  # words
_MOST_GROUPS = 1000  # groups


def read_namelist(text: str) -> Document | None:
    """Return the groups of a text with their values, names in lower case; None where there is no group.

    Whatever stands between groups is passed over, such as the cards of Quantum ESPRESSO. Of equal groups and
    names the first one counts.
    """
    document: Document = {}
    place = found = 0
    while found < _MOST_GROUPS and (begin := _BEGIN.search(text, place)) is not None:
        place = begin.end()
        if begin[1].lower() == "end":
            continue
        group: Document = {}
        place = _read_group(text, place, group)
        if place < 0:
            # Something else that begins with an ampersand, such as a section of CP2K, or a torn file.
            return document or None
        present = document.setdefault(begin[1].lower(), {})
        for key, value in group.items():
            present.setdefault(key, value)
        found += 1
    return document or None


def _read_group(text: str, place: int, group: Document) -> int:
    """Read a group from a place on; return the place behind its end, or -1 where it is none."""
    key = ""
    values: list[object] = []
    repeat, is_parted = 1, True
    for number, token in enumerate(_TOKEN.finditer(text, place)):
        kind, word = token.lastgroup, token[0]
        if number > _MOST_TOKENS:
            return -1
        if kind == "comment":
            continue
        if kind in ("end", "key"):
            _store(group, key, values)
            if kind == "end":
                return token.end()
            key, values, repeat, is_parted = "".join(token["key"].lower().split()), [], 1, True
        elif not key:
            return -1
        elif kind == "repeat":
            repeat = min(int(token["repeat"]), _MOST_REPEATED)
        elif kind == "comma":
            if is_parted and values:
                values.append(None)
            is_parted = True
        elif kind == "other":
            return -1
        else:
            values += [_value(word)] * repeat
            repeat, is_parted = 1, False
            if len(values) > _MOST_TOKENS:
                return -1
    return -1


def _store(group: Document, key: str, values: Sequence[object]) -> None:
    if key:
        value = values[0] if len(values) == 1 else list(values) if values else None
        put(group, tuple(part for part in key.split("%", 8) if part) or (key,), value)


def _value(word: str) -> object:
    if word[0] in "'\"":
        return word[1:-1].replace(word[0] * 2, word[0]).rstrip()
    logical = _LOGICALS.get(word.lower())
    return scalar(word) if logical is None else logical
