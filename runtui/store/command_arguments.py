"""Arguments of a command that give parameters, and changing them with certainty or not at all."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

from runtui.store.errors import StoreError
from runtui.store.parameter_changes import ChangedValue, typed_value
from runtui.text.sanitize import safe_text

_ARGUMENT = re.compile(
    r"(?P<lead>-{0,2}|\+{1,2})(?P<key>[A-Za-z_][\w.-]*)(?P<equals>=(?P<value>.*))?", re.DOTALL
)
_PLAIN = re.compile(r"[A-Za-z_][\w./:@-]*")
_WORDS_OF_CONSTANTS = {"true": True, "false": False, "none": None, "null": None}
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh"))
_SHELL_LINE_WORDS = 3  # such as ``sh -c LINE``


class ArgumentStyle(Enum):
    """Ways in which a program takes a parameter that its command does not give yet.

    ``FILE`` is that of a program that may read the parameters from its run; ``OPTIONS`` is unknown.
    """

    OPTIONS = "options"
    FILE = "file"
    HYDRA = "hydra"
    SACRED = "sacred"


class _Place(NamedTuple):
    """An argument that gives a parameter.

    Attributes:
        word: The index of the word with its value.
        before: The text in that word before the value.
        value: The value as it is written; None where the argument is a switch.
    """

    word: int
    before: str
    value: str | None


def changed_command(
    words: Sequence[str], changes: Iterable[ChangedValue], style: ArgumentStyle
) -> tuple[str, ...]:
    """Return a command with the arguments changed that give some parameters.

    An argument is ``--beta 3``, ``--beta=3`` or ``beta=3``, with one dash or two, and with ``-`` or ``_``.

    Args:
        words: The command.
        changes: The changes.
        style: How the program takes parameters that its command does not give.

    Raises:
        StoreError: A change is not certain to do what is wanted; the text says why.
    """
    found = list(words)
    for change in changes:
        if is_shell_line(found):
            if style is ArgumentStyle.FILE and not _mentions(found[-1], change.key):
                continue
            raise StoreError(f"{change.key} cannot be changed: the command is a line for a shell")
        places = list(_places(found, change.key))
        if not places:
            _add(found, change, style)
            continue
        _replace(found, _only(places, change), change, style)
    return tuple(found)


def value_in_command(words: Sequence[str], key: str) -> str | None:
    """Return the value that a command gives a parameter, as it is written; None where it gives none."""
    values = [place.value for place in _places(words, key)]
    return values[0] if len(values) == 1 else None


def is_shell_line(words: Sequence[str]) -> bool:
    """Return whether a command is one line for a shell, whose arguments cannot be told apart."""
    is_shell = len(words) >= _SHELL_LINE_WORDS and words[0].rpartition("/")[2] in _SHELLS
    return is_shell and any(re.fullmatch("-[a-z]*c", word) for word in words[1:-1])


def is_same_value(text: str, value: Any) -> bool:
    """Return whether an argument's text stands for a parameter's value."""
    if isinstance(value, str):
        return text == value
    given = _WORDS_OF_CONSTANTS.get(text.lower(), typed_value(text))
    if isinstance(given, bool) or isinstance(value, bool) or given is None or value is None:
        return given is value
    try:
        return bool(given == value)
    except RecursionError:
        return False


def spelled(change: ChangedValue, before: str = "") -> str:
    """Return a new value as an argument.

    Args:
        change: The change.
        before: The value as it is written now.

    Raises:
        StoreError: It cannot be written with certainty.
    """
    value = change.value
    if isinstance(value, bool):
        return str(value) if before[:1].isupper() else str(value).lower()
    if isinstance(value, (int, float)) and math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, str) and value and "\0" not in value and not value.startswith("-"):
        return value
    raise StoreError(f"{change.key} cannot be changed: {change.new} cannot be written as an argument")


def _places(words: Sequence[str], key: str) -> Iterator[_Place]:
    wanted = key.replace("-", "_")
    for index, word in enumerate(words):
        found = _ARGUMENT.fullmatch(word) if index else None
        if found is None or found["key"].replace("-", "_") != wanted:
            continue
        if found["equals"] is not None:
            yield _Place(index, word[: found.start("value")], found["value"])
        elif found["lead"].startswith("-"):
            following = words[index + 1] if index + 1 < len(words) else "-"
            is_value = not following.startswith("-") or isinstance(typed_value(following), (int, float))
            yield _Place(index + 1, "", following) if is_value else _Place(index, word, None)


def _only(places: Sequence[_Place], change: ChangedValue) -> _Place:
    """Return the one argument that gives a parameter the value that it has.

    Raises:
        StoreError: There are several, or the value is another one.
    """
    place = places[0]
    if len(places) > 1:
        raise StoreError(f"{change.key} cannot be changed: the command gives it {len(places)} times")
    if place.value is None:
        raise StoreError(f"{change.key} cannot be changed: it is a switch of the command")
    if change.old is not None and not is_same_value(place.value, change.before):
        told = safe_text(place.value, 80)
        raise StoreError(
            f"{change.key} cannot be changed: it is {change.old}, but the command gives it {told}"
        )
    return place


def _replace(words: list[str], place: _Place, change: ChangedValue, style: ArgumentStyle) -> None:
    assert place.value is not None
    text = _plain(change, spelled(change, place.value), style)
    words[place.word] = place.before + text


def _add(words: list[str], change: ChangedValue, style: ArgumentStyle) -> None:
    if style is ArgumentStyle.FILE:
        return
    if style is ArgumentStyle.OPTIONS:
        raise StoreError(f"{change.key} cannot be changed: the command has no argument for it")
    text = f"{change.key}={_plain(change, spelled(change), style)}"
    if style is ArgumentStyle.SACRED:
        words += [text] if "with" in words else ["with", text]
    else:
        words.append(text if change.old is not None else f"++{text}")


def _plain(change: ChangedValue, text: str, style: ArgumentStyle) -> str:
    """Check a text for a program that parses the values of its arguments.

    Raises:
        StoreError: The program might read something else.
    """
    is_parsed = style in (ArgumentStyle.HYDRA, ArgumentStyle.SACRED) and isinstance(change.value, str)
    if is_parsed and (not _PLAIN.fullmatch(text) or text.lower() in _WORDS_OF_CONSTANTS):
        raise StoreError(f"{change.key} cannot be changed: {change.new} would need quotes in the command")
    return text


def _mentions(line: str, key: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])".replace("_", "[-_]"), line) is not None
