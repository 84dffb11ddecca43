"""Lines of ``key = value``: GROMACS's ``.mdp``, VASP's ``INCAR``, and files of parameters in plain text."""

from __future__ import annotations

import re

from runtui.formats.config.base import Document, lines_of, scalar

_NAME = re.compile(r"[A-Za-z_][\w.\-\[\]()/%:]{0,100}").fullmatch
_LEAST_SHARE = 0.8
"""Least share of lines that are assignments in a file of parameters; other text is prose or a program."""

_LOGICALS = {
    **dict.fromkeys((".true.", "t", ".t."), True),
    **dict.fromkeys((".false.", "f", ".f."), False),
}


def read_mdp(text: str) -> Document | None:
    """Return the options of an ``.mdp`` file of GROMACS, or None for other text."""
    document: Document = {}
    for line in lines_of(text, ";"):
        key, equals, value = line.partition("=")
        if equals and (key := key.strip()):
            document[key] = scalar(value.strip()) if value.strip() else None
    return document or None


def mdp_spelling(key: str) -> str:
    """Return an option's common spelling: GROMACS takes ``ref_t``, ``ref-t`` and ``Ref-T`` for the same."""
    return key.lower().replace("_", "-")


def read_incar(text: str) -> Document | None:
    """Return the tags of an ``INCAR`` of VASP, or None for other text; the first of two equal ones counts."""
    document: Document = {}
    for line in lines_of(text.replace("\\\n", " "), "#!"):
        for part in line.split(";"):
            key, equals, value = part.partition("=")
            if equals and (key := key.strip()):
                word = value.strip()
                logical = _LOGICALS.get(word.lower())
                document.setdefault(key, scalar(word) if logical is None else logical)
    return document or None


def read_assignments(text: str) -> Document | None:
    """Return the values of a text of lines ``key = value`` or ``key: value``, or None for other text."""
    document: Document = {}
    total = 0
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;!%" or line.startswith(("//", "[")):
            continue
        total += 1
        places = [place for sign in "=:" if (place := line.find(sign)) > 0]
        if places and _NAME(key := line[: min(places)].strip()):
            value = line[min(places) + 1 :].strip()
            for sign in (" #", "\t#", " ;", " !", " //"):
                if value[:1] not in ("'", '"'):
                    value = value.partition(sign)[0].rstrip()
            document[key] = scalar(value.rstrip(";"))
    return document if document and len(document) >= _LEAST_SHARE * total else None
