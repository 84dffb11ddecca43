"""The subset of YAML that simulations' configurations consist of.

Mappings and lists by indentation, with plain or quoted values. A file that uses more of it is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runtui.formats.config.base import QUOTED, Items, scalar

_ENTRY = re.compile(r"""("[^"]*"|'[^']*'|[^\s#&*!|>'"%@`\[\]{},?:-][^:#]*?|-?[\w.][^:#]*?)\s*:(?:\s+(.*))?""")


class _UnknownError(Exception):
    """A part of YAML that is not supported."""


def read_yaml(text: str) -> Items | None:
    """Return the contents of a YAML document, or None for one outside the subset."""
    try:
        found = list(_yaml_items(text.splitlines()))
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
    return scalar(text)


def _without_comment(text: str) -> str:
    text = text.strip()
    quoted = QUOTED.match(text)
    if quoted is not None:
        rest = text[quoted.end() :].strip()
        if rest and not rest.startswith("#"):
            raise _UnknownError
        return quoted[0]
    if text.startswith("#"):
        return ""
    return re.split(r"\s#", text, maxsplit=1)[0].strip()
