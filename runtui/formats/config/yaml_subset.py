"""Configuration files as keys and values, so that two of them can be compared whatever their layout is.

JSON and TOML are read by their own rules. Of YAML that part is read which simulations' configurations consist
of: mappings and lists by indentation, with plain or quoted values. A file that uses more of it, or that is
none of these, is compared line by line.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterator, Sequence

from runtui.formats.tables.delimited import number_of
from runtui.store.details import flat_items
from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object

Items = list[tuple[str, object]]
"""Dotted keys with their values, in the file's order."""

ENDINGS = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".conf")
"""Endings of the files in a run's directory that are taken for its configuration."""

_ENTRY = re.compile(r"""("[^"]*"|'[^']*'|[^\s#&*!|>'"%@`\[\]{},?:-][^:#]*?|-?[\w.][^:#]*?)\s*:(?:\s+(.*))?""")
_QUOTED = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'""")
_WORDS: dict[str, object] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


def config_items(name: str, data: bytes) -> Items:
    """Return what a configuration file holds.

    Args:
        name: The file's name.
        data: Its bytes.
    """
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        if text.lstrip().startswith("{"):
            return list(flat_items(parse_object(data, name=name)))
        if text.lstrip().startswith("["):
            held = parse_object(b'{"list": ' + data + b"}", name=name)
            return list(flat_items(held))
    except MetadataError:
        pass  # a list's sign also begins a table of TOML and a section of an INI file
    found: Items | None = None
    if name.endswith(".toml"):
        found = _toml(text)
    elif name.endswith((".yaml", ".yml")):
        found = _yaml(text.splitlines())
    elif name.endswith((".ini", ".cfg", ".conf")):
        found = _ini(text)
    return found if found is not None else list(_lines(text))


def _lines(text: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield f"line {number}", line.rstrip()


def _toml(text: str) -> Items | None:
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return [
        (key, value if isinstance(value, (str, int, float, list, dict)) else str(value))
        for key, value in flat_items(found)
    ]


def _ini(text: str) -> Items | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return [
        (f"{section}.{key}", None if value is None else _scalar(value))
        for section in parser.sections()
        for key, value in parser.items(section)
    ]


class _UnknownError(Exception):
    """A part of YAML that is not read here."""


def _yaml(lines: Sequence[str]) -> Items | None:
    try:
        found = list(_yaml_items(lines))
    except _UnknownError:
        return None
    return found if len({key for key, _value in found}) == len(found) else None


def _yaml_items(lines: Sequence[str]) -> Iterator[tuple[str, object]]:
    # Where each mapping and list around the line begins, its path, and the number of the list's last item.
    around: list[tuple[int, str]] = []
    counts: dict[tuple[int, str], int] = {}
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        text = line.strip()
        if not text or text.startswith("#") or (text == "---" and not around):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if line[indent] == "\t":
            raise _UnknownError
        # An item of a list may stand as far left as the key of the list.
        while around and (around[-1][0] > indent or (around[-1][0] == indent and not text.startswith("- "))):
            around.pop()
        path = around[-1][1] if around else ""
        while text == "-" or text.startswith("- "):
            while around and around[-1][0] == indent and around[-1][1].endswith("]"):
                around.pop()
            path = around[-1][1] if around else ""
            number = counts[indent, path] = counts.get((indent, path), -1) + 1
            path = f"{path}[{number}]"
            around.append((indent, path))
            rest = text[1:].lstrip()
            indent += len(text) - len(rest)
            text = rest
        if not text:
            continue
        entry = _ENTRY.fullmatch(text)
        if entry is None:
            if not path.endswith("]") or text[0] in "&*!|>?":
                raise _UnknownError
            yield path, _yaml_value(text)
            continue
        key = entry[1].strip("\"'")
        inner = f"{path}.{key}" if path else key
        value = _without_comment(entry[2] or "")
        if value[:1] in ("|", ">") and len(value) <= 2:
            block = []
            while place < len(lines) and (not lines[place].strip() or _indent(lines[place]) > indent):
                block.append(lines[place].strip())
                place += 1
            yield inner, "\n".join(block).strip()
        elif value:
            yield inner, _yaml_value(value)
        else:
            following = next((line for line in lines[place:] if line.strip()), "")
            deeper = _indent(following) > indent or (
                _indent(following) == indent and following.lstrip().startswith("- ")
            )
            if following and deeper:
                around.append((indent, inner))
            else:
                yield inner, None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _yaml_value(text: str) -> object:
    text = _without_comment(text)
    if text[:1] in ("&", "*", "!", "|", ">", "%", "@", "`"):
        raise _UnknownError
    if text[:1] in ("[", "{"):
        if text.count("[") != text.count("]") or text.count("{") != text.count("}"):
            raise _UnknownError
        return " ".join(text.split())
    return _scalar(text)


def _without_comment(text: str) -> str:
    text = text.strip()
    quoted = _QUOTED.match(text)
    if quoted is not None:
        rest = text[quoted.end() :].strip()
        if rest and not rest.startswith("#"):
            raise _UnknownError
        return quoted[0]
    if text.startswith("#"):
        return ""
    return re.split(r"\s#", text, maxsplit=1)[0].strip()


def _scalar(text: str) -> object:
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        return quoted[2].replace("''", "'") if quoted[1] is None else _unescaped(quoted[0])
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text.lstrip("+-").isdecimal() and text.isascii() and len(text) < 20:
        return int(text)
    number = number_of(text.replace(".inf", "inf").replace(".nan", "nan").replace(".NaN", "nan"))
    return text if number is None else number


def _unescaped(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]
