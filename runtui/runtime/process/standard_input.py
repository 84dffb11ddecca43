"""The standard input of a command that goes on without the terminal: kept where it is a file, or refused."""

from __future__ import annotations

import array
import fcntl
import os
import stat
import termios

from runtui.store.safe_directory import SafeDirectory

_CHUNK = 1 << 20  # bytes
_STDIN = 0  # file descriptor


def is_file() -> bool:
    """Return whether standard input is a file, such as that of ``pw.x < si.in``."""
    try:
        return stat.S_ISREG(os.fstat(_STDIN).st_mode)
    except OSError:
        return False


def check_can_be_kept() -> None:
    """Check that a command in the background loses nothing of standard input.

    Raises:
        ValueError: It is a pipe that has something to say; the message says what to do.
    """
    waiting = array.array("i", [0])
    try:
        if not stat.S_ISFIFO(os.fstat(_STDIN).st_mode):
            return
        fcntl.ioctl(_STDIN, termios.FIONREAD, waiting)
    except OSError:
        return
    if waiting[0]:
        raise ValueError("the command cannot read a pipe in the background or in a job: use a file, < FILE")


def copy_to(directory: SafeDirectory, path: str) -> None:
    """Copy what is left of standard input, a file, into a new private file of a run.

    Args:
        directory: The run's directory.
        path: The file in it.

    Raises:
        OSError: It cannot be read or written.
    """
    copy = directory.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        while chunk := os.read(_STDIN, _CHUNK):
            left = memoryview(chunk)
            while left:
                left = left[os.write(copy, left) :]
    finally:
        os.close(copy)
