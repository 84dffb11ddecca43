"""Commands of schedulers, and how long they have to answer."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import MappingProxyType

from runtui.batch.base import BatchError, BatchUnreachableError
from runtui.store.marked_processes import MARK_VARIABLE
from runtui.text.sanitize import safe_text

_PATIENCE = 30.0
"""Seconds that a command may take; Slurm's own time out after about ten without an answer."""

_LATE = 0.2
"""Seconds that it takes at most to end a command that does not answer."""

_LONGEST_COMPLAINT = 160  # characters, of several lines

_Done = subprocess.CompletedProcess[bytes]

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the commands of whoever cannot wait that long must have answered, by the monotonic clock."""


@contextmanager
def answers_within(seconds: float | None) -> Iterator[None]:
    """Give the commands of schedulers in this block so many seconds together; None for the usual patience."""
    before = _deadline.set(None if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(before)


def in_threads(calls: Sequence[Callable[[], object]]) -> None:
    """Make calls at the same time, each with the time that the caller's commands have, and wait for all.

    Raises:
        Exception: That of a call which failed; the others are made all the same.
    """
    failures: list[Exception] = []

    def make(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=copy_context().run, args=(make, call), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


def _not_longer(run: Callable[[], _Done], patience: float) -> _Done:
    """Run a command, and do not wait for it longer although it cannot be killed.

    One whose file system does not answer neither starts nor ends.

    Raises:
        subprocess.TimeoutExpired: It does not answer in time.
        OSError: It is not installed.
    """
    outcomes: SimpleQueue[_Done | OSError | subprocess.TimeoutExpired] = SimpleQueue()

    def work() -> None:
        try:
            outcomes.put(run())
        except (OSError, subprocess.TimeoutExpired) as error:
            outcomes.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        outcome = outcomes.get(timeout=patience + _LATE)
    except Empty:
        raise subprocess.TimeoutExpired("", patience) from None
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of a scheduler's command.

    Attributes:
        code: Its exit code.
        text: Its standard output.
        complaint: Its standard error, in one line that is safe to show.
    """

    code: int
    text: str
    complaint: str


def ask(
    words: Sequence[str],
    without: Sequence[str] = (),
    text: str = "",
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Run a command of a scheduler.

    Args:
        words: The command.
        without: Variables to remove from its environment.
        text: Its standard input.
        variables: Variables to add to its environment.

    Raises:
        BatchUnreachableError: It does not answer in time.
        BatchError: It is not installed.
    """
    deadline = _deadline.get()
    patience = _PATIENCE if deadline is None else max(0.01, min(_PATIENCE, deadline - time.monotonic()))
    # Without the mark: this launcher must not stop the processes of a job.
    kept = {name: value for name, value in os.environ.items() if name not in (*without, MARK_VARIABLE)}

    def run() -> _Done:
        return subprocess.run(
            words,
            env={**kept, **variables},
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=patience,
            check=False,
        )

    try:
        done = run() if deadline is None else _not_longer(run, patience)
    except subprocess.TimeoutExpired:
        raise BatchUnreachableError(f"{words[0]} did not answer in time") from None
    except OSError:
        raise BatchError(
            f"cannot run {words[0]}: check that the scheduler is installed on this host"
        ) from None
    complaint = _complaint_in(done.stderr.decode(errors="replace"))
    answer = done.stdout.decode(errors="replace")
    return Answer(done.returncode, answer, complaint or f"exit code {done.returncode}")


def _complaint_in(errors: str) -> str:
    """Return a command's standard error in one line that is safe to show; of a long one the end.

    Where Slurm is installed and not configured, each of its commands writes four lines, the last one
    ``squeue: fatal: Could not establish a configuration source``.
    """
    lines = [" ".join(line.split()) for line in errors.splitlines() if line.strip()]
    fatal = next((line for line in lines if ": fatal: " in line), None)
    if fatal is not None:
        return safe_text(fatal, 300)
    while len(lines) > 1 and len(" ".join(lines)) > _LONGEST_COMPLAINT:
        del lines[0]
    return safe_text(" ".join(lines), 300)
