"""The processes that this one starts, and all their descendants, followed until they have ended.

Each command gets a session of its own, so that its whole group can be told to end. What a command leaves
behind, a server that it started or a child that forked away, becomes a child of this process, which ends it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from resource import RUSAGE_SELF, getrusage, struct_rusage
from typing import NamedTuple

from runtui.runtime.process import prctl
from runtui.runtime.process.signals import Signals, killed_text

GRACE = 10.0
"""Seconds that a command has to end by itself once it was asked to, as for a last checkpoint."""

LAST_WAIT = 10.0
"""Seconds after SIGKILL for which the end of a process is waited for: one that a dead file server holds fast
does not end at all."""

_LOOK_AGAIN = 0.2
"""Seconds between two looks for processes that were started while others were being killed."""

AFTERMATH = 0.3
"""Seconds in which what belongs to a command that has ended ends by itself, as the rest of a pipeline."""

_KIB = 1024


class End(NamedTuple):
    """The end of a process.

    Attributes:
        code: Its exit code, or minus the number of the signal that killed it.
        cpu_seconds: The processor time that it used, with those of its children that it waited for.
        peak_memory: The most memory in bytes that it, or one of those children, held at once; None where it
            held less than its starter, which it begins as a copy of.
    """

    code: int
    cpu_seconds: float
    peak_memory: int | None

    @property
    def shell_code(self) -> int:
        """The exit code as a shell tells it: 128 and the signal's number for one that was killed."""
        return self.code if self.code >= 0 else 128 - self.code

    @property
    def text(self) -> str:
        """The exit code, or the signal that killed it, in words."""
        if self.code >= 0:
            return f"exit code {self.code}"
        return killed_text(-self.code)


class Status(NamedTuple):
    """The state of a process.

    Attributes:
        parent, session: Their pids.
        is_dead: Whether it only waits to be reaped.
    """

    parent: int
    session: int
    is_dead: bool


class Family:
    """Starter of processes that follows them to their ends; one for each process, in its main thread.

    Args:
        signals: The source of news that a process has ended.
    """

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._started: dict[int, subprocess.Popen[bytes]] = {}
        self._ends: dict[int, End] = {}
        prctl.prepare()
        prctl.adopt_orphans()

    def start(
        self,
        words: Sequence[str],
        *,
        directory: str,
        environment: Mapping[str, str],
        output: int,
        takes_input: bool = False,
        is_kept: bool = False,
    ) -> int:
        """Start a command in a session of its own and return its pid.

        Args:
            words: The program and its arguments.
            directory: Where it runs.
            environment: All of its environment.
            output: The descriptor that it writes to, errors as well.
            takes_input: Whether it reads this process's standard input; otherwise it finds nothing there.
            is_kept: Whether a `Reaper` ends it where this process is killed. Otherwise the kernel does so at
                once, and nobody can tell then what it had started.

        Raises:
            OSError: It cannot be started.
        """
        process = subprocess.Popen(
            words,
            cwd=directory,
            env=environment,
            stdin=None if takes_input else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=None if is_kept else partial(prctl.die_with, os.getpid(), signal.SIGKILL),
        )
        self._started[process.pid] = process
        return process.pid

    def end_of(self, pid: int) -> End | None:
        """Return the end of a process that was started here, or None while it runs."""
        self.reap()
        return self._ends.get(pid)

    def reap(self) -> bool:
        """Reap everything that has ended; return whether there are any processes left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid not in self._started:
                continue  # one that somebody left behind
            end = self._ends[pid] = end_from(status, usage)
            self._started.pop(pid).returncode = end.code  # it must not wait for it itself

    def count_left_behind(self) -> int:
        """Return how many processes are left, without those that were about to end."""
        deadline = time.monotonic() + AFTERMATH
        while self.reap():
            left = deadline - time.monotonic()
            if left <= 0:
                return max(1, len(descendants(os.getpid())))
            self._signals.wait(left)
        return 0

    def end_all(self, grace: float = GRACE, told: Callable[[str], None] | None = None) -> int:
        """End all processes that were started here and their descendants; return those that cannot be ended.

        Everything is asked to end first; what has not ended when the grace is over, or another signal to end
        has come, is killed.

        Args:
            grace: Seconds.
            told: Callback for a line of text when processes must be killed.

        Returns:
            How many processes are left, which even SIGKILL did not end.
        """
        if not self.reap():
            return 0
        count = self._signals.count
        deadline = time.monotonic() + grace
        asked: set[tuple[int, int]] = set()
        while (left := deadline - time.monotonic()) > 0 and self._signals.count == count:
            asked |= self._send(signal.SIGTERM, asked)
            self._signals.wait(left)
            if not self.reap():
                return 0
        if told is not None:
            told(f"what did not end within {grace:g} s is killed")
        deadline = time.monotonic() + LAST_WAIT
        while time.monotonic() < deadline:
            self._send(signal.SIGKILL, set())
            self._signals.wait(_LOOK_AGAIN)
            if not self.reap():
                return 0
        return len(descendants(os.getpid()))

    def _send(self, number: signal.Signals, asked: set[tuple[int, int]]) -> set[tuple[int, int]]:
        """Send a signal to all that were not `asked`; return those it was sent to, with their parents."""
        below = [
            (pid, parent)
            for pid, parent in descendants(os.getpid())
            if (pid, parent) not in asked and pid not in self._started
        ]
        # Where this process is killed meanwhile, what has left its session is found by its parents alone.
        strays = {pid for pid, _parent in below if _has_left(pid, self._started)}
        sent = {one for one in reversed(below) if one[0] in strays and send_to(*one, number)}
        for pid in self._started:
            if (pid, os.getpid()) not in asked:
                signal_group(pid, number)
                sent.add((pid, os.getpid()))
        sent.update(one for one in below if one[0] not in strays and send_to(*one, number))
        return sent


def _has_left(pid: int, sessions: Container[int]) -> bool:
    """Return whether a process is in none of these sessions."""
    status = status_of(pid)
    return status is not None and status.session not in sessions


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process group, by the pid of its leader, who need not be there any more."""
    try:
        os.killpg(pid, number)
        os.killpg(pid, signal.SIGCONT)  # one that was stopped would hear of nothing
    except (ProcessLookupError, PermissionError):
        pass


