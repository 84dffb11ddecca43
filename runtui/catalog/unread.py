"""Values that are unknown because the file that may have them cannot be read, in words."""

from __future__ import annotations

from collections.abc import Collection

from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text

UNREADABLE = "unreadable"
"""Text of a cell whose value cannot be read."""

_LONGEST_KEY = 60  # characters


def unreadable_text(key: str, runs: Collection[RunRecord]) -> str:
    """Return in how many runs the value of a key is unreadable, and why in the first; ``""`` for none."""
    unread = [run for run in runs if key in run.unread]
    if not unread:
        return ""
    shown = safe_text(key, _LONGEST_KEY)
    why = f"{unread[0].run_id}: {unread[0].unread[key]}"
    text = f"{shown} is unreadable in {len(unread):,} of {len(runs):,} runs ({why})"
    has_others = len(unread) < len(runs) and not any(key in run.values for run in runs)
    return f"{text}; no other run has a value for it" if has_others else text


def is_known_missing(key: str, runs: Collection[RunRecord]) -> bool:
    """Return whether none of some runs has a value for a key, and none may have one that cannot be read."""
    return not any(key in run.values or key in run.unread for run in runs)
