"""Conversion of a log's bytes to lines that a terminal can show.

No control sequence of a log reaches the screen: escape sequences are taken out, a line that a program
overwrote with carriage returns shows its last state, tabs are expanded, the rest is made visible.
"""

from __future__ import annotations

import re
from itertools import groupby

from runtui.text.sanitize import is_safe, safe_text

LONGEST_LINE = 4096
"""Characters of a line that `shown_line` gives."""

CONTROLS = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI, colours among them
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links, the clipboard
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # all other escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
"""A control sequence of a terminal."""

_HOLE = re.compile("\0{2,}")
_NEVER_IN_TEXT = bytes({*range(1, 32), 127} - set(b"\a\b\t\n\v\f\r\x1b"))
_LEAST_STRANGE = 2  # bytes
_MOST_STRANGE = 50  # one byte in so many; of random ones it is one in ten


def is_binary(data: bytes) -> bool:
    """Return whether a part of a file is no text, in whatever encoding.

    Zeros alone tell nothing: a file that was cut off while a program wrote to it has a hole.
    """
    strange = len(data) - len(data.translate(None, _NEVER_IN_TEXT))
    return strange >= _LEAST_STRANGE and strange * _MOST_STRANGE > len(data) - data.count(0)


def shown_line(raw: str) -> str:
    """Return one line of a log (without its newline) as it is shown, without its colours."""
    if len(raw) <= LONGEST_LINE and is_safe(raw):
        return raw
    text = without_holes(bare_line(raw))
    if "\t" in text:
        text = text[: 2 * LONGEST_LINE].expandtabs(8)
    return safe_text(text, LONGEST_LINE)


def without_holes(text: str) -> str:
    """Return a text with a short mark for each run of zeros.

    A log that is emptied while its writer goes on where it was has a hole: nothing but zeros before the text.
    """
    if "\0\0" not in text:
        return text
    return _HOLE.sub(lambda hole: f"␀×{len(hole[0]):,} ", text)


def bare_line(raw: str) -> str:
    """Return a line for search, levels and time stamps: as it is shown, but with its tabs."""
    if raw.isprintable():
        return raw
    text, _ = last_state(raw)
    if "\x1b" in text or "\x9b" in text:
        text = CONTROLS.sub("", text)
    if "\b" in text:
        text = "".join([part for part, _, _ in overstruck(text)])
    return text


def last_state(raw: str) -> tuple[str, str]:
    """Return the last non-empty part of a line with carriage returns, and all that stands before it."""
    if "\r" not in raw:
        return raw, ""
    end = len(raw.rstrip("\r"))
    begin = raw.rfind("\r", 0, end) + 1
    return raw[begin:end], raw[:begin]


def overstruck(text: str) -> list[tuple[str, bool, bool]]:
    """Return text that was struck over with backspaces in parts: text, whether it is bold, and underlined.

    A letter over itself is bold, a letter over an underscore underlined, as nroff prints them on paper; any
    other letter replaces what it is struck over, as on a screen.
    """
    cells: list[tuple[str, bool, bool]] = []
    column = 0
    for char in text:
        if char == "\b":
            column = max(0, column - 1)
            continue
        if column == len(cells):
            cells.append((char, False, False))
        else:
            old, bold, underline = cells[column]
            if char == old:
                cells[column] = (char, True, underline)
            elif old == "_":
                cells[column] = (char, bold, True)
            elif char == "_":
                cells[column] = (old, bold, True)
            else:
                cells[column] = (char, False, False)
        column += 1
    return [
        ("".join([cell[0] for cell in group]), bold, underline)
        for (bold, underline), group in groupby(cells, key=lambda cell: cell[1:])
    ]
