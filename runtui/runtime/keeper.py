"""A shell that ends commands when everybody else who could do so was killed."""

from __future__ import annotations

import os
import signal
from types import TracebackType

from runtui.runtime.family import GRACE

_SLOT = 16
"""Bytes that a process group's number has in what the shell reads."""

_SCRIPT = """
read -r _
for group in $(cat <&3); do
    {
        kill -s TERM -- "$group"
        seconds=0
        while [ "$seconds" -lt "$1" ] && kill -s 0 -- "$group"; do
            sleep 1
            seconds=$((seconds + 1))
        done
        kill -s KILL -- "$group"
    } &
done
wait
"""


class Lifeline:
    """A pipe that reaches its end when all processes are gone that were forked within a ``with`` block.

    Only this process and what it forks itself hold it: no command inherits it.
    """

    def __enter__(self) -> Lifeline:
        self.reader, self._writer = os.pipe()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.reader)
        os.close(self._writer)


class Keeper:
    """Knows which commands are at work, in memory that it shares with a shell of its own.

    That shell outlives the process that started it. It has nothing in its name that people look for when they
    kill a program by its name, and a session of its own.

    Args:
        lifeline: At its end the shell ends the commands that are at work then.
        grace: Seconds that they have to end by themselves.

    Attributes:
        pid: The shell's.

    Raises:
        OSError: The shell cannot be started.
    """

    def __init__(self, lifeline: Lifeline, grace: float = GRACE) -> None:
        self._memory = _new_memory()
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        try:
            self.pid = os.posix_spawnp(
                "sh",
                ["sh", "-c", _SCRIPT, "sh", str(round(grace))],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, lifeline.reader, 0),
                    (os.POSIX_SPAWN_DUP2, self._memory, 3),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                setsid=True,
                setsigdef=[signal.SIGPIPE],
            )
        except BaseException:
            os.close(self._memory)
            raise

    def add(self, pid: int) -> None:
        """Note that a command is at work, which leads a process group."""
        slot = self._slots[pid] = self._free.pop() if self._free else len(self._slots)
        self._write(slot, f"-{pid}")

    def discard(self, pid: int) -> None:
        """Note that a command has ended."""
        slot = self._slots.pop(pid)
        self._free.append(slot)
        self._write(slot, "")

    def _write(self, slot: int, text: str) -> None:
        os.pwrite(self._memory, f"{text:<{_SLOT}}".encode(), slot * _SLOT)

    def close(self) -> None:
        """End the shell: all commands have ended."""
        os.close(self._memory)
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass  # somebody else killed and reaped it


def _new_memory() -> int:
    """Return a descriptor of memory that can be shared with a new process."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("runtui")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
