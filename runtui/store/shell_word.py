"""Text for a shell's prompt: pasted there, it is one word and nothing else, whatever a file is called."""

from __future__ import annotations

import os
import shlex

from runtui.store.safe_text import is_safe

_PLAIN = frozenset(b"/._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def directory_word(path: str) -> str:
    """Return a directory's absolute path as a word of a POSIX shell.

    A path with control characters is spelled out for ``printf``. Quotes do not help there: what is pasted
    goes through the terminal first, where an interrupt or the end of a line acts, quoted or not.
    """
    if is_safe(path):
        return shlex.quote(path)
    spelled = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in os.fsencode(path))
    # The shell takes ends of lines away from the end of what a command says: the dot saves them.
    return f"\"$(printf '{spelled}/.')\""
