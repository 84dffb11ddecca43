"""Configurations of other programs' runs, in YAML."""

from __future__ import annotations

import re

from runtui.formats.config.base import Document
from runtui.formats.config.interpolations import resolved
from runtui.formats.config.yaml_text import read_yaml, yaml_scalar
from runtui.layouts.evidence import read_text

_PLAIN_LINE = re.compile(r"([A-Za-z_][\w.-]*): (\[\]|'[^'\\]*'|\w(?:[\w./:+@ -]*[\w/.])?)", re.ASCII)
"""A line of a flat mapping whose value needs no parser."""


def yaml_file(run_dir: str, name: str, *, has_references: bool = False) -> Document:
    """Return the mapping in a YAML file of a run; an empty one where there is none that can be read.

    Args:
        run_dir: The run's directory.
        name: The file's path below it.
        has_references: Whether ``${key}`` stands for the value of another key.
    """
    text = read_text(run_dir, name)
    document = None if text is None else read_yaml(text)
    if document is None:
        return {}
    return resolved(document) if has_references else document


def flat_yaml(text: str) -> Document:
    """Return the mapping in a YAML text that most often is flat, which then takes a tenth of the time."""
    found: Document = {}
    for line in text.splitlines():
        plain = _PLAIN_LINE.fullmatch(line)
        if plain is None or ": " in plain[2]:
            return read_yaml(text) or {}
        value = plain[2]
        if value == "[]":
            found[plain[1]] = []
        else:
            found[plain[1]] = value[1:-1] if value[:1] == "'" else yaml_scalar(value)
    return found
