"""INI files: sections of keys, whose values are given the types that they look like."""

from __future__ import annotations

import configparser

from runtui.formats.config.base import Items, scalar


def read_ini(text: str) -> Items | None:
    """Return the contents of an INI file's sections, or None for other text."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return [
        (f"{section}.{key}", None if value is None else scalar(value))
        for section in parser.sections()
        for key, value in parser.items(section)
    ]
