"""Questions to the user before something is changed."""

from __future__ import annotations

import sys

from runtui.store.errors import StoreError


def agrees(question: str) -> bool:
    """Ask the user to confirm.

    Raises:
        StoreError: Input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise StoreError("cannot ask, input is not a terminal: use --yes to confirm")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
