"""The commands of steps that this process runs: each in a session of its own, followed to its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from runtui.runtime.pipeline.plan import CommandWork
from runtui.runtime.pipeline.tasks import StepResult, Task, command_result, open_log
from runtui.runtime.process.process_tree import (
    AFTERMATH,
    LAST_WAIT,
    End,
    children,
    descendants,
    end_from,
    is_group,
    new_sentinel,
    send_to,
    signal_group,
    status_of,
)
from runtui.runtime.process.run_paths import STEP_VARIABLE
from runtui.store.errors import explain

_LOOK_AGAIN = 0.05
"""Seconds between two looks at what a command that has ended left behind."""

_LOOK_FOR_ENDS = 1.0
"""Seconds between two looks for ends on Linux before 5.3 and elsewhere, where only a signal tells of them."""


class _Command:
    """A command at work.

    Args:
        step, pid, process: See below.

    Attributes:
        step: What it is the command of.
        pid: Itself, and the leader of its group and session.
        process: The object that started it, where that must learn of its end.
        sentinel: What can be read when it has ended, where the system has such a thing.
        reason: Why it was told to end, or ``""``.
        end: How it ended, when it has and something that it started has not.
        last_signal: The signal last sent to it and to all that it started, or None.
        deadline: When more must be done to end it, or None as long as it may run.
        kin: The processes that are known to have been left behind by it.
        asked: The processes that a signal was sent to.
    """

    def __init__(self, step: str, pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
        self.step = step
        self.pid = pid
        self.process = process
        self.sentinel: int | None = None
        self.reason = ""
        self.end: End | None = None
        self.last_signal: signal.Signals | None = None
        self.deadline: float | None = None
        self.kin: set[int] = set()
        self.asked: set[int] = set()


class Commands:
    """Owner of the commands at work; for use in one thread.

    What a command leaves behind is known by its session and, when it has left that, by its environment: other
    commands are at work meanwhile, and what they have started is needed. That takes a process that adopts
    orphans, as `runtui.runtime.process.prctl.adopt_orphans` makes it.

    Args:
        poller: Told what can be read when a command has ended.
        grace: Seconds that a command has to end by itself after SIGTERM.
        workers: The children of this process that are something else, by their pids.
    """

    def __init__(
        self,
        poller: select.poll,
        grace: float,
        workers: Collection[int] = (),
    ) -> None:
        self._poller = poller
        self._grace = grace
        self._workers = workers
        self._at_work: dict[int, _Command] = {}
        self._environment: dict[bytes, bytes] = {}

    def start(self, task: Task, work: CommandWork) -> StepResult | None:
        """Start a step's command; return its failure where it cannot be started."""
        try:
            log = open_log(task.log)
        except OSError as error:
            return StepResult(task.step, f"its log cannot be written: {explain(error)}")
        try:
            command = self._started(task, work, log)
        except (OSError, ValueError) as error:
            return StepResult(task.step, f"{work.words[0]} cannot be started: {error}")
        finally:
            os.close(log)
        if (sentinel := new_sentinel(command.pid)) is not None:
            command.sentinel = sentinel
            self._poller.register(sentinel, select.POLLIN)
        self._at_work[command.pid] = command
        return None

    def _started(self, task: Task, work: CommandWork, log: int) -> _Command:
        environment = self._environment_for(task.step)
        directory = os.getcwd()
        if (work.directory or directory) == directory:
            return _Command(task.step, _spawn(work.words, environment, log))
        # A process has one directory: this one's is not to be changed under the threads that are at work.
        process = subprocess.Popen(
            work.words,
            cwd=work.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        return _Command(task.step, process.pid, process)

    def _environment_for(self, step: str) -> dict[bytes, bytes]:
        if not self._environment:
            self._environment = dict(os.environb)
        return self._environment | {STEP_VARIABLE.encode(): os.fsencode(step.replace("\0", ""))}

    # Their ends

    def patience(self) -> float | None:
        """Return the seconds until ends must be looked for at the latest; None where ends are signalled."""
        times = []
        for command in self._at_work.values():
            if command.deadline is not None:
                times.append(command.deadline - time.monotonic())
            if command.end is not None:
                times.append(_LOOK_AGAIN)
            elif command.sentinel is None:
                times.append(_LOOK_FOR_ENDS)
        return max(0.0, min(times)) if times else None

    def ended(self, readable: Collection[int]) -> Iterator[StepResult]:
        """Yield the results of commands that have ended with all that they started.

        Args:
            readable: The descriptors that can be read.
        """
        for command in list(self._at_work.values()):
            if command.sentinel is None or command.deadline is not None or command.sentinel in readable:
                result = self._look_at(command)
                if result is not None:
                    yield result

    def cancel(self, step: str, reason: str) -> None:
        """Request the end of a step's command, if there is one.

        Args:
            step: Its name.
            reason: Why, for the result.
        """
        for command in self._at_work.values():
            if command.step == step and not command.reason:
                command.reason = reason
                if command.last_signal is None:
                    self._send_next(command)

    def end_all(self, reason: str) -> None:
        """End all commands, and return when they have ended or no more can be done.

        Args:
            reason: As of `cancel`.
        """
        for command in list(self._at_work.values()):
            self.cancel(command.step, reason)
        while self._at_work:
            waited = select.poll()
            for command in self._at_work.values():
                if command.sentinel is not None:
                    waited.register(command.sentinel, select.POLLIN)
            patience = self.patience()
            found = waited.poll(None if patience is None else round(patience * 1000) + 1)
            for _result in self.ended({descriptor for descriptor, _event in found}):
                pass

    def _look_at(self, command: _Command) -> StepResult | None:
        """Return the result of a command that has ended with all that it started, or signal it when due."""
        if command.end is None:
            self._reap(command)
        left = [] if command.end is None else self._left_behind(command)
        if command.end is not None and not left and not is_group(command.pid):
            return self._forget(command)
        now = time.monotonic()
        if command.deadline is None:
            if command.end is not None:
                command.deadline = now + AFTERMATH
        elif now < command.deadline:
            if command.last_signal is not None and not command.asked.issuperset(left):
                self._send(command, command.last_signal)  # some were started meanwhile
        elif command.last_signal is signal.SIGKILL:
            return self._forget(command, "it could not be ended")
        else:
            self._send_next(command)
        return None

    def _send_next(self, command: _Command) -> None:
        is_asked = command.last_signal is not None
        command.last_signal = signal.SIGKILL if is_asked else signal.SIGTERM
        command.deadline = time.monotonic() + (LAST_WAIT if is_asked else self._grace)
        self._send(command, command.last_signal)

    def _send(self, command: _Command, number: signal.Signals) -> None:
        """Send a signal to all of a command, but SIGTERM to none twice: it may be at its last checkpoint."""
        members = self._members(command)
        is_kill = number is signal.SIGKILL
        is_first = command.pid not in command.asked
        # Those that left the group come first: when their parents end, they are nobody's to find.
        for pid, parent in members:
            is_told = is_first and _is_of_group(pid, command.pid)
            if is_kill or (pid not in command.asked and not is_told):
                send_to(pid, parent, number)
        if is_first or is_kill:
            signal_group(command.pid, number)
        command.asked |= {command.pid, *(pid for pid, _parent in members)}

    def _members(self, command: _Command) -> list[tuple[int, int]]:
        """Return the processes that a command started and those below them, each with its parent."""
        inside = {command.pid, *self._left_behind(command)}
        found = []
        for pid, parent in descendants(os.getpid()):  # parents come before their children
            if pid in inside or parent in inside:
                inside.add(pid)
                found.append((pid, parent))
        return found

    def _left_behind(self, command: _Command) -> list[int]:
        """Return the orphans that a command left to this process when it ended; reap the dead."""
        found = []
        for pid in self._unknown_children():
            status = status_of(pid)
            if status is None:
                continue
            if pid not in command.kin:
                if status.session != command.pid and not _has_variable(pid, STEP_VARIABLE, command.step):
                    continue
                command.kin.add(pid)
            if status.is_dead:
                os.waitpid(pid, os.WNOHANG)
            else:
                found.append(pid)
        return found

    def _unknown_children(self) -> set[int]:
        """Return this process's children that belong to no known command."""
        return set(children()).difference(self._at_work, self._workers)

    def _reap(self, command: _Command) -> None:
        pid, status, usage = os.wait4(command.pid, os.WNOHANG)
        if pid:
            command.end = end_from(status, usage)
            self._close_sentinel(command)
            if command.process is not None:
                command.process.returncode = command.end.code  # it must not wait for it itself

    def _close_sentinel(self, command: _Command) -> None:
        if command.sentinel is not None:
            self._poller.unregister(command.sentinel)
            os.close(command.sentinel)
            command.sentinel = None

    def _forget(self, command: _Command, failure: str = "") -> StepResult:
        del self._at_work[command.pid]
        self._close_sentinel(command)
        return command_result(command.step, command.end, command.reason or failure)


def _spawn(words: Sequence[str], environment: Mapping[bytes, bytes], log: int) -> int:
    """Start a command as fast as possible: without a copy of this process's memory."""
    return os.posix_spawnp(
        words[0],
        list(words),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2),
        ],
        setsid=True,
        # Python ignores these, and a command that it starts would do so, too.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
    )


def _has_variable(pid: int, name: str, value: str) -> bool:
    """Return whether a process of this user was started with a variable in its environment."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return os.fsencode(f"{name}={value}") in file.read().split(b"\0")
    except OSError:
        return False


def _is_of_group(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return True  # it has ended
