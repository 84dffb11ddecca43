"""Pictures in terminals that can do different things: one that the test plays itself, and tmux."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import PIL.Image
import pytest

from tests.run_dirs import write_run
from tests.terminal import Terminal, runtui
from tests.waiting import PATIENCE


@pytest.fixture
def run(runs_dir: Path) -> Path:
    run = write_run(runs_dir, "one", description="a one")
    PIL.Image.new("RGB", (60, 40), "orange").save(run / "results" / "field.png")
    return run


class _Player:
    """Plays a terminal: gives the answers that one with these abilities would give.

    Args:
        base: The runs directory to be browsed.
        can: What it can show: ``sixel`` or ``kitty``.
    """

    def __init__(self, base: Path, can: str) -> None:
        self._can = can
        self.output = b""
        self._pid, self._terminal = pty.fork()
        if not self._pid:
            os.environ.pop("TMUX", None)
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            os.execv(sys.executable, [sys.executable, "-m", "runtui", str(base)])
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 800, 480))

    def __enter__(self) -> _Player:
        return self

    def __exit__(self, *exception: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def press(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def wait_for(self, pattern: bytes) -> None:
        """Wait until something is sent that matches."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.output):
            assert time.monotonic() < deadline, f"{pattern!r} was never sent: {self.output[-2000:]!r}"
            if select.select([self._terminal], [], [], 0.1)[0]:
                self._take(os.read(self._terminal, 65536))

    def _take(self, data: bytes) -> None:
        self.output += data
        if b"\x1b[c" in data:
            self.press(b"\x1b[?62;4c" if self._can == "sixel" else b"\x1b[?62c")
        if self._can == "kitty" and b"a=q" in data:
            self.press(b"\x1b_Gi=1;OK\x1b\\")


@pytest.mark.parametrize(("can", "sent"), [("sixel", rb'\x1bP[0-9;]*q"'), ("kitty", "\U0010eeee".encode())])
def test_picture_uses_the_graphics_protocol_of_the_terminal(
    runs_dir: Path, run: Path, can: str, sent: bytes
) -> None:
    with _Player(runs_dir, can) as terminal:
        terminal.wait_for(rb"a one")
        terminal.press(b"f")
        terminal.wait_for(rb"field\.png")
        terminal.press(b"\r")
        terminal.wait_for(rb"60 x 40")
        terminal.wait_for(sent)
        terminal.press(b"q")


def test_picture_falls_back_to_half_blocks(runs_dir: Path, run: Path) -> None:
    with Terminal(runtui(str(runs_dir)), 80, 24) as terminal:
        terminal.wait_for("a one")
        terminal.press("f")
        terminal.wait_for("field.png")
        terminal.press("Enter")
        terminal.wait_for("▀▀▀▀▀▀")
        terminal.press("q")
        terminal.wait_for(lambda screen: "a one" in screen and "▀▀" not in screen)
