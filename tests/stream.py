"""What a program may send to a terminal: a strict reader of its output, in which all else is a finding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_MISLEADING = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\ufeff") | {
    *map(chr, range(0x2066, 0x2070)),
    *map(chr, range(0xE0000, 0xE0080)),
    *"\u00ad\u034f\u115f\u1160\u180e\u3164\uffa0\ufff9\ufffa\ufffb",
}
_MOST_MARKS = 8

BROWSER = (
    r"\x1b\[6n",  # behind what was drawn: the answer says that it has arrived
    r"\x1b\[H\x1b\[2J(?=\x1b\[\?1049l)",  # before it gives the terminal back
    r"\x1b\[\d+(?:;\d+)?H",
    r"\x1b\[H",
    r"\x1b\[[0-9;]*m",
    r"\x1b\[\d+;\d+r|\x1b\[r",
    r"\x1b\[\d+[LM]",
    r"\x1b\[\?(?:25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]",
    r"\x1b\[\?(?:2026|2048)\$p",
    r"\x1b\[\?7[lh]",
    r"\x1b\[>[0-9]+u|\x1b\[<u",
    r"\x1b\]22;[a-z]*\x07",
)
"""The sequences that the browser sends, as expressions: places, colours, styles, and modes that it sets or
asks for."""

COLOURS = (r"\x1b\[[0-9;]*m", r"\x1b\[\?7[lh]", r"\x1b\[K", r"\r[\d,]+ files deleted *", r"\r +\r")
"""The sequences that the command line prints to a terminal, and how it shows progress in one line."""


def findings(data: bytes, allowed: Iterable[str], controls: str = "\r\n") -> list[str]:
    """Return what a program has sent that is none of the allowed sequences, and no harmless text.

    Args:
        data: All that it sent.
        allowed: Expressions, each of a whole sequence.
        controls: Control characters that may stand outside of sequences.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [f"no UTF-8: {data[max(0, error.start - 20) : error.end + 20]!r}"]
    sequence = re.compile("|".join(f"(?:{expression})" for expression in allowed))
    found: list[str] = []
    place = marks = 0
    while place < len(text):
        match = sequence.match(text, place)
        if match is not None and match.end() > place:
            place = match.end()
            continue
        sign = text[place]
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") or sign in "\u200c\u200d" else 0
        is_bad = category in ("Cc", "Cs", "Zl", "Zp") and sign not in controls
        if is_bad or sign in _MISLEADING or marks > _MOST_MARKS:
            found.append(repr(text[max(0, place - 30) : place + 30]))
        place += 1
    return found
