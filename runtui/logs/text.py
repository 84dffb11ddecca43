"""From a log's bytes to lines a terminal can show.

No control sequence of a log reaches the screen: escape sequences are taken out, a line that a program
overwrote with carriage returns shows its last state, tabs are expanded, the rest is made visible.
"""

from __future__ import annotations

import re

from runtui.store.safe_text import safe_text

LONGEST_LINE = 4096
"""Characters of a line that are shown."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI, colours among them
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links, the clipboard
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # all other escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"
)


def shown_line(raw: str) -> str:
    """Return one line of a log (without its newline) as it is shown."""
    if raw.isprintable() and len(raw) <= LONGEST_LINE:
        return raw
    if "\r" in raw:
        raw = _last_state(raw)
    if "\x1b" in raw or "\x9b" in raw:
        raw = _ESCAPES.sub("", raw)
    if "\t" in raw:
        raw = raw[: 2 * LONGEST_LINE].expandtabs(8)
    return safe_text(raw, LONGEST_LINE)


def _last_state(raw: str) -> str:
    """Return what a line shows after its carriage returns: the last part that is not empty."""
    for part in reversed(raw.split("\r")):
        if part:
            return part
    return ""
