"""Making text from disk safe to show.

A terminal obeys control characters wherever they stand, and bidirectional overrides make text read as
something it is not. Both are replaced by something visible, once, where text enters the program.
"""

from __future__ import annotations

import re

_HAZARDS = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: the terminal's own language
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u00ad\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible, or a line break
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "\U000e0000-\U000e007f"  # tags: invisible text
    "]"
)
_ELLIPSIS = "…"


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def safe_text(text: str, limit: int | None = None) -> str:
    """Return `text` with everything that could command or mislead a terminal made visible.

    Args:
        text: Any string, of any origin.
        limit: Longest result in characters; a longer text ends in an ellipsis. None for no limit.

    Returns:
        One line of text: no control character, no bidirectional control, no lone surrogate. Control
        characters become their control pictures (``ESC`` is ``␛``), the rest ``\ufffd``.
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + _ELLIPSIS
    if text.isprintable():
        return text
    return _HAZARDS.sub(_visible, text)


def is_utf8(text: str) -> bool:
    """Return whether a text can be encoded: what the file system gives need not be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def safe_lines(text: str, limit: int, width: int = 4096) -> list[str]:
    """Return the lines of `text`, each made safe and with tabs expanded.

    Args:
        text: Any string, of any origin.
        limit: Greatest number of lines; where more are left off, a last line says so.
        width: Longest line in characters.
    """
    lines = text.split("\n", limit)
    shown = [safe_text(line.rstrip("\r").expandtabs(8), width) for line in lines[:limit]]
    if len(lines) > limit and lines[limit]:
        shown.append(f"{_ELLIPSIS} more than {limit} lines, the rest is not shown")
    while shown and not shown[-1]:
        shown.pop()
    return shown
