"""Lines of a directive and its values: the inputs of DL_POLY, SIESTA, NAMD, ORCA and Gaussian.

Sources: the manuals of DL_POLY 4 and 5 (CONTROL), SIESTA (fdf), NAMD, ORCA and Gaussian.
"""

from __future__ import annotations

import re

from runtui.formats.config.base import Document, lines_of, scalar

_NAME = re.compile(r"[A-Za-z][\w.\-]{0,60}")
_LEAST_SHARE = 0.8
"""Least share of lines that begin with a name; other text is prose or data."""

_LINK0 = re.compile(r"%(\w+)=(\S+)")
_ROUTE = re.compile(r"#[pntPNT]?(?= |\w)([^\n]*(?:\n[^\n]*\S[^\n]*)*)")
_ORCA_KEYWORDS = re.compile(r"^!(.*)", re.MULTILINE)
_ORCA_VALUE = re.compile(r"^%(\w+)[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_ORCA_BLOCK = re.compile(
    r"^%(\w+)[ \t]*(?:\n|(?=[a-z]\w* +\S+ +end))(.*?)\bend\b", re.MULTILINE | re.DOTALL | re.I
)


def read_directives(text: str) -> Document | None:
    """Return the values of lines ``name value …`` by their names, or None for other text.

    A name alone is on; blocks of data between ``%block`` and ``%endblock`` are passed over.
    """
    document: Document = {}
    total = 0
    in_block = False
    for line in lines_of(text, "#!"):
        lowered = line.lower()
        if lowered.startswith(("%block", "%endblock")):
            in_block = lowered.startswith("%block")
            continue
        if in_block or lowered in ("finish", "close"):
            continue
        total += 1
        name, _blank, value = line.partition(" ") if " " in line else line.partition("\t")
        if _NAME.fullmatch(name) and "=" not in value:
            document.setdefault(name, scalar(value.strip()) if value.strip() else True)
    return document if document and len(document) >= _LEAST_SHARE * total else None


def read_orca(text: str) -> Document | None:
    """Return the keywords and blocks of an input of ORCA, or None for other text."""
    lines = "\n".join(lines_of(text, "#"))
    keywords = [found[1].strip() for found in _ORCA_KEYWORDS.finditer(lines)]
    if not keywords:
        return None
    document: Document = {"keywords": " ".join(keywords)}
    for found in _ORCA_VALUE.finditer(lines):
        document.setdefault(found[1].lower(), scalar(found[2]))
    for found in _ORCA_BLOCK.finditer(lines):
        block = {}
        for line in found[2].splitlines():
            name, _blank, value = line.strip().partition(" ")
            if _NAME.fullmatch(name):
                block[name.lower()] = scalar(value.strip()) if value.strip() else True
        if block:
            document.setdefault(found[1].lower(), block)
    return document


def read_gaussian(text: str) -> Document | None:
    """Return the Link 0 commands and the route of an input of Gaussian, or None for other text."""
    document: Document = {}
    for line in text.splitlines():
        line = line.strip()
        if (found := _LINK0.fullmatch(line)) is not None:
            document.setdefault(found[1].lower(), scalar(found[2]))
        elif line.startswith("#"):
            break
        elif line:
            return None
    route = _ROUTE.search(text)
    if route is None:
        return None
    return {**document, "route": " ".join(route[1].split())}
