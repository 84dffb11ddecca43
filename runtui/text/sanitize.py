"""Sanitising of text from disk before it is shown.

A terminal obeys control characters anywhere, bidirectional overrides make text read as something else, some
characters are invisible, and many marks on one letter cover the lines around it. All of them are replaced by
visible characters, once, where text enters the program.
"""

from __future__ import annotations

import re
from functools import cache

from runtui.text.character_classes import JOINERS

_HAZARDS = (
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: the terminal's own language
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u00ad\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"  # invisible
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters and marks that cannot be seen
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # invisible, of shorthand and music
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags: invisible text
    "]"
)
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc\u06df-\u06e4"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
"""Combining marks, which take no cell of their own, for a character class."""

_MOST_MARKS = 8  # marks on one letter; no language has more than five
_FLOOD = f"(?<=[{_MARKS}]{{{_MOST_MARKS}}})[{_MARKS}]+"
_SUSPECT = f"[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0{JOINERS}]|[{_MARKS}]{{{_MOST_MARKS + 1}}}"
"""Text to replace although Python calls it printable."""

# Compiled when a text first needs one: most never do.
_compiled = cache(re.compile)

_ELLIPSIS = "…"


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def _covered(match: re.Match[str]) -> str:
    return "\ufffd" * len(match[0])


def is_safe(text: str) -> bool:
    """Return whether a text can be shown unchanged. Cheap."""
    return text.isprintable() and (text.isascii() or _compiled(_SUSPECT).search(text) is None)


def safe_text(text: str, limit: int | None = None) -> str:
    """Make everything in a text visible that could control a terminal or mislead its reader.

    Args:
        text: Any string, of any origin.
        limit: Longest result in characters; a longer text ends in an ellipsis. None for no limit.

    Returns:
        One line of text of the same length, without control characters, bidirectional controls, lone
        surrogates, invisible characters other than joiners that a script or an emoji needs, and more than
        eight marks on a letter. Control characters become their control pictures (``ESC`` is ``␛``), the
        rest ``\ufffd``.
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + _ELLIPSIS
    if is_safe(text):
        return text
    text = _compiled(_FLOOD).sub(_covered, _compiled(_HAZARDS).sub(_visible, text))
    if _compiled(f"[{JOINERS}]").search(text):
        from runtui.text.joiners import joiners_made_visible  # needless for almost all text

        text = joiners_made_visible(text)
    return text


def is_utf8(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8, which a file name need not be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def safe_lines(text: str, limit: int, width: int = 4096) -> list[str]:
    """Split text into lines, each made safe and with tabs expanded.

    Args:
        text: Any string, of any origin.
        limit: Largest number of lines; a last line says when more are left out.
        width: Longest line in characters.
    """
    lines = text.split("\n", limit)
    shown = [safe_text(line.rstrip("\r").expandtabs(8), width) for line in lines[:limit]]
    if len(lines) > limit and lines[limit]:
        shown.append(f"{_ELLIPSIS} only the first {limit} lines are shown")
    while shown and not shown[-1]:
        shown.pop()
    return shown
