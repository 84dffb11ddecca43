"""The variables of a LAMMPS input script."""

from __future__ import annotations

import re

from runtui.formats.config.base import Document, scalar

_VARIABLE = re.compile(r"variable\s+(\w+)\s+([a-z]+)\b\s*(.*)", re.DOTALL).fullmatch
_COMMAND = re.compile(r"^[ \t]*(?:pair_style|atom_style|read_data|create_box|fix|thermo)[ \t]", re.MULTILINE)
_LISTS = ("index", "world", "universe", "loop", "uloop")
_SINGLE = ("equal", "string", "vector", "getenv", "internal", "python", "file", "format", "atom")
_OTHER_SETTINGS = ("units", "timestep")


def read_lammps(text: str) -> Document | None:
    """Return the variables of an input script, and its units and timestep, or None for other text.

    A variable of several values is a list. Where a name is set several times the first one counts.
    """
    is_script = _COMMAND.search(text) is not None
    document: Document = {}
    for line in text.replace("&\n", " ").splitlines():
        line = _without_comment(line).strip()
        if not line:
            continue
        name, *rest = line.split(None, 1)  # often tabs
        if name in _OTHER_SETTINGS and rest:
            document.setdefault(name, scalar(rest[0]))
        found = _VARIABLE(line) if line.startswith("variable") else None
        if found is None:
            continue
        name, style, value = found.groups()
        is_script = is_script or style in _LISTS or style in _SINGLE
        if style in _LISTS:
            values = [scalar(word) for word in value.split()]
            document.setdefault(name, values[0] if len(values) == 1 else values)
        elif style in _SINGLE:
            document.setdefault(name, scalar(_unquoted(value.strip())))
    return document if document and is_script else None


def _without_comment(line: str) -> str:
    if "#" not in line:
        return line
    quote = ""
    for place, sign in enumerate(line):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign == "#":
            return line[:place]
    return line


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else text
