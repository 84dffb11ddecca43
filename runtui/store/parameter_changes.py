"""Changes of parameters that a user asks for: as typed, checked, and applied to a run's parameters."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from runtui.store.errors import StoreError
from runtui.text.sanitize import safe_text

ParameterChanges = Mapping[str, Any]
"""New values by dotted key; a `Factor` multiplies the value that there is."""

_MULTIPLY = "*"
_LOOSE_NUMBER = re.compile(r"[+-]?(?:\d+\.?|\d*\.\d+)(?:[eE][+-]?\d+)?")
"""Numbers as people type them; JSON has no ``.5``, ``1.`` and ``+2``."""

_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_VALUE_WIDTH = 200  # characters


class Factor(NamedTuple):
    """A factor for a parameter's value, such as of ``dt*=0.5``."""

    text: str

    def of(self, key: str, value: Any) -> int | float:
        """Return a parameter's value times the factor; a whole number stays one if it can.

        Raises:
            StoreError: The value is not a number, or the product is none.
        """
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            shown = safe_text(key, 80)
            raise StoreError(f"{shown} cannot be multiplied: it is {_text(value)}, which is not a number")
        try:
            # In decimal, because nobody wants to see 0.1 * 3 as 0.30000000000000004.
            product = Decimal(repr(value)) * Decimal(self.text)
        except InvalidOperation:
            raise StoreError(f"{safe_text(key, 80)} cannot be multiplied by {self.text}") from None
        if not math.isfinite(float(product)):
            raise StoreError(f"{safe_text(key, 80)} times {self.text} is too large")
        is_whole = isinstance(value, int) and product == int(product)
        return int(product) if is_whole else float(product)


class ChangedValue(NamedTuple):
    """A parameter that changes, or is added. Text is safe to show.

    Attributes:
        key: Its dotted key.
        old: Its value before, or None where there was none.
        new: Its value in the child.
        before: Its value before as it is, never for showing; None where there was none.
        value: Its value in the child as it is, never for showing.
    """

    key: str
    old: str | None
    new: str
    before: Any = None
    value: Any = None

    @property
    def text(self) -> str:
        """The change in one line, such as ``dt = 0.01 (was 0.02)``."""
        return f"{self.key} = {self.new} ({'new' if self.old is None else f'was {self.old}'})"


def typed_value(text: str) -> Any:
    """Return the value that a user typed: JSON or a number, such as ``.5`` or ``[1, 2]``, else text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return float(text) if _LOOSE_NUMBER.fullmatch(text) else text
    return value


def parse_change(text: str) -> tuple[str, Any]:
    """Return the key and the new value of a change such as ``dt=0.01`` or ``dt*=0.5``.

    Raises:
        ValueError: It is not a change; the message says what to write.
    """
    key, equals, value = text.partition("=")
    if not text.isprintable() and text != text.encode("utf-8", "replace").decode():
        raise ValueError(f"{safe_text(text, 60)}: this is no text in UTF-8")
    if not equals or not key.strip(_MULTIPLY):
        raise ValueError(f"{safe_text(text, 60)}: write KEY=VALUE, or KEY*=FACTOR")
    if not key.endswith(_MULTIPLY):
        return key, typed_value(value)
    if not _LOOSE_NUMBER.fullmatch(value):
        raise ValueError(f"{safe_text(text, 60)}: write a number after *=")
    return key[: -len(_MULTIPLY)], Factor(value)


def parse_changes(text: str) -> dict[str, Any]:
    """Return the changes in a line such as ``dt=0.01 n*=2``, with quotes around values that hold spaces.

    Raises:
        ValueError: One is not a change, or a quote is missing; the message says what to write.
    """
    words = _WORD.findall(text)
    if text.count('"') % 2:
        raise ValueError("a quote is missing")
    return dict(parse_change(word) for word in words)


def changed_params(
    params: Mapping[str, Any], changes: ParameterChanges
) -> tuple[dict[str, Any], tuple[ChangedValue, ...]]:
    """Return parameters with changes applied, and what changes; all else stays as it is.

    Args:
        params: The parameters, nested or flat.
        changes: The changes. A key that is not there is added, in the group that its dots name.

    Raises:
        StoreError: A change cannot be applied; the text says why.
    """
    found = copy.deepcopy(dict(params))
    told: list[ChangedValue] = []
    for key, value in changes.items():
        shown = safe_text(key, 200)
        places = {safe_text(name, 200): (holder, last) for name, holder, last in _places(found)}
        place = places.get(shown)
        if place is None:
            if isinstance(value, Factor):
                raise StoreError(f"there is no parameter {safe_text(key, 80)} to multiply")
            _add(found, {name: holder[last] for name, (holder, last) in places.items()}, key, value)
            told.append(ChangedValue(shown, None, _text(value), None, value))
            continue
        holder, last = place
        new = value.of(key, holder[last]) if isinstance(value, Factor) else value
        told.append(ChangedValue(shown, _text(holder[last]), _text(new), holder[last], new))
        holder[last] = new
    return found, tuple(told)


def _add(params: dict[str, Any], known: Mapping[str, Any], key: str, value: Any) -> None:
    """Add a parameter to the group that its dotted key names; groups that are missing are made."""
    parts = key.split(".")
    if not all(parts) or "[" in key:
        raise StoreError(f"there is no parameter {safe_text(key, 80)}, and none of that name can be added")
    holder: Any = params
    for count in range(len(parts) - 1, 0, -1):
        prefix = ".".join(parts[:count])
        if prefix in known:
            holder, parts = known[prefix], parts[count:]
            break
    if not isinstance(holder, dict):
        raise StoreError(f"{safe_text(key, 80)} cannot be added: {safe_text(prefix, 80)} is {_text(holder)}")
    for part in parts[:-1]:
        holder = holder.setdefault(part, {})
    holder[parts[-1]] = value


def _places(params: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted key of each value, what holds the value, and its key or place there."""
    stack: list[tuple[str, Any]] = [("", params)]
    while stack:
        prefix, holder = stack.pop()
        items: Iterable[tuple[Any, Any]]
        is_list = isinstance(holder, list)
        items = list(enumerate(holder)) if is_list else holder.items()
        for key, item in items:
            name = f"{prefix}[{key}]" if is_list else f"{prefix}.{key}" if prefix else str(key)
            yield name, holder, key
            if isinstance(item, (dict, list)):
                stack.append((name, item))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return safe_text(value, _VALUE_WIDTH)
    try:
        return safe_text(json.dumps(value, ensure_ascii=False), _VALUE_WIDTH)
    except (ValueError, RecursionError):
        return "(cannot be shown)"
