"""A program on a pseudo terminal, as the benches watch it."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from types import TracebackType

_PATIENCE = 120.0  # seconds


class Program:
    """A program running on a terminal of 120x40; ended with the block.

    Args:
        command: What to run.
        environment: What to set in its environment.

    Attributes:
        pid: Its process.
        received: How many bytes it has sent to the terminal.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.received = 0
        self._seen = b""
        self.began = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if not self.pid:
            os.environ.update({"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"})
            os.environ.update(environment or {})
            os.execvp(command[0], list(command))
        ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def press(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self._terminal, keys)

    def wait_for(self, text: bytes, *, anew: bool = True) -> float:
        """Return the seconds from this call until `text` has been sent to the terminal.

        Args:
            text: What to wait for.
            anew: Whether what was sent before does not count.

        Raises:
            TimeoutError: It was not sent in two minutes.
        """
        began = time.perf_counter()
        deadline = began + _PATIENCE
        if anew:
            self._seen = b""
        while text not in self._seen:
            if not self._read(max(0.0, deadline - time.perf_counter())):
                raise TimeoutError(f"{text!r} did not appear in {self._seen[-2000:]!r}")
        return time.perf_counter() - began

    def forget(self) -> None:
        """Let what was sent until now not count any more."""
        self._seen = b""

    def has_seen(self, text: bytes) -> bool:
        """Return whether `text` was sent since the last call of `wait_for` with `anew`."""
        return text in self._seen

    def rest(self, seconds: float) -> None:
        """Take what it sends for so many seconds."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._read(left)

    def _read(self, patience: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], patience)
        if not ready:
            return False
        data = os.read(self._terminal, 65536)
        self.received += len(data)
        self._seen += data
        return True
