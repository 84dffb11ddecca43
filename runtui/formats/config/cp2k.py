"""Inputs of CP2K: sections within sections, ``&DFT`` to ``&END DFT``, of lines ``KEYWORD value``."""

from __future__ import annotations

import re
from typing import Any

from runtui.formats.config.base import DEEPEST, Document, scalar

_SECTION = re.compile(r"&(\w[\w-]*)\s*(.*)", re.DOTALL).fullmatch
_SET = re.compile(r"@SET\s+(\w+)\s+(.*)", re.IGNORECASE | re.DOTALL).fullmatch
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_CONTINUED = re.compile(r"\\[ \t]*\n")
_COMMENT = re.compile(r"[!#]")
_LOGICALS = {
    **dict.fromkeys(("T", "TRUE", ".TRUE.", "YES", "ON"), True),
    **dict.fromkeys(("F", "FALSE", ".FALSE.", "NO", "OFF"), False),
}
_DATA = frozenset(
    ("COORD", "VELOCITY", "SHELL_COORD", "CORE_COORD", "SHELL_VELOCITY", "CORE_VELOCITY", "FORCE")
)
"""Sections of numbers alone, one line for each atom."""

_MOST_LINES = 20_000  # lines


def read_cp2k(text: str) -> Document | None:
    """Return the sections of an input as nested dicts, names in upper case, or None for other text.

    A section's own parameter is its value where it holds nothing else, and leads to it as one more level
    otherwise, but for a switch: ``&KIND H`` gives ``KIND.H``. Of equal names the first one counts.
    """
    document: Document = {}
    holders: list[tuple[str, Document]] = [("", document)]
    variables: dict[str, str] = {}
    has_end = False
    for line in _CONTINUED.sub(" ", text).splitlines()[:_MOST_LINES]:
        line = _COMMENT.split(line, maxsplit=1)[0].strip()
        if not line:
            continue
        if line[0] == "@":
            found = _SET(line)
            if found is not None:
                variables.setdefault(found[1].upper(), found[2].strip())
            continue
        if "$" in line:
            line = _VARIABLE.sub(lambda match: variables.get((match[1] or match[2]).upper(), match[0]), line)
        section = _SECTION(line)
        name, holder = holders[-1]
        if section is None:
            if name not in _DATA:
                _store(holder, line)
        elif section[1].upper() == "END":
            if len(holders) == 1:
                return None
            has_end = True
            holders.pop()
        elif len(holders) > DEEPEST // 2:  # a section's parameter is a level, too
            return None
        else:
            holders.append((section[1].upper(), _opened(holder, section[1].upper(), section[2].strip())))
    return _without_empty(document) if has_end else None


def _opened(holder: Document, name: str, parameter: str) -> Document:
    """Return the dict of a section, which may be there from an equal one before."""
    inner = _inner(holder, name)
    if not parameter or parameter.upper() in _LOGICALS:
        if parameter and not _LOGICALS[parameter.upper()]:
            inner.setdefault("", False)
        return inner
    return _inner(inner, parameter.split()[0])


def _inner(holder: Document, name: str) -> Document:
    found = holder.setdefault(name, {})
    if isinstance(found, dict):
        return found
    holder[name] = inner = {"": found}
    return inner


def _store(holder: Document, line: str) -> None:
    words = line.split()
    key = words[0].upper()
    if isinstance(holder.get(key), dict):
        return
    value = " ".join(words[1:])
    logical = _LOGICALS.get(value.upper(), True if not value else None)
    holder.setdefault(key, scalar(value) if logical is None else logical)


def _without_empty(section: Document) -> Any:
    """Return a section in which empty ones are their parameter, or a switch that is on."""
    found: Document = {}
    for name, inner in section.items():
        if name in _DATA:
            continue
        if not isinstance(inner, dict):
            if name:
                found[name] = inner
            continue
        switch = inner.pop("", True)
        values = _without_empty(inner)
        if not values:
            found[name] = switch
        elif len(inner) == 1 and next(iter(inner.values())) == {}:
            found[name] = next(iter(inner))
        else:
            found[name] = values
    return found
