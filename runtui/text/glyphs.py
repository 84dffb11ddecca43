"""Replacement of characters that a terminal cannot show by similar ones of the same width.

The locale and the terminal's name tell which characters it can show.
"""

from __future__ import annotations

import codecs
import locale
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import TextIOWrapper
from typing import NamedTuple, TextIO

_ASCII_FOR: Mapping[str, str] = {
    "-": "─┄┈╌╴╶▔▃–—‐‑−·∙‧",
    "=": "━═╸╺▄",
    "|": "│┃║╵╷╹╻▌▐▎▏▊▋▍▕",
    "+": "╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬✓✔▅",
    "_": "▁␀␉␊",
    ".": "▂▖▗░",
    "'": "▘▝‘’′",
    '"': "▀“”″„",
    "*": "●•★▆",
    "%": "▇▓",
    "#": "█▙▛▜▟■▦▣◆✎",
    "/": "▞÷",
    "\\": "▚",
    ":": "▒",
    "o": "○◇□◦°øº",
    "x": "✗✘×✕",
    "@": "↻↺",
    ">": "▸▶›»→≥⟩",
    "<": "◂◀‹«←≤⏎⟨",
    "^": "▴▲↑",
    "v": "▾▼↓",
    "~": "…≈",
    "!": "≠",
    "s": "ß",
    "u": "µμ",
    ",": "‚",
}
_TO_ASCII = {char: ascii_char for ascii_char, chars in _ASCII_FOR.items() for char in chars}

_BETTER: Mapping[str, str] = {
    "╭": "┌",
    "╮": "┐",
    "╰": "└",
    "╯": "┘",
    "✓": "√",
    "▦": "■",
    "▣": "■",
    "›": "»",
    "▃": "▄",
    "▅": "▄",
    "▆": "▄",
    "▇": "█",
}
"""Better replacements than ASCII, for terminals that have them."""

_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
_ERRORS = "runtui.look-alikes"
_OTHER_THAN_ASCII = "[0-9#*]?[^\x00-\x7f]+"
_BRAILLE = range(0x2800, 0x2900)
_UPPER_DOTS, _LOWER_DOTS = 0b00011011, 0b11100100


class Repertoire(NamedTuple):
    """Character repertoire of a terminal.

    Attributes:
        encoding: Encoding of text sent to it.
        characters: Encoding with exactly the characters that it can show, or ``""`` for all.
    """

    encoding: str = "utf-8"
    characters: str = ""


EVERYTHING = Repertoire()
ASCII = Repertoire("ascii", "ascii")


def terminal_repertoire(environment: Mapping[str, str] | None = None) -> Repertoire:
    """Return the repertoire of the terminal, from its locale and its name.

    Args:
        environment: Environment variables; by default those that the process was started with.
    """
    told = _started_with() if environment is None else environment
    name = told.get("LC_ALL") or told.get("LC_CTYPE") or told.get("LANG") or "C"
    encoding = name.partition(".")[2].partition("@")[0]
    if name in ("C", "POSIX"):
        return ASCII
    if not encoding and name != "UTF-8":
        return _repertoire_of(_usual_encoding())
    if encoding.lower().replace("-", "") not in ("utf8", ""):
        return _repertoire_of(encoding)
    # The Linux console decodes UTF-8, but its fonts have few characters.
    return Repertoire("utf-8", "cp437") if told.get("TERM") == "linux" else EVERYTHING


def _started_with() -> Mapping[str, str]:
    """Return the environment as it was before Python replaced the C locale by UTF-8."""
    if os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") not in _COERCED:
        return os.environ
    try:
        with open("/proc/self/environ", "rb") as file:
            pairs = os.fsdecode(file.read()).split("\0")
    except OSError:
        return os.environ
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _usual_encoding() -> str:
    return locale.getencoding()


def _repertoire_of(encoding: str) -> Repertoire:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return ASCII
    if name == "utf-8":
        return EVERYTHING
    # In other encodings lines and symbols are two cells wide.
    return (
        Repertoire(name, name) if name.startswith(("iso8859", "cp125", "koi8", "cp437", "cp850")) else ASCII
    )


def shown_text(text: str, characters: str, width_of: Callable[[str], int]) -> str:
    """Replace the characters of a text that a terminal cannot show.

    Args:
        text: The text; control sequences in it are kept.
        characters: As of `Repertoire`.
        width_of: Function that returns the width of a text in cells.
    """
    if not characters or text.isascii():
        return text

    def replaced(match: re.Match[str]) -> str:
        run = match[0]
        found = "".join([_look_alike(char, characters, width_of) for char in run])
        wanted, now = width_of(run), sum(map(width_of, found))
        # The width of some characters depends on their neighbours.
        return found + " " * (wanted - now) if now <= wanted else found[:wanted]

    return re.sub(_OTHER_THAN_ASCII, replaced, text)


@lru_cache(maxsize=4096)
def _look_alike(char: str, characters: str, width_of: Callable[[str], int]) -> str:
    if _has(characters, char):
        return char
    width = width_of(char)
    if width == 0:
        return ""
    for other in _BETTER.get(char, ""):
        if _has(characters, other):
            return other
    code = ord(char)
    if code in _BRAILLE:
        return _dots(code - _BRAILLE.start)
    found = _TO_ASCII.get(char) or _without_accents(char)
    return (found + "?" * width)[:width] if len(found) <= width else found[:width]


def _has(characters: str, char: str) -> bool:
    try:
        char.encode(characters)
    except UnicodeEncodeError:
        return False
    return True


def _dots(dots: int) -> str:
    """Return the ASCII character for a braille pattern of a curve.

    Args:
        dots: Bits of its dots, as in Unicode.
    """
    if not dots:
        return " "
    if dots & _UPPER_DOTS and dots & _LOWER_DOTS:
        return ":"
    return "'" if dots & _UPPER_DOTS else "."


def _without_accents(char: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", char) if " " <= one <= "~")


def _width(text: str) -> int:
    """Return the width of a text in cells."""
    seen = [char for char in text if unicodedata.category(char) not in ("Cf", "Me", "Mn")]
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in seen)


def adapt_streams(*streams: TextIO | None) -> None:
    """Configure streams so that text fits the terminal, and printing to a file fails for no character."""
    repertoire = terminal_repertoire()
    codecs.register_error(_ERRORS, _replacement)
    for stream in streams:
        if not isinstance(stream, TextIOWrapper):
            continue
        if repertoire.encoding != EVERYTHING.encoding and stream.isatty():
            stream.reconfigure(encoding=repertoire.encoding, errors=_ERRORS)
        elif stream.encoding.lower() != EVERYTHING.encoding:
            stream.reconfigure(errors=_ERRORS)


def _replacement(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    run = error.object[error.start : error.end]
    return "".join([_look_alike(char, error.encoding, _width) for char in run]), error.end
