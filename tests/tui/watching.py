"""Telling what a thread asks of a file system."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Of these no audit event tells, or none that tells of what a descriptor stands for.
_UNHEARD = ("access", "close", "fstat", "lstat", "open", "pread", "read", "readlink", "stat", "statvfs")

_readlink = os.readlink
_fspath = os.fspath


class Touches:
    """What one thread asks of the files of a directory.

    Args:
        base: The directory.

    Attributes:
        found: What was asked, with where in the program.
    """

    def __init__(self, base: Path) -> None:
        self.found: list[str] = []
        self._base = os.fsencode(base)
        self._thread = threading.get_ident()
        self._is_telling = False

    def hear(self, what: str, values: tuple[object, ...], folder: int | None = None) -> None:
        """Take in a call, as far as this thread made it, with everything that may be a path."""
        if threading.get_ident() != self._thread or self._is_telling:
            return
        self._is_telling = True
        try:
            if any(self._is_within(value, folder) for value in values):
                self.found.append(f"{what}{values!r}\n{''.join(traceback.format_stack()[-8:-2])}")
        finally:
            self._is_telling = False

    def _is_within(self, value: object, folder: int | None) -> bool:
        if isinstance(value, int) and not isinstance(value, bool) and value > 2:
            path = _named(value)
        elif isinstance(value, str | bytes | os.PathLike):
            path = os.fsencode(_fspath(value))
            if b"\0" in path:
                return False
            path = os.path.join(os.getcwdb() if folder is None else _named(folder), path)
        else:
            return False
        path = os.path.normpath(path)
        return path == self._base or path.startswith(self._base + b"/")


def _named(descriptor: int) -> bytes:
    try:
        return os.fsencode(_readlink(f"/proc/self/fd/{descriptor}"))
    except OSError:
        return b""


_watched: list[Touches] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    # A hook stays for as long as the process: between tests it hears nothing.
    if _watched and (event == "open" or event.partition(".")[0] in ("os", "shutil", "subprocess", "glob")):
        for touches in _watched:
            touches.hear(event, arguments)


_is_listening = False


@contextmanager
def touches_of_this_thread(base: Path) -> Iterator[Touches]:
    """Yield what collects all that this thread asks of files in the directory `base` meanwhile."""
    global _is_listening
    if not _is_listening:
        sys.addaudithook(_audit)
        _is_listening = True
    touches = Touches(base)
    real = {name: getattr(os, name) for name in _UNHEARD}
    try:
        for name, call in real.items():
            setattr(os, name, _heard(name, call, touches))
        _watched.append(touches)
        yield touches
    finally:
        _watched.remove(touches)
        for name, call in real.items():
            setattr(os, name, call)


def _heard(name: str, call: Callable[..., Any], touches: Touches) -> Callable[..., Any]:
    def heard(*arguments: Any, **options: Any) -> Any:
        touches.hear(name, arguments[:1], options.get("dir_fd"))
        return call(*arguments, **options)

    return heard
