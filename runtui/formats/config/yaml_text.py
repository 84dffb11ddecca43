"""YAML, read from the events of its parser: nothing in a file can have an object made or a module imported.

Plain words mean what YAML 1.2 says: ``1e-6`` is a number; ``on``, ``no`` and dates are text. Anchors, aliases
and merge keys are followed within limits. A value with another program's tag, such as ``!!python/object``, is
left out, except the pairs of an ordered mapping, which are plain data.
"""

from __future__ import annotations

import json
import re
from typing import Any

from runtui.formats.config.base import DEEPEST, Document

_MOST_NODES = 200_000
"""Most values of a document, with those that aliases repeat."""

_LONGEST_KEY = 200  # characters
_MOST_DIGITS = 300  # characters

_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_WHOLE = re.compile(r"[-+]?[0-9]+").fullmatch
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+").fullmatch
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"

_STANDARD = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    _STANDARD + name
    for name in (
        *("map", "seq", "omap", "set", "int", "float", "bool", "null", "timestamp"),
        *("python/dict", "python/list", "python/tuple", "python/none", "python/bool", "python/int"),
        *("python/long", "python/float"),
        # Their attributes are written as a plain mapping.
        *("python/object:argparse.Namespace", "python/object:types.SimpleNamespace"),
    )
)
_ORDERED = _STANDARD + "python/object/apply:collections.OrderedDict"
"""The tag of a list with one list, of pairs of a key and a value."""

_TEXT_TAGS = frozenset(("!", *(_STANDARD + name for name in ("str", "python/str", "python/unicode"))))

_LEFT_OUT = object()
_NO_KEY = object()
_MERGE = object()


class _RefusedError(Exception):
    """A document beyond the limits."""


def read_yaml(text: str) -> Document | None:
    """Return the first mapping of a YAML stream, or None for other text.

    Where there is none, a list at the top has the key ``list``.
    """
    import yaml  # not for those whose runs have none

    try:
        return _first_mapping(text, yaml)
    except yaml.reader.ReaderError:
        pass
    # It has control characters, which few files need to be searched for.
    try:
        return _first_mapping(re.sub(_UNPRINTABLE, "\ufffd", text), yaml)
    except yaml.reader.ReaderError:
        return None


def _first_mapping(text: str, yaml: Any) -> Document | None:
    is_empty = True
    listed: list[Any] | None = None
    try:
        # The parsers have no type that is common to both.
        parser: Any = (yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)(text)
        reader = _Reader(parser.get_event, yaml)
        while (document := reader.next_document()) is not _NO_KEY:
            if isinstance(document, dict):
                return document
            if listed is None and isinstance(document, list):
                listed = document
            is_empty = is_empty and document is None
    except yaml.reader.ReaderError:
        raise
    except (yaml.YAMLError, _RefusedError, ValueError, RecursionError):
        return None
    if is_empty:
        return {}
    return None if listed is None else {"list": listed}


