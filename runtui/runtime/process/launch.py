"""Launching a command as a run, in the foreground or in the background."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from runtui.runtime.process import standard_input
from runtui.runtime.process.interpreter import python_command
from runtui.runtime.process.recorder import Starter
from runtui.runtime.process.signals import Signals
from runtui.runtime.process.supervisor import (
    Command,
    check_command,
    guarded_run,
    record_killed_supervisor,
    supervise,
)
from runtui.store.errors import MetadataError, RunExistsError, RunNotFoundError, StoreError
from runtui.store.metadata import read_metadata
from runtui.store.paths import check_run_id
from runtui.store.status import RunStatus, normal_status
from runtui.text.sanitize import safe_text

_LAUNCHER = "runtui.runtime.process.launch_entry"
_PATIENCE = 60.0
"""Seconds in which a launched run must have begun or have said why not, on however slow a file system."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A run that was launched in the background.

    Attributes:
        run_id: The run.
        pid: Its command's process.
    """

    run_id: str
    pid: int


def create(
    base: str, words: Sequence[str], *, description: str | None = None, tags: Sequence[str] = ()
) -> str:
    """Create a run that this process is about to start with a command, and return its id.

    Args:
        base: The runs directory; made when missing.
        words: The command.
        description: By default the command.
        tags: The run's tags.

    Raises:
        OSError: It cannot be created; nothing is left of it.
    """
    shown = description if description is not None else safe_text(" ".join(words), 120)
    return Starter(base).create_run(shown, tags=list(tags))


def launch(base: str, name: str, words: Sequence[str], *, directory: str | None = None) -> int:
    """Run a command as the run `name`, which waits to be started, and return its exit code at its end.

    To be called in the main thread of a process that has no other.

    Args:
        base: The runs directory.
        name: The run.
        words: The program and its arguments.
        directory: Where it runs; by default the working directory.

    Raises:
        OSError: Its process cannot be made.
    """
    command = Command(check_command(words), directory or os.getcwd())
    return _guarded(os.path.abspath(base), name, command, lambda _pid, _problem: None)


def launch_detached(base: str, name: str, words: Sequence[str], *, directory: str | None = None) -> Launched:
    """Run a command as the run `name`, which waits to be started, and return when it has begun.

    It outlives this process and the session of its terminal. To be called in the main thread of a process
    that has no other; from a program with threads `launch_run` does the same.

    Args:
        base, name, words, directory: As of `launch`.

    Raises:
        StoreError: It could not be started; the message says why.
        OSError: No process can be made.
    """
    takes_input = standard_input.is_file()
    command = Command(check_command(words), directory or os.getcwd(), True, takes_input)
    base = os.path.abspath(base)
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run_in_background(base, name, command, writer)
    os.close(writer)
    with open(reader, "rb", buffering=0) as answers, Signals() as signals:
        return _understood(name, _answer(answers.fileno(), child, signals))


def _answer(answers: int, child: int, signals: Signals) -> bytes:
    """Return a process's answer when it has begun; a signal to end before that is passed on to it."""
    poller = select.poll()
    poller.register(answers, select.POLLIN)
    poller.register(signals.fileno(), select.POLLIN)
    passed_on = 0
    said = b""
    while not said.endswith(b"\n"):
        if any(found == answers for found, _event in poller.poll()):
            part = os.read(answers, select.PIPE_BUF)
            if not part:
                break
            said += part
        signals.clear()
        if signals.number is not None and passed_on < signals.count:
            if passed_on:
                break  # whoever is so impatient need not wait for a file system that does not answer
            passed_on = signals.count
            os.kill(child, signals.number)
    return said


def launch_run(base: str, name: str, command: Sequence[str], *, directory: str | None = None) -> Launched:
    """Start the run `name`, which exists and waits to be started, with a command; return when it has begun.

    It outlives this process. May be called from any thread; it blocks for some tenths of a second.

    Args:
        base: The runs directory.
        name: The run; its status must be ``initialising``.
        command: The program and its arguments. It finds where the run is in its environment, and the
            checkpoint to resume from in ``RUNTUI_RESUME_FROM``.
        directory: Where it runs; by default the working directory.

    Raises:
        ValueError: There is no command.
        StoreError: There is no such run, it was started before, or it could not be started; the message says
            why, and what became of it is recorded.
        OSError: No process can be made.
    """
    words = check_command(command)
    base = os.path.abspath(base)
    check_waiting(base, name)
    task = {"base": base, "name": name, "words": words, "directory": directory or os.getcwd()}
    try:
        done = subprocess.run(
            python_command(_LAUNCHER),
            input=json.dumps(task),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StoreError(f"run {safe_text(name)} did not begin within {_PATIENCE:g} s") from None
    return _understood(name, done.stdout)


def check_waiting(base: str, name: str) -> None:
    """Check that a run waits to be started.

    Raises:
        RunNotFoundError: There is no such run, or it cannot be read.
        RunExistsError: It was started before.
    """
    shown = safe_text(name)
    try:
        status = read_metadata(os.path.join(base, check_run_id(name))).get("status")
    except MetadataError as error:
        raise RunNotFoundError(f"run {shown} cannot be read: {error}") from None
    if normal_status(str(status)) != RunStatus.INITIALISING:
        raise RunExistsError(f"run {shown} is {safe_text(str(status), 40)}: only a new run can be started")


def _understood(name: str, line: str | bytes) -> Launched:
    try:
        answer = json.loads(line)
    except ValueError:
        raise StoreError(f"run {safe_text(name)} was not started: its launcher died") from None
    if "problem" in answer:
        raise StoreError(answer["problem"])
    return Launched(name, answer["pid"])


def _guarded(base: str, name: str, command: Command, on_start: Callable[[int, str], None]) -> int:
    work = partial(supervise, base, name, command, on_start)
    return guarded_run(base, name, work, partial(record_killed_supervisor, base, name, lambda _metadata: {}))


def _run_in_background(base: str, name: str, command: Command, answers: int) -> None:
    """Guard a run in this process, in the background, and end with it."""
    code = 1
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (1, 2) if command.takes_input else (0, 1, 2):
            os.dup2(null, descriptor)

        def answer(pid: int, problem: str) -> None:
            line = json.dumps({"problem": problem} if problem else {"pid": pid})
            try:
                os.write(answers, f"{line}\n".encode())
            except OSError:
                pass  # whoever asked was killed; the run goes on

        code = _guarded(base, name, command, answer)
    finally:
        os._exit(code)
