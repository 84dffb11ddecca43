"""Merging one writer's changes into metadata that others may have changed meanwhile."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from enum import Enum
from typing import Any

from runtui.store.json_object import DEEPEST_JSON
from runtui.store.protected_keys import PROTECTED_KEYS


def changed_keys(base: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return the keys of `ours` whose values are not those of `base`."""
    return [key for key, value in ours.items() if key not in base or not _same(base[key], value)]


def without_foreign(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `theirs`, which another user may have written, with what is run and ended as it is in `base`."""
    kept = {key: value for key, value in theirs.items() if key not in PROTECTED_KEYS or key in base}
    return kept | {key: base[key] for key in PROTECTED_KEYS if key in base}


def merge(base: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return `theirs` with what changed between `base` and `ours` put in, key by key.

    Tags and checkpoints are merged item by item, so that a tag added elsewhere and one added here both
    stay; any other key changed on both sides takes our value, since we are the run's writer. Keys keep
    the order of `theirs`; our new ones follow.
    """
    merged = dict(theirs)
    for key in changed_keys(base, ours):
        if key in ("tags", "checkpoints"):
            merged[key] = _merge_lists(base.get(key), theirs.get(key), ours[key])
        else:
            merged[key] = ours[key]
    for key in base:
        if key not in ours:
            merged.pop(key, None)
    return merged


def plain_json(value: Any, where: str) -> Any:
    """Return `value` as JSON can hold it, for a value that a program hands to be stored.

    Paths become text, dates ISO 8601, enums their values, array scalars and arrays plain numbers and
    lists. NaN and the infinities, which JSON does not have, become the text ``"NaN"``, ``"Infinity"`` and
    ``"-Infinity"``: `float` reads them back.

    Args:
        value: What to store.
        where: The key it is stored under, for the message.

    Raises:
        TypeError: JSON has no form for it; the message names the key.
    """
    return _plain(value, where, DEEPEST_JSON - 1)


def shown_json(value: Any) -> Any:
    """Return `value`, which was read from a run, as JSON can hold it: as `plain_json`, but at any depth."""
    return _plain(value, "", -1)  # what was read has its limits


_FLAT = frozenset({str, int, bool, type(None)})
"""The types of nearly all values: they are plain, and stay as they are."""


def _plain(value: Any, where: str, levels: int) -> Any:
    if type(value) in _FLAT:
        return value
    if isinstance(value, Enum):
        return _plain(value.value, where, levels)
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, (Mapping, list, tuple, set, frozenset)) and not levels:
        raise TypeError(f"{where[:80]}: it is nested too deeply, or holds itself; give flatter data")
    if isinstance(value, Mapping):
        return {
            _plain_key(key, where): item
            if type(item) in _FLAT
            else _plain(item, f"{where}.{key}", levels - 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(item, where, levels - 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item, where, levels - 1) for item in value), key=repr)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), where, levels)
    raise TypeError(f"{where}: a {type(value).__name__} cannot be stored in metadata; give text or numbers")


def encode(metadata: Mapping[str, Any]) -> bytes:
    """Return `metadata` laid out as the format's writers do it: JSON, indented by two."""
    return json.dumps(metadata, indent=2).encode()


def snapshot(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `metadata` that later changes to the original do not affect."""
    return {key: _copied(value) for key, value in metadata.items()}


def _copied(value: Any) -> Any:
    if type(value) in _FLAT or type(value) is float:
        return value
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    return deepcopy(value)


def _plain_key(key: object, where: str) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, (int, float)) or key is None:
        return json.dumps(key)
    raise TypeError(f"{where}: a {type(key).__name__} cannot be a key in metadata; use text")


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def _merge_lists(base: Any, theirs: Any, ours: Any) -> Any:
    if not (isinstance(theirs, list) and isinstance(ours, list)):
        return ours
    before = base if isinstance(base, list) else []
    removed = [item for item in before if item not in ours]
    merged = [item for item in theirs if item not in removed]
    return merged + [item for item in ours if item not in before and item not in merged]
