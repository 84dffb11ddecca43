"""JSON objects as other programs write them, read within limits.

Broken text, NaN, numbers and nesting without end, and what is no object at all, each come out as one line for
the user.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from runtui.store.errors import MetadataError
from runtui.store.paths import METADATA_FILE
from runtui.store.record import FileStamp, size_in

DEEPEST_JSON = 200
"""Levels of nesting that are read; what is deeper could be read but neither copied nor written back."""

LISTED = f"{METADATA_FILE} holds a list, not an object"
"""The fault of a metadata.json that no run writes, but other programs do."""

_LONG_NUMBER = b"0" * 19
_DIGITS = bytes(ord("0") if chr(byte).isascii() and chr(byte).isdigit() else byte for byte in range(256))
"""Translation of all digits to zeros, which takes a tenth of the time of a regular expression."""

_TYPE_NAMES = {
    "dict": "an object",
    "list": "a list",
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "NoneType": "null",
}


def parse_object(
    data: bytes,
    stamp: FileStamp | None = None,
    name: str = METADATA_FILE,
    *,
    exact: bool = True,
    is_deep: bool = False,
) -> dict[str, Any]:
    """Return the JSON object in `data`, nested no deeper than `DEEPEST_JSON`.

    Invalid UTF-8 is read with replacement characters; NaN and Infinity are accepted, as writers write them.

    Args:
        data: The file's bytes.
        stamp: The state they were read from, for the error.
        name: The file's name, for the error.
        is_deep: Whether it may be nested more deeply, as far as it can be read.
        exact: Whether integers of more than 64 bits must be exact. Otherwise the library that is four times
            faster is loaded; once it is, it also reads what has no such integers.

    Raises:
        MetadataError: `data` is empty, cut off, no JSON, no object, or nested too deeply.
    """
    is_changing = stamp is not None and size_in(stamp) != len(data)
    if not data.strip():
        raise MetadataError(f"{name} is empty", passing=True, stamp=stamp, is_changing=is_changing)
    try:
        is_slow = exact and ("orjson" not in sys.modules or has_long_numbers(data))
        found = _loads(data) if is_slow else _loads_fast(data)
    except json.JSONDecodeError as error:
        raise MetadataError(
            f"{name} is not valid JSON (line {error.lineno}, column {error.colno})",
            passing=True,
            stamp=stamp,
            is_changing=is_changing,
        ) from None
    except RecursionError:
        raise MetadataError(f"{name} is nested too deeply to read", stamp=stamp) from None
    except ValueError:
        raise MetadataError(f"{name} holds a number too long to read", stamp=stamp) from None
    if not isinstance(found, dict):
        kind = _TYPE_NAMES.get(type(found).__name__, "something else")
        raise MetadataError(f"{name} holds {kind}, not an object", stamp=stamp)
    if not is_deep and data.count(b"[") + data.count(b"{") > DEEPEST_JSON and is_deeper(found, DEEPEST_JSON):
        raise MetadataError(f"{name} is nested too deeply to read", stamp=stamp)
    return found


def has_long_numbers(data: bytes) -> bool:
    """Return whether JSON may have integers of more than 64 bits."""
    return _LONG_NUMBER in data.translate(_DIGITS)


def is_deeper(found: Any, levels: int) -> bool:
    """Return whether lists and objects in `found` are nested deeper than so many levels."""
    level: list[Any] = [found]
    for _depth in range(levels):
        level = [
            item
            for holder in level
            for item in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def _loads_fast(data: bytes) -> Any:
    import orjson  # not for those who read few files

    try:
        return orjson.loads(data)
    except ValueError:
        return _loads(data)  # what it refuses may still be what writers write: NaN, a mark at the beginning


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        return json.loads(data.decode("utf-8", "replace"))