def is_group(pid: int) -> bool:
    """Return whether there is any process in a group, also one that only waits to be reaped."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def new_sentinel(pid: int) -> int | None:
    """Return a descriptor that can be read when a child has ended, or None where there are none."""
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None


def children() -> list[int]:
    """Return the children of this process's main thread, orphans that it adopted among them.

    None are found where the system does not tell them; to look through all processes for each step would take
    too long on a host of many users.
    """
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[tuple[int, int]]:
    """Return the processes below a process, each with its parent; none where the system has no ``/proc``."""
    below: dict[int, list[int]] = {}
    for child, parent in _parents().items():
        below.setdefault(parent, []).append(child)
    found: list[tuple[int, int]] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        for child in below.get(parent, ()):
            found.append((child, parent))
            waiting.append(child)
    return found


def _parents() -> dict[int, int]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return {}
    found = {int(name): status_of(int(name)) for name in names if name.isdecimal()}
    return {pid: status.parent for pid, status in found.items() if status is not None and not status.is_dead}


def status_of(pid: int) -> Status | None:
    """Return the state of a process; None when it is gone, or hidden from us."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return Status(int(fields[1]), int(fields[3]), fields[0] in (b"Z", b"X"))
    except (OSError, ValueError, IndexError):
        return None


def send_to(pid: int, parent: int, number: signal.Signals) -> bool:
    """Send a signal to a process, unless its number has passed to another one meanwhile."""
    try:
        descriptor = os.pidfd_open(pid)
    except (OSError, AttributeError):
        return False
    try:
        status = status_of(pid)
        if status is None or status.is_dead or status.parent != parent:
            return False
        signal.pidfd_send_signal(descriptor, number)
        signal.pidfd_send_signal(descriptor, signal.SIGCONT)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def end_from(status: int, usage: struct_rusage) -> End:
    """Return the end of a child, from its wait status and resource usage."""
    cpu = usage.ru_utime + usage.ru_stime
    # A new process counts the memory of the one that it was a copy of, until it became another program.
    own = getrusage(RUSAGE_SELF).ru_maxrss
    peak = usage.ru_maxrss * _KIB if usage.ru_maxrss > own else None
    return End(os.waitstatus_to_exitcode(status), round(cpu, 3), peak)
