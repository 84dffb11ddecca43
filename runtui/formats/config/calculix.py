"""Inputs of CalculiX, in the form of those of Abaqus: ``*KEYWORD, OPTION=value`` and lines of numbers."""

from __future__ import annotations

import re

from runtui.formats.config.base import Document, scalar

_KEYWORD = re.compile(r"\*([A-Za-z][A-Za-z0-9 \-]*?)\s*((?:,.*)?)", re.DOTALL).fullmatch
_KNOWN = re.compile(r"^\*(?:STEP|MATERIAL|NODE|ELEMENT|INCLUDE|HEADING)\b", re.IGNORECASE | re.MULTILINE)
_PROPERTIES = frozenset((
    "ELASTIC", "PLASTIC", "CREEP", "CYCLIC HARDENING", "DENSITY", "EXPANSION", "CONDUCTIVITY", "DEPVAR",
    "SPECIFIC HEAT", "HYPERELASTIC", "HYPERFOAM", "DEFORMATION PLASTICITY", "USER MATERIAL", "DAMPING",
    "FLUID CONSTANTS",
))  # fmt: skip
"""Keywords that tell of the material above them."""

_VALUES = _PROPERTIES | {
    "STATIC", "DYNAMIC", "MODAL DYNAMIC", "STEADY STATE DYNAMICS", "FREQUENCY", "COMPLEX FREQUENCY", "BUCKLE",
    "HEAT TRANSFER", "COUPLED TEMPERATURE-DISPLACEMENT", "UNCOUPLED TEMPERATURE-DISPLACEMENT", "VISCO",
    "SHELL SECTION", "BEAM SECTION", "SOLID SECTION", "FRICTION", "SURFACE BEHAVIOR", "TIME POINTS",
}  # fmt: skip
"""Keywords of which the first line of numbers is a setting, and no mesh, set or load."""

_MOST_LINES = 200_000  # lines


def read_calculix(text: str) -> Document | None:
    """Return the options of an input by their keywords, in upper case, or None for other text.

    A material's properties are below its name, ``MATERIAL.STEEL.ELASTIC``; the numbers below a keyword are
    its value, as they stand there, or its ``values`` beside options. Of equal keywords the first one counts.
    """
    if _KNOWN.search(text) is None:
        return None
    document: Document = {}
    material = document
    target: tuple[Document, str] | None = None
    for line in text.splitlines()[:_MOST_LINES]:
        line = line.strip()
        if not line or line.startswith("**"):
            continue
        if line[0] != "*":
            if target is not None:
                holder, name = target
                value = " ".join(line.rstrip(",").replace(",", " ").split())
                if isinstance(holder[name], dict):
                    holder[name]["values"] = scalar(value)
                else:
                    holder[name] = scalar(value)
                target = None
            continue
        target = None
        found = _KEYWORD(line)
        if found is None:
            continue
        name = " ".join(found[1].upper().split())
        options = _options(found[2])
        if name == "MATERIAL":
            inner = document.setdefault("MATERIAL", {})
            material = inner.setdefault(str(options.get("NAME", "")), {})
            continue
        holder = material if name in _PROPERTIES else document
        if name not in holder and (options or name in _VALUES):
            holder[name] = options or True
            target = (holder, name) if name in _VALUES else None
    return document or None


def _options(text: str) -> Document:
    options: Document = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if name := " ".join(name.upper().split()):
            options.setdefault(name, scalar(value.strip()) if equals else True)
    return options
