"""Single values from a run's JSON files by dotted keys, for queries, columns and sorting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from runtui.store.record import Value
from runtui.text.folding import composed
from runtui.text.sanitize import safe_text

_LONGEST_TEXT = 200  # characters
_PLACE = re.compile(r"\[(-?\d{1,9})\]")
_WHOLE_PLACE = re.compile(r"-?\d{1,9}", re.ASCII)
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_MISSING = object()


def find_values(document: Mapping[str, Any], keys: Iterable[str]) -> tuple[dict[str, Value], list[str]]:
    """Return the values that a JSON object has for `keys`, and the keys it does not have.

    A key that stands in the object as it is, dots and all, comes first; then dots lead into nested objects
    and lists: ``model.beta``, ``checkpoints.0.name`` (or ``checkpoints[0].name``, as the details show it),
    ``loss.-1`` for the last one. A key that is null is there, but has no value.
    """
    found: dict[str, Value] = {}
    missing = []
    for key in keys:
        item = _look_up(document, key)
        if item is _MISSING and "[" in key:
            item = _look_up(document, _PLACE.sub(r".\1", key))
        if item is _MISSING and not key.isascii():
            item = _look_up(_with_composed_keys(document), composed(key))
        if item is _MISSING:
            missing.append(key)
        elif item is not None:
            found[key] = value_of(item)
    return found, missing


def value_of(item: Any) -> Value:
    """Return a JSON value other than null as a query compares it and a table shows it."""
    if isinstance(item, (bool, int, float)):
        return item
    if isinstance(item, str):
        return safe_text(item, _LONGEST_TEXT)
    # Piece by piece, because the file decides how long the whole would be.
    pieces = []
    length = 0
    for piece in _ENCODER.iterencode(item):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST_TEXT:
            break
    return safe_text("".join(pieces), _LONGEST_TEXT)


def _with_composed_keys(item: Any) -> Any:
    """Return a document of which all keys are composed; the values are those of the original."""
    if isinstance(item, Mapping):
        return {composed(key): _with_composed_keys(value) for key, value in item.items()}
    return [_with_composed_keys(value) for value in item] if isinstance(item, list) else item


def _look_up(holder: Any, key: str) -> Any:
    if isinstance(holder, dict):
        item = holder.get(key, _MISSING)
        if item is not _MISSING:
            return item
        end = key.rfind(".")
        while end > 0:
            part = holder.get(key[:end], _MISSING)
            if isinstance(part, (dict, list)):
                item = _look_up(part, key[end + 1 :])
                if item is not _MISSING:
                    return item
            end = key.rfind(".", 0, end)
        return _MISSING
    if isinstance(holder, list):
        place, _dot, rest = key.partition(".")
        if not _WHOLE_PLACE.fullmatch(place) or not -len(holder) <= int(place) < len(holder):
            return _MISSING
        item = holder[int(place)]
        return _look_up(item, rest) if rest else item
    return _MISSING
