"""Simulations as processes that may outlive the one that starts them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from runtui.runtime.process.interpreter import python_command
from runtui.runtime.process.signals import killed_text


class PythonProcess:
    """Python module run as a process in its own session, without input or output.

    Args:
        module: Dotted name of the module.
        arguments: Its command-line arguments.

    Attributes:
        pid: The process, and its process group.
        exit_code: Its exit code, or minus the number of the signal that killed it; None until `poll` or
            `wait` has seen its end.

    Raises:
        OSError: It cannot be started.
    """

    # os.posix_spawn, not subprocess.Popen, which complains of a process that outlives its object.

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        null = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
        command = python_command(module, arguments)
        self.pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=null, setsid=True)
        self.exit_code: int | None = None

    def poll(self) -> int | None:
        """Return its exit code when it has ended, else None."""
        if self.exit_code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                # This process ignores SIGCHLD, so its exit code is unknown.
                pid, status = self.pid, 0
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        while self.exit_code is None:
            try:
                _pid, status = os.waitpid(self.pid, 0)
            except ChildProcessError:
                status = 0
            self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process group, unless it has ended."""
        if self.poll() is None:
            try:
                os.killpg(self.pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # it has just ended; some systems deny signals to a zombie


def end_text(exit_code: int) -> str:
    """Describe the end of a process that did not record it itself.

    Args:
        exit_code: As of `PythonProcess`.
    """
    if exit_code >= 0:
        return f"ended with exit code {exit_code} without recording it"
    return killed_text(-exit_code)
