"""Capture of what functions print, into the log of the step that calls them, also from several threads."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from runtui.runtime.pipeline.tasks import open_log


class _ByThread(io.TextIOBase):
    """Text stream that sends each thread's text to the thread's own file, where it has one."""

    def __init__(self, usual: TextIO, files: threading.local) -> None:
        self.usual = usual
        self._files = files

    @property
    def _file(self) -> TextIO:
        file: TextIO = getattr(self._files, "file", self.usual)
        return file

    def write(self, text: str) -> int:
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def writable(self) -> bool:
        return True


_files = threading.local()
_lock = threading.Lock()
# Kept when they are no longer installed: in Python 3.11 print() holds no reference of its own to
# sys.stdout while it writes, so that another thread must not take away the last one.
_made: list[_ByThread] = []
_count = [0]


@contextmanager
def printing_to(log: str) -> Iterator[None]:
    """Append what this thread prints within a ``with`` block to a file; without one it is printed.

    Raises:
        OSError: The file cannot be opened.
    """
    if not log:
        yield
        return
    # Line by line, so that what a thread that was given up had printed is there.
    with open(open_log(log), "a", encoding="utf-8", errors="backslashreplace", buffering=1) as file:
        _install()
        _files.file = file
        try:
            yield
        finally:
            del _files.file
            _uninstall()


def _install() -> None:
    with _lock:
        _count[0] += 1
        # Also when others are inside: a step's function may have put something else in their place.
        if not isinstance(sys.stdout, _ByThread):
            sys.stdout = _by_thread(sys.stdout)
        if not isinstance(sys.stderr, _ByThread):
            sys.stderr = _by_thread(sys.stderr)


def _by_thread(usual: TextIO) -> _ByThread:
    for made in _made:
        if made.usual is usual:
            return made
    _made.append(_ByThread(usual, _files))
    return _made[-1]


def _uninstall() -> None:
    with _lock:
        _count[0] -= 1
        if _count[0] == 0:
            if isinstance(sys.stdout, _ByThread):
                sys.stdout = sys.stdout.usual
            if isinstance(sys.stderr, _ByThread):
                sys.stderr = sys.stderr.usual
