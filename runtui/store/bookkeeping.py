"""Values in a run's metadata that only runtui needs, or that say nothing."""

from __future__ import annotations

_KEYS = frozenset(("pid", "schema_version", "executed", "log"))
_PREFIXES = ("process.", "environment.", "executed.")
_NOTHING = frozenset(("null", ""))


def is_bookkeeping(key: str, text: str) -> bool:
    """Return whether a value of a run's metadata is of no use to people.

    Args:
        key: Its dotted key.
        text: It as text.
    """
    return key in _KEYS or key.startswith(_PREFIXES) or text in _NOTHING
