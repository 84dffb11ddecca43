"""Interactive shells that text is pasted into as it is typed, character by character."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import termios
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

SHELLS: Mapping[str, list[str]] = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "bash in vi mode": ["bash", "--norc", "--noprofile", "-o", "vi", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "zsh in vi mode": ["zsh", "-f", "-i", "-o", "vi", "-o", "rcquotes", "-o", "extendedglob"],
    "dash": ["dash", "-i"],
    "ksh": ["ksh", "-i"],
    "ksh in emacs mode": ["ksh", "-o", "emacs", "-i"],
    "fish": ["fish", "--no-config", "-i"],
    "tcsh": ["tcsh", "-f", "-i"],
}
"""How each is started with nothing of its user's."""

_CHUNK = 256  # bytes; a terminal takes no more than 4095 that its program has not read


class Shell:
    """An interactive shell on a terminal of its own, in a directory.

    Args:
        name: Which of `SHELLS`; the test is skipped where it is not installed.
        directory: Where it starts; recordings are kept there as well.
    """

    def __init__(self, name: str, directory: Path) -> None:
        command = SHELLS[name]
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        self._directory = directory
        self._count = 0
        self._recorder = directory / "record"
        self._recorder.write_text(
            "#!/bin/sh\nout=$1; shift\n"
            '{ [ $# = 0 ] || printf "%s\\0" "$@"; pwd -P; } > "$out.part"; mv "$out.part" "$out"\n'
        )
        self._recorder.chmod(0o755)
        environment = {name: os.environ[name] for name in ("PATH",)}
        environment |= {"HOME": str(directory), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PS1": "> "}
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(directory)
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 500, 0, 0))
        self._said = b""
        self._is_ready = False
        self._await_prompt()
        self._is_ready = True

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *exception: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._terminal)
        os.waitpid(self._pid, 0)

    def words(self, pasted: str) -> list[bytes]:
        """Return the words that a program is given when `pasted` stands behind its name."""
        *words, _directory = self._record(f" {pasted}").split(b"\0")
        return words

    def directory_after(self, pasted: str) -> bytes:
        """Return the directory that the shell is in when a line was pasted."""
        self._type(f"{pasted}\r")
        return self._record("").removesuffix(b"\n")

    def _record(self, pasted: str) -> bytes:
        self._count += 1
        out = self._directory / f"out{self._count}"
        self._said = b""
        self._type(f"{self._recorder} {out}{pasted}\r")
        if not self._waits_for(out, PATIENCE):
            raise AssertionError(f"nothing came of {pasted!r}: {self._said[-2000:]!r}")
        return out.read_bytes()

    def _await_prompt(self) -> None:
        ready = self._directory / "ready"
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._type(f"{self._recorder} {ready}\r")  # what is typed too early, a shell may drop
            if self._waits_for(ready, 1.0):
                return
        raise AssertionError(f"no prompt: {self._said!r}")

    def _type(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self._terminal, data[:_CHUNK]) :]
            self._hear(0.0)

    def _waits_for(self, path: Path, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not path.exists():
            if time.monotonic() > end:
                return False
            self._hear(0.01)
        return True

    def _hear(self, seconds: float) -> None:
        while select.select([self._terminal], [], [], seconds)[0]:
            heard = os.read(self._terminal, 65536)
            if not self._is_ready and (b"\x1b[c" in heard or b"\x1b[0c" in heard):
                os.write(self._terminal, b"\x1b[?62c")  # some ask what the terminal is, and wait
            self._said += heard
            seconds = 0.0
