"""The arguments of a training script in plain text, as it prints them.

Either a ``Namespace(lr=0.1, …)`` of Python's argparse, or lines ``name: value  [default: other]`` between
rules of dashes, as pytorch-CycleGAN-and-pix2pix prints them, or lines of a name and a value in two columns,
or notes on a run such as ``Run date: 2026-06-30``, whose names have blanks.
"""

from __future__ import annotations

import ast
import json
import re

from runtui.formats.config.assignments import read_assignments
from runtui.formats.config.base import DEEPEST, Document, scalar
from runtui.store.json_object import is_deeper

_NAMESPACE = re.compile(r"\s*(?:argparse\.)?Namespace\(")
_LONGEST = 64 * 1024  # characters of a namespace
_DEFAULT = re.compile(r"\s*\t\[default: .*\]$")
_COLUMNS = re.compile(r"^([A-Za-z_][\w.-]*)(?:\t+| {2,})(?![=:])(\S.*)$", re.ASCII)
_NOTE = re.compile(r"^\s*([A-Za-z_][\w.-]*(?: [\w.()/-]+){0,4})\s*[:=]\s*(\S.*)$", re.ASCII)
_LEAST_SHARE = 0.7
"""Least share of lines that are notes of a name and a value; headings and parts of long values are not."""

_RULE = re.compile(r"-{4,}.*-{4,}")


def read_options(text: str) -> Document | None:
    """Return the arguments of a script, or None for other text."""
    if _NAMESPACE.match(text):
        return _namespace(text)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [_DEFAULT.sub("", line) for line in lines if not _RULE.fullmatch(line.strip())]
    kept = [_COLUMNS.sub(r"\1: \2", line) for line in kept]
    text = "\n".join(kept)
    return read_assignments(text) or _notes(text)


def _notes(text: str) -> Document | None:
    """Return the values of notes, the first of several of a name; None for other text."""
    lines = [line for line in text.splitlines() if line.strip()]
    found: Document = {}
    notes = [note for line in lines if (note := _NOTE.match(line)) is not None]
    for note in notes:
        found.setdefault(note[1], scalar(note[2].strip()))
    return found if notes and len(notes) >= _LEAST_SHARE * len(lines) else None


def _namespace(text: str) -> Document | None:
    """Return the plain values of a namespace; nothing is called, whatever is written there."""
    if len(text) > _LONGEST:
        return None
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(call, ast.Call):
        return None
    found: Document = {}
    for keyword in call.keywords:
        try:
            value = json.loads(json.dumps(ast.literal_eval(keyword.value)))  # tuples become lists
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if keyword.arg:
            found[keyword.arg] = value
    return None if not found or is_deeper(found, DEEPEST) else found
