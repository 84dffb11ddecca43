"""Values of a program as JSON can hold them, and their text as the format's writers lay it out."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from datetime import date
from enum import Enum
from json.encoder import encode_basestring_ascii
from typing import Any

from runtui.store.json_object import DEEPEST_JSON

_FLAT = frozenset({str, int, bool, type(None)})
"""The types of nearly all values: they are plain, and stay as they are."""

_INDENT = "  "


def plain_json(value: Any, where: str) -> Any:
    """Return a copy of `value` as JSON can hold it, for a value that a program hands to be stored.

    Paths become text, dates ISO 8601, enums their values, array scalars and arrays plain numbers and
    lists. NaN and the infinities stay numbers, as the format's writers store them.

    The program's threads and signal handlers may change it meanwhile.

    Args:
        value: What to store.
        where: The key it is stored under, for the message.

    Raises:
        TypeError: JSON has no form for it; the message names the key.
    """
    return _plain(value, where, DEEPEST_JSON - 1, strict=False)


def plain_metadata(metadata: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a copy of a run's metadata as JSON can hold it.

    Raises:
        TypeError: As of `plain_json`.
    """
    return {_plain_key(key, "metadata"): plain_json(value, str(key)) for key, value in list(metadata.items())}


def shown_json(value: Any) -> Any:
    """Return `value`, which was read from a run, as every reader of JSON takes it: at any depth, without NaN.

    NaN and the infinities become the text ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.
    """
    return _plain(value, "", -1, strict=True)  # what was read has its limits


def snapshot(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of plain `metadata` that later changes to the original do not affect."""
    return {key: copied(value) for key, value in metadata.items()}


def copied(value: Any) -> Any:
    """Return a copy of a plain value that later changes to the original do not affect."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) is list:
        return [copied(item) for item in value]
    return value


def same_json(one: Any, other: Any) -> bool:
    """Return whether two plain values have the same text: 1 is not true, and NaN is NaN."""
    return one is other or json.dumps(one) == json.dumps(other)


def encode(metadata: Mapping[str, Any]) -> bytes:
    """Return plain `metadata` laid out as the format's writers do it: JSON, indented by two.

    Several times as fast as the standard library's encoder, which has no fast way of indenting.
    """
    return _text(metadata, "\n").encode()


def _text(value: Any, line: str) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is dict and value:
        inner = line + _INDENT
        members = [
            f"{encode_basestring_ascii(key)}: "
            f"{encode_basestring_ascii(item) if type(item) is str else _text(item, inner)}"
            for key, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(members)}{line}}}"
    if kind is list and value:
        inner = line + _INDENT
        return f"[{inner}{f',{inner}'.join([_text(item, inner) for item in value])}{line}]"
    return json.dumps(value)


def _plain(value: Any, where: str, levels: int, *, strict: bool) -> Any:
    kind = type(value)
    if kind in _FLAT:
        return value
    if isinstance(value, Enum):
        return _plain(value.value, where, levels, strict=strict)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if strict and not math.isfinite(value):
            return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
        return value if kind is float else float(value)
    if isinstance(value, (Mapping, list, tuple, set, frozenset)) and not levels:
        raise TypeError(f"{where[:80]}: it is nested too deeply, or holds itself; give flatter data")
    if isinstance(value, Mapping):
        # Copied first, in one step of the interpreter: a handler or a thread may add a key meanwhile.
        return {
            key if type(key) is str else _plain_key(key, where): item
            if type(item) in _FLAT
            else _plain(item, f"{where}.{key}", levels - 1, strict=strict)
            for key, item in list(value.items())
        }
    if isinstance(value, (list, tuple)):
        return [
            item if type(item) in _FLAT else _plain(item, where, levels - 1, strict=strict)
            for item in list(value)
        ]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item, where, levels - 1, strict=strict) for item in list(value)), key=repr)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), where, levels, strict=strict)
    raise TypeError(f"{where}: a {type(value).__name__} cannot be stored in metadata; give text or numbers")


def _plain_key(key: object, where: str) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, (int, float)) or key is None:
        return json.dumps(key)
    raise TypeError(f"{where}: a {type(key).__name__} cannot be a key in metadata; use text")
