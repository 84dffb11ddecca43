"""A bare pseudo terminal for tests: every byte that a program sends to it is seen, and nothing answers."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.waiting import wait_until

_PATIENCE = 60.0
_LASTING_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


class BareTerminal:
    """A program on a pseudo terminal; ended with the block.

    Args:
        command: What to run.
        width, height: Of the terminal, in cells.
        env: What to set in its environment; None takes a variable away.
        controls: Whether it is the program's controlling terminal, whose loss is told by a signal.
    """

    def __init__(
        self,
        command: Sequence[str],
        width: int = 100,
        height: int = 30,
        env: Mapping[str, str | None] | None = None,
        *,
        controls: bool = True,
    ) -> None:
        self._master, self._slave = pty.openpty()
        self._set_size(width, height)
        self.modes_before = termios.tcgetattr(self._slave)
        environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY")}
        environment |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        for name, value in (env or {}).items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = value
        slave = self._slave

        def take() -> None:
            if controls:
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=take,
        )
        self._is_read = threading.Event()
        self._is_read.set()
        self._lock = threading.Lock()
        self._sent = bytearray()
        self._wake, self._waking = os.pipe()
        self._is_hung_up = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> BareTerminal:
        return self

    def __exit__(self, *exception: object) -> None:
        # With what it has started.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        if not self._is_hung_up:
            self.hang_up()

    def _read(self) -> None:
        while True:
            self._is_read.wait()
            ready, _, _ = select.select([self._master, self._wake], [], [])
            if self._wake in ready:
                if self._is_hung_up:
                    return
                os.read(self._wake, 1)
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        """Take in what was sent."""
        with self._lock:
            self._sent += data

    def _set_size(self, width: int, height: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    @property
    def sent(self) -> bytes:
        """All that was sent to the terminal so far."""
        with self._lock:
            return bytes(self._sent)

    def forget(self) -> None:
        """Begin anew with what was sent."""
        with self._lock:
            self._sent.clear()

    def stop_reading(self) -> None:
        """Take nothing of what is sent, as a line that has stalled."""
        self._is_read.clear()
        os.write(self._waking, b"x")

    def go_on_reading(self) -> None:
        """Take what is sent again."""
        self._is_read.set()

    def press(self, keys: bytes) -> None:
        """Type keys, as a terminal sends them."""
        os.write(self._master, keys)

    def resize(self, width: int, height: int) -> None:
        """Give it another size; whom it controls is told."""
        self._set_size(width, height)

    def modes(self) -> list[Any]:
        """Return the modes of the line discipline."""
        return termios.tcgetattr(self._slave)

    def modes_left_on(self) -> set[bytes]:
        """Return the private modes that were changed and not changed back."""
        usual = {b"7": b"h", b"25": b"h"}
        now = dict(_LASTING_MODE.findall(self.sent))
        return {number for number, state in now.items() if state != usual.get(number, b"l")}

    def hang_up(self) -> None:
        """Take the terminal away."""
        self._is_hung_up = True
        self._is_read.set()
        # A read that waits would keep it open.
        os.write(self._waking, b"x")
        self._reader.join()
        for descriptor in (self._slave, self._master, self._wake, self._waking):
            os.close(descriptor)

    def wait_for(self, condition: bytes | Callable[[bytes], object]) -> bytes:
        """Return what was sent as soon as it has a text, or fulfils a condition."""

        def holds() -> bool:
            sent = self.sent
            return condition in sent if isinstance(condition, bytes) else bool(condition(sent))

        wait_until(holds, repr(condition), _PATIENCE, lambda: self.sent[-2000:])
        return self.sent

    def wait_for_end(self) -> int:
        """Return the exit status, below 0 for a signal, when the program has ended."""
        wait_until(lambda: self.process.poll() is not None, "it ended", _PATIENCE, lambda: self.sent[-500:])
        assert self.process.returncode is not None
        return self.process.returncode
