"""References within a document, such as Hydra's ``${model.lr}``, replaced by what they refer to."""

from __future__ import annotations

import re
from typing import Any

from runtui.formats.config.base import Document

_REFERENCE = re.compile(r"(?<!\\)\$\{([^${}:]{1,200})\}")
_LONGEST_TEXT = 1000  # characters
_MOST_LEVELS = 10  # references
_MOST_ITEMS = 50  # values of a list
_NOTHING = object()


def resolved(document: Document) -> Document:
    """Return a document with references to its own plain values replaced; all others stay as they are."""
    return _Resolver(document).resolved(document, ())  # type: ignore[no-any-return]


class _Resolver:
    """Replacer of references, each of which is looked up once.

    Args:
        document: The document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[tuple[str, ...], Any] = {}

    def resolved(self, item: Any, path: tuple[str, ...]) -> Any:
        """Return a part of the document, which stands at a path, with its references replaced."""
        if isinstance(item, dict):
            return {key: self.resolved(value, (*path, key)) for key, value in item.items()}
        if isinstance(item, list):
            return [self.resolved(value, (*path, str(place))) for place, value in enumerate(item)]
        return self._text(item, path[:-1], 0) if isinstance(item, str) and "${" in item else item

    def _text(self, text: str, around: tuple[str, ...], level: int) -> Any:
        """Return a text that stands in a mapping with its references replaced."""
        whole = _REFERENCE.fullmatch(text)
        if whole is not None:
            value = self._value(whole[1], around, level)
            return text if value is _NOTHING else value

        def shown(found: re.Match[str]) -> str:
            value = self._value(found[1], around, level)
            return found[0] if value is _NOTHING or isinstance(value, list) else _shown(value)

        replaced = _REFERENCE.sub(shown, text)
        return replaced if len(replaced) <= _LONGEST_TEXT else text

    def _value(self, reference: str, around: tuple[str, ...], level: int) -> Any:
        """Return the plain value that a reference leads to, or `_NOTHING`."""
        path = _path_of(reference.strip(), around)
        if path in self._known:
            return self._known[path]
        self._known[path] = _NOTHING  # for one that leads to itself
        item: Any = self._document
        for part in path:
            if isinstance(item, list) and part.isdecimal() and len(part) < 6 and int(part) < len(item):
                item = item[int(part)]
            elif isinstance(item, dict) and part in item:
                item = item[part]
            else:
                return _NOTHING
        if isinstance(item, str) and "${" in item:
            if level == _MOST_LEVELS:
                return _NOTHING
            item = self._text(item, path[:-1], level + 1)
        elif isinstance(item, list):
            item = item if len(item) <= _MOST_ITEMS and all(map(_is_plain, item)) else _NOTHING
        elif isinstance(item, dict):
            item = _NOTHING
        self._known[path] = item
        return item


def _path_of(reference: str, around: tuple[str, ...]) -> tuple[str, ...]:
    """Return where a reference leads: from the top, or with dots in front from the mapping around it."""
    rest = reference.lstrip(".")
    up = len(reference) - len(rest)
    parts = tuple(re.sub(r"\[(\w+)\]", r".\1", rest).split("."))
    return (*around[: max(0, len(around) - up + 1)], *parts) if up else parts


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (dict, list)) and not (isinstance(value, str) and "${" in value)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
