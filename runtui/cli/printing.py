"""Safe printing of log lines: the only control sequences that reach the terminal are styles of text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO

from runtui.logs.read.lines import Line
from runtui.logs.read.styles import Colour, Style, styled_line
from runtui.logs.read.text import bare_line
from runtui.text.sanitize import safe_text

_RESET = "\x1b[0m"
_CLEARED = "\r\x1b[K"
_WITHOUT_WRAPPING = "\x1b[?7l{}\x1b[?7h"  # the terminal cuts a line that is too long for its row


class LinePrinter:
    """Printer of log lines, with styles on a terminal and without elsewhere.

    Args:
        stream: The stream to print to (default: standard output).
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._is_styled = (
            self._is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        self._is_unfinished = False

    def show(self, lines: Iterable[Line | str]) -> None:
        """Print lines, and notices (text) on standard error."""
        for one in lines:
            self._clear()
            if isinstance(one, str):
                self._stream.flush()
                print(f"runtui: {safe_text(one)}", file=sys.stderr, flush=True)
            else:
                self._stream.write(self._text(one.raw) + ("\n" if one.ended else ""))

    def show_unfinished(self, raw: bytes) -> None:
        """Show the start of an unfinished line, which the next output replaces.

        Output other than a terminal gets the line only once it is complete.
        """
        if raw and self._is_terminal:
            self._clear()
            self._stream.write(_WITHOUT_WRAPPING.format(self._text(raw)))
            self._is_unfinished = True
        self._stream.flush()

    def _clear(self) -> None:
        if self._is_unfinished:
            self._stream.write(_CLEARED)
            self._is_unfinished = False

    def _text(self, raw: bytes) -> str:
        if self._is_styled:
            return "".join([_styled(piece.text, piece.style) for piece in styled_line(raw)])
        # Tabs separate columns for the program that reads from a pipe.
        bare = bare_line(raw.decode("utf-8", "replace"))
        return "\t".join([safe_text(part) for part in bare.split("\t")])


def _styled(text: str, style: Style) -> str:
    codes = _codes(style)
    return f"\x1b[{codes}m{text}{_RESET}" if codes else text


@lru_cache(maxsize=256)
def _codes(style: Style) -> str:
    """Return the SGR parameters of a style. Blinking and concealed text are left out."""
    wanted = (
        ("1", style.bold),
        ("2", style.dim),
        ("3", style.italic),
        ("4", style.underline),
        ("7", style.reverse),
        ("9", style.strike),
        (_colour(style.foreground, 30), style.foreground is not None),
        (_colour(style.background, 40), style.background is not None),
    )
    return ";".join([code for code, is_wanted in wanted if is_wanted])


def _colour(colour: Colour | None, base: int) -> str:
    if colour is None:
        return ""
    if isinstance(colour, tuple):
        return f"{base + 8};2;" + ";".join(map(str, colour))
    if colour < 8:
        return str(base + colour)
    return str(base + 60 + colour - 8) if colour < 16 else f"{base + 8};5;{colour}"
