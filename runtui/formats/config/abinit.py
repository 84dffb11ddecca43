"""Inputs of ABINIT: names of variables, each followed by its values, in any number of lines."""

from __future__ import annotations

import re

from runtui.formats.config.base import Document, scalar

_TOKEN = re.compile(r"""[#!][^\n]*|"[^"\n]*"|'[^'\n]*'|[^\s#!"'=,]+""")
_NAME = re.compile(r"[a-zA-Z_][\w?:+*]*").fullmatch
_UNITS = frozenset((
    "bohr", "angstr", "angstrom", "angstroms", "nm", "nanometer", "ev", "mev", "ha", "hartree", "hartrees",
    "ry", "rydberg", "rydbergs", "k", "kelvin", "t", "te", "tesla", "s", "sec", "second", "sqrt", "end",
))  # fmt: skip
"""Words that are values; whatever else is a word is the name of a variable."""

_NECESSARY = frozenset(
    ("ecut", "natom", "ntypat", "znucl", "acell", "toldfe", "ndtset", "getden", "include", "rprim")
)
_LEAST_KNOWN = 2  # names of which other programs have one at most
_MOST_TOKENS = 100_000  # words
_MOST_VALUES = 32  # values; what has more is data, such as the places of many atoms


def read_abinit(text: str) -> Document | None:
    """Return the variables of an input, names in lower case, or None for other text.

    A variable of several values is their text, as they stand there: ``3*10.2``, ``10 eV``. Those of each data
    set keep their number: ``ecut2``.
    """
    document: Document = {}
    name = ""
    values: list[str] = []
    for number, token in enumerate(_TOKEN.finditer(text)):
        word = token[0]
        if number > _MOST_TOKENS:
            return None
        if word[0] in "#!":
            continue
        if _NAME(word) and word.lower() not in _UNITS:
            _store(document, name, values)
            name, values = word.lower(), []
        elif not name:
            return None  # values come first: another program's
        else:
            values.append(word)
    _store(document, name, values)
    known = {key.rstrip("0123456789?:+*") for key in document} & _NECESSARY
    return document if len(known) >= _LEAST_KNOWN else None


def _store(document: Document, name: str, values: list[str]) -> None:
    if name and 0 < len(values) <= _MOST_VALUES:
        document.setdefault(name, scalar(values[0]) if len(values) == 1 else " ".join(values))
