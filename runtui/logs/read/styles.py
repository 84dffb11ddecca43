"""Colours and styles of a log's lines: ANSI sequences to plain pieces of text and style.

Knows no terminal and no toolkit: a screen turns a `Style` into its own. A style that is still open at the end
of a line does not carry over to the next: a line looks the same from wherever it is reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from runtui.logs.read.text import CONTROLS, last_state, overstruck, without_holes
from runtui.text.sanitize import is_safe, safe_text

Colour = int | tuple[int, int, int]
"""A number of the terminal's palette (0 to 255; 0 to 15 are the theme's), or red, green and blue."""

_TAB = 8  # cells


@dataclass(frozen=True, slots=True)
class Style:
    """Style of a piece of text; None for a colour is the terminal's own."""

    foreground: Colour | None = None
    background: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    blink: bool = False
    reverse: bool = False
    conceal: bool = False
    strike: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Styled:
    """A piece of a line: text that is safe to show, and its style."""

    text: str
    style: Style = PLAIN


_ATTRIBUTES = {
    1: ("bold", True),
    2: ("dim", True),
    3: ("italic", True),
    4: ("underline", True),
    5: ("blink", True),
    6: ("blink", True),
    7: ("reverse", True),
    8: ("conceal", True),
    9: ("strike", True),
    21: ("underline", True),
    23: ("italic", False),
    24: ("underline", False),
    25: ("blink", False),
    27: ("reverse", False),
    28: ("conceal", False),
    29: ("strike", False),
}
_SGR = re.compile(r"(?:\x1b\[|\x9b)([0-9;:]*)m\Z")
_MOST_PARAMETERS = 64  # parameters of one sequence


def styled_line(raw: bytes | str) -> tuple[Styled, ...]:
    """Return a line (without its newline) as it is shown: safe text in pieces of one style each.

    Of a line with carriage returns the last state that is not empty is shown, as a terminal would leave it;
    tabs are expanded to multiples of eight columns; letters struck over with backspaces become bold or
    underlined; every sequence that is no colour or style is taken out, what else is not text made visible.
    """
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
    if is_safe(text):
        return (Styled(text),) if text else ()
    text = without_holes(text)
    state, dropped = last_state(text)
    pieces = _pieces(state, _style_after(dropped) if "\x1b" in dropped else PLAIN)
    return tuple(_shown(pieces))


def _pieces(text: str, style: Style) -> list[tuple[str, Style]]:
    """Return text and style in turn, without the control sequences."""
    if "\x1b" not in text and "\x9b" not in text:
        return _struck(text, style)
    pieces: list[tuple[str, Style]] = []
    place = 0
    for match in CONTROLS.finditer(text):
        if match.start() > place:
            pieces.extend(_struck(text[place : match.start()], style))
        place = match.end()
        parameters = _SGR.match(match[0])
        if parameters is not None:
            style = _changed(style, parameters[1])
    if place < len(text):
        pieces.extend(_struck(text[place:], style))
    return pieces


def _struck(text: str, style: Style) -> list[tuple[str, Style]]:
    if "\b" not in text:
        return [(text, style)]
    return [
        (part, replace(style, bold=style.bold or bold, underline=style.underline or underline))
        for part, bold, underline in overstruck(text)
    ]


def _shown(pieces: list[tuple[str, Style]]) -> list[Styled]:
    """Return pieces made safe, with tabs expanded and neighbours of one style joined."""
    shown: list[Styled] = []
    column = 0
    for text, style in pieces:
        if "\t" in text:
            filled = (" " * (column % _TAB) + text).expandtabs(_TAB)
            text = filled[column % _TAB :]
        column += len(text)
        text = safe_text(text)
        if shown and shown[-1].style == style:
            shown[-1] = Styled(shown[-1].text + text, style)
        elif text:
            shown.append(Styled(text, style))
    return shown


def _style_after(text: str) -> Style:
    style = PLAIN
    for match in CONTROLS.finditer(text):
        parameters = _SGR.match(match[0])
        if parameters is not None:
            style = _changed(style, parameters[1])
    return style


@lru_cache(maxsize=1024)
def _changed(style: Style, parameters: str) -> Style:
    """Return `style` after ``ESC [ parameters m``; unknown parameters are skipped."""
    waiting = parameters.split(";")[:_MOST_PARAMETERS]
    waiting.reverse()
    while waiting:
        first, *sub = waiting.pop().split(":")
        code = _number(first)
        if code in (38, 48):
            colour = _colour_of_parts(sub) if sub else _colour_of_following(waiting)
            if colour is not None:
                style = _coloured(style, colour, background=code == 48)
        else:
            style = _with_code(style, code, sub)
    return style


def _with_code(style: Style, code: int, sub: list[str]) -> Style:
    if code == 0:
        return PLAIN
    if code == 4 and sub:
        return replace(style, underline=sub[0] != "0")
    if code in _ATTRIBUTES:
        name, value = _ATTRIBUTES[code]
        return replace(style, **{name: value})
    if code == 22:
        return replace(style, bold=False, dim=False)
    if 30 <= code <= 39:
        return _coloured(style, code - 30 if code < 38 else None, background=False)
    if 40 <= code <= 49:
        return _coloured(style, code - 40 if code < 48 else None, background=True)
    if 90 <= code <= 97:
        return _coloured(style, code - 90 + 8, background=False)
    if 100 <= code <= 107:
        return _coloured(style, code - 100 + 8, background=True)
    return style


def _coloured(style: Style, colour: Colour | None, *, background: bool) -> Style:
    return replace(style, background=colour) if background else replace(style, foreground=colour)


def _colour_of_following(waiting: list[str]) -> Colour | None:
    """Take the parts of a colour off `waiting`, whose next one is its last."""
    kind = _number(waiting.pop()) if waiting else -1
    if kind == 5 and waiting:
        return _palette(waiting.pop())
    if kind == 2:
        parts = [waiting.pop() for _ in range(min(3, len(waiting)))]
        return _rgb(parts) if len(parts) == 3 else None
    return None


def _colour_of_parts(parts: list[str]) -> Colour | None:
    """Return the colour of the form with colons, with or without the empty colour space."""
    kind = _number(parts[0])
    if kind == 5 and len(parts) >= 2:
        return _palette(parts[1])
    if kind == 2 and len(parts) >= 4:
        return _rgb(parts[2:5] if len(parts) >= 5 else parts[1:4])
    return None


def _palette(text: str) -> int | None:
    number = _number(text)
    return number if 0 <= number <= 255 else None


def _rgb(parts: list[str]) -> tuple[int, int, int] | None:
    red, green, blue = (_number(part) for part in parts)
    return (red, green, blue) if max(red, green, blue) <= 255 else None


def _number(text: str) -> int:
    """Return a parameter's number; a missing one is 0 (so ``1;31;`` ends in a reset, as in any terminal)."""
    if len(text) > 4:
        return -1
    return int(text) if text else 0