def yaml_scalar(text: str) -> object:
    """Return what a plain word stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-." and len(text) < _MOST_DIGITS:
        if _WHOLE(text):
            return int(text)
        if _NUMBER(text):
            return float(text)
        if _OTHER_BASE(text):
            return int(text, 0)
    return text


class _Holder:
    """A mapping or list that is being read.

    Attributes:
        items: Its contents.
        key: Of a mapping, the key whose value comes next, or `_NO_KEY`, `_LEFT_OUT` or `_MERGE`.
        merged: Mappings whose entries it has, too, unless it has its own.
        is_left_out: Whether it has a tag that is not read.
        anchor: The name by which aliases repeat it, or None.
        begin: The number of values before it.
        height: The levels of nesting in it.
        is_ordered: Whether it has the pairs of an ordered mapping.
    """

    __slots__ = ("anchor", "begin", "height", "is_left_out", "is_ordered", "items", "key", "merged")

    def __init__(self, items: Any, event: Any, begin: int, *, is_left_out: bool) -> None:
        self.items = items
        self.anchor: str | None = event.anchor
        self.begin = begin
        self.is_left_out = is_left_out
        self.is_ordered = event.tag == _ORDERED and type(items) is list
        self.key: object = _NO_KEY
        self.merged: list[Any] = []
        self.height = 0


class _Reader:
    """Reader of the documents of a stream.

    Args:
        get_event: Returns the parser's next event.
        yaml: The library.
    """

    def __init__(self, get_event: Any, yaml: Any) -> None:
        self._get_event = get_event
        self._yaml = yaml
        self._count = 0
        self._holders: list[_Holder] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._top: Any = None

    def next_document(self) -> Any:
        """Return the next document, or `_NO_KEY` at the end.

        Raises:
            YAMLError: The text is no YAML.
            _RefusedError: The document is too large or too deep.
        """
        yaml = self._yaml
        get_event, holders = self._get_event, self._holders
        is_scalar, is_mapping, is_list = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        self._anchors = {}
        self._top = None
        while True:
            event = get_event()
            kind = type(event)
            if kind is is_scalar:
                self._count_one()
                self._take_scalar(event)
            elif kind is is_mapping or kind is is_list:
                self._count_one()
                if len(holders) >= DEEPEST:
                    raise _RefusedError
                is_left_out = bool(holders) and event.tag is not None and event.tag not in _PLAIN_TAGS
                items: Any = {} if kind is is_mapping else []
                holders.append(_Holder(items, event, self._count, is_left_out=is_left_out))
            elif kind in ends:
                self._end()
            elif kind is yaml.AliasEvent:
                self._count_one()
                value, size, height = self._anchors.get(event.anchor, (None, 0, 0))
                self._count += size
                if self._count > _MOST_NODES or len(holders) + height > DEEPEST:
                    raise _RefusedError
                self._put(value, height)
            elif kind is yaml.DocumentEndEvent:
                return self._top
            elif kind is yaml.StreamEndEvent or event is None:
                return _NO_KEY

    def _count_one(self) -> None:
        self._count += 1
        if self._count > _MOST_NODES:
            raise _RefusedError

    def _take_scalar(self, event: Any) -> None:
        text, tag = event.value, event.tag
        holder = self._holders[-1] if self._holders else None
        is_plain = event.implicit[0]
        if holder is not None and type(holder.items) is dict and holder.key is _NO_KEY:
            if event.anchor is not None:
                self._anchors[event.anchor] = (text, 0, 0)
            holder.key = _MERGE if text == "<<" and is_plain else text
            return
        if tag is None:
            value = yaml_scalar(text) if is_plain else text
        elif tag in _PLAIN_TAGS:
            value = yaml_scalar(text)
        else:
            value = text if tag in _TEXT_TAGS else _LEFT_OUT
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 0, 0)
        self._put(value, 0)

    def _end(self) -> None:
        holder = self._holders.pop()
        for merged in holder.merged:
            for key, value in merged.items():
                holder.items.setdefault(key, value)
        if holder.is_ordered:
            value = _paired(holder.items)
        else:
            value = _LEFT_OUT if holder.is_left_out else holder.items
        height = holder.height + 1
        if holder.anchor is not None:
            self._anchors[holder.anchor] = (value, self._count - holder.begin, height)
        self._put(value, height)

    def _put(self, value: Any, height: int) -> None:
        """Set the next value of the innermost mapping or list."""
        if not self._holders:
            self._top = value
            return
        holder = self._holders[-1]
        holder.height = max(holder.height, height)
        if type(holder.items) is list:
            if value is not _LEFT_OUT:
                holder.items.append(value)
            return
        key, holder.key = holder.key, _NO_KEY
        if key is _NO_KEY:
            holder.key = _LEFT_OUT if value is _LEFT_OUT else _key_of(value)
        elif key is _MERGE:
            holder.merged += [
                one for one in (value if isinstance(value, list) else [value]) if type(one) is dict
            ]
        elif key is not _LEFT_OUT and value is not _LEFT_OUT:
            holder.items[key] = value


def _paired(items: list[Any]) -> Any:
    """Return the mapping of a list with one list of pairs, or `_LEFT_OUT` for another one."""
    pairs = items[0] if len(items) == 1 else None if items else []
    if type(pairs) is not list or not all(type(pair) is list for pair in pairs):
        return _LEFT_OUT
    # Of a pair whose value was left out only the key is there.
    return {_key_of(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


def _key_of(value: Any) -> str:
    """Return a key that is no text as one."""
    if isinstance(value, str):
        return value
    pieces, length = [], 0
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST_KEY:
            break
    return "".join(pieces)[:_LONGEST_KEY]
