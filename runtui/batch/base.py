"""What all batch systems have in common: a job that is submitted, its states, and the verdict at its end."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from runtui.store.errors import StoreError
from runtui.store.marked import MARK_VARIABLE
from runtui.text.sanitize import safe_text

_PATIENCE = 30.0
"""Seconds for one command; Slurm's give up by themselves after about ten when nobody answers."""


class BatchError(StoreError):
    """A batch system refused something; the message is its own."""


class BatchUnreachableError(BatchError):
    """A batch system does not answer; it may have done what it was asked to."""


RESOURCES = ("time", "partition", "memory", "cpus", "account", "options")
"""What a job that is a whole run can be given; steps of a pipeline can be arrays, too."""


def resources_of(words: Sequence[str]) -> dict[str, str]:
    """Return what a job is to be given, of words such as ``time=1:00:00``.

    Raises:
        ValueError: One is none; the message says what to write.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in RESOURCES:
            raise ValueError(f"{word!r}: write KEY=VALUE with one of {', '.join(RESOURCES)}")
        found[key] = value
    return found


class JobPhase(Enum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a batch system says of a job.

    Attributes:
        phase: How far it is.
        state: In the system's own word.
        reason: Why it waits, or ended, in the system's own word, or ``""``.
        exit_code, signal: How it ended, where that is told.
        left: How long it may still run, as the system tells it, or ``""``.
        node: Where it runs, or ``""``.
    """

    phase: JobPhase
    state: str
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    left: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job to be submitted.

    Attributes:
        name: What it is called; no other job has that name.
        script: Its script, as text: a file could be another one by the time that it is read.
        output: The file that it prints to.
        directory: Where it runs.
        resources: What it is given: time, partition, memory, cpus, account, array, and further options.
        after: The jobs that must have ended well before it begins.
    """

    name: str
    script: str
    output: str
    directory: str
    resources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    after: Sequence[str] = ()


class BatchSystem(Protocol):
    """A batch system. Every method may block for many seconds, and belongs on a thread of its own."""

    @property
    def name(self) -> str:
        """What steps call it."""

    @property
    def program(self) -> str:
        """The command that submits jobs: where it is installed, the system is to be had."""

    @property
    def array_variable(self) -> str:
        """The variable in which a job of an array finds its number."""

    @property
    def restart_variable(self) -> str:
        """The variable in which a job that was begun anew finds how often, or ``""`` where there is none."""

    def submit(self, request: JobRequest) -> str:
        """Submit a job and return its id.

        Raises:
            BatchUnreachableError: There is no answer.
            BatchError: It is refused.
        """

    def find(self, name: str) -> str | None:
        """Return the id of the job of a name, or None; for one whose submission was not answered.

        Raises:
            BatchError: There is no answer.
        """

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        """Return what the queue says of jobs, by one call; those that are gone from it are left out.

        Raises:
            BatchError: There is no answer.
        """

    def account(self, ids: Sequence[str]) -> dict[str, JobReport]:
        """Return what the accounting says of jobs that are gone; nothing where there is none."""

    def cancel(self, ids: Sequence[str]) -> None:
        """End jobs, whatever they are at.

        Raises:
            BatchError: There is no answer.
        """


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a job ended.

    Attributes:
        failure: Why it failed, in one line, or ``""``.
        exit_code: Its exit code, where it is known.
    """

    failure: str = ""
    exit_code: int | None = None


REASONS = {
    "TIMEOUT": "it reached the batch system's limit of time",
    "DEADLINE": "it reached its deadline in the batch system",
    "OUT_OF_MEMORY": "it used more memory than it was given (out of memory)",
    "NODE_FAIL": "its node failed",
    "BOOT_FAIL": "its node did not start",
    "PREEMPTED": "it was preempted",
    "REVOKED": "it was revoked",
    "CANCELLED": "it was cancelled",
}
"""What the states of an end mean that are not the program's own doing."""


_MOST_TASKS = 100_000
"""Tasks in one array; Slurm itself bears a thousand as long as a site has not said otherwise."""

MARK = ".mark"
"""What is added to the name of a job's exit file for the file by which the job knows its folder."""

BEGUN = ".begun"
"""What is added to the name of a job's exit file for the file that says that it has begun."""


def verdict_of(
    codes: Mapping[int, int], tasks: int, accounted: JobReport | None, seen: JobReport | None
) -> Verdict:
    """Return how a job that is over ended.

    Its own word counts most, then the accounting's, then what the queue said last. One of which nobody says
    how it ended is lost; it is never taken to have ended well.

    Args:
        codes: The exit codes that its tasks put down, by their numbers.
        tasks: How many tasks it has.
        accounted: What the accounting says, or None.
        seen: What the queue said last, or None.
    """
    told = next(
        (report for report in (accounted, seen) if report is not None and report.phase is JobPhase.ENDED),
        None,
    )
    why = "" if told is None else REASONS.get(told.state, "")
    worst = max(codes.values(), key=abs, default=None)
    if len(codes) >= tasks:
        if not worst:
            return Verdict("", 0)
        return Verdict(why or f"exit code {worst}", worst)
    if told is None:
        if worst:
            return Verdict(f"exit code {worst}", worst)
        last = f", when it was {seen.state} last" if seen is not None else ""
        return Verdict(f"it is lost: its batch system no longer knows it{last}, and it left no word")
    if told.state == "COMPLETED":
        # Nobody but the job itself can have written its exit file: without one it did not end by itself.
        is_whole = told.exit_code == 0 and tasks == 1
        return Verdict("", 0) if is_whole else Verdict("it ended without a word of its own", told.exit_code)
    if why:
        return Verdict(why, told.exit_code)
    if told.signal:
        return Verdict(f"killed by signal {told.signal} ({told.state})", None)
    if told.exit_code:
        return Verdict(f"exit code {told.exit_code}", told.exit_code)
    reason = f" ({told.reason})" if told.reason and told.reason != "None" else ""
    return Verdict(f"{told.state.lower()} in the batch system{reason}", told.exit_code)


def job_script(
    words: Sequence[str],
    exit_file: str,
    mark: str,
    directory: str,
    array_variable: str,
    restart_variable: str = "",
) -> str:
    """Return the script of a job: it runs a command, and puts its exit code down whatever ends it.

    A job that is begun anew, after its node failed, puts down that it is: what its earlier attempt said, or
    still says where that goes on unseen, is then the word of another.

    Args:
        words: The command.
        exit_file: Where its exit code is put; the numbers of the task and of the attempt are added, each
            behind a dot.
        mark: What `mark_folder` put beside it.
        directory: Where it runs; some systems begin a job in its user's home directory.
        array_variable: The variable in which a task finds its number.
        restart_variable: The variable in which it finds how often it was begun anew, or ``""``.
    """
    command = " ".join(map(shlex.quote, words))
    attempt = f"${{{restart_variable}:-0}}" if restart_variable else "0"
    folder, name = os.path.split(exit_file)
    marked = shlex.quote(name + MARK)
    return f"""#!/bin/sh
exit_file={shlex.quote(name)}.${{{array_variable}:-0}}.{attempt}
# Only in the folder that was marked, not where a link may lead by now, and into new files only.
there() {{
    CDPATH= cd -- {shlex.quote(folder)} && [ -f {marked} ] && [ "$(cat {marked})" = {mark} ] && set -C
}}
(there && rm -f "$exit_file" "$exit_file.part" "$exit_file{BEGUN}" && : > "$exit_file{BEGUN}")
finish() {{
    code=$?
    trap '' TERM INT HUP
    (there && echo "$code" > "$exit_file.part" && mv "$exit_file.part" "$exit_file")
    exit "$code"
}}
end() {{
    kill -TERM "$child" 2>/dev/null
    wait "$child"
    exit "$1"
}}
trap finish EXIT
trap 'end 143' TERM
trap 'end 130' INT
cd {shlex.quote(directory)} || exit 1
{command} &
child=$!
wait "$child"
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a batch system's command said.

    Attributes:
        code: Its exit code.
        text: What it printed.
        complaint: What it printed as errors, in one line that is safe to show.
    """

    code: int
    text: str
    complaint: str


def ask(words: Sequence[str], without: Sequence[str] = (), text: str = "") -> Answer:
    """Run one of a batch system's commands and return what it said.

    Args:
        words: The command.
        without: The variables that are taken out of its environment.
        text: What it reads from its standard input.

    Raises:
        BatchUnreachableError: It says nothing.
        BatchError: It is not installed.
    """
    try:
        done = subprocess.run(
            words,
            # What a job starts is not this launcher's to end.
            env={name: value for name, value in os.environ.items() if name not in (*without, MARK_VARIABLE)},
            input=text.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BatchUnreachableError(f"{words[0]} did not answer within {_PATIENCE:g} s") from None
    except OSError:
        raise BatchError(f"{words[0]} is not there: is its batch system installed on this host?") from None
    complaint = safe_text(" ".join(done.stderr.decode(errors="replace").split()), 300)
    answer = done.stdout.decode(errors="replace")
    return Answer(done.returncode, answer, complaint or f"exit code {done.returncode}")


def array_size(spec: str) -> int:
    """Return how many tasks an array such as ``0-3,7,10-20:2%4`` has.

    Raises:
        ValueError: It is none.
    """
    tasks: set[int] = set()
    for part in spec.partition("%")[0].split(","):
        span, _colon, step = part.partition(":")
        first, dash, last = span.partition("-")
        numbers = range(int(first), int(last if dash else first) + 1, int(step or 1))
        if not numbers or len(numbers[: _MOST_TASKS + 1]) + len(tasks) > _MOST_TASKS:
            raise ValueError(f"{spec!r} is no array of jobs")
        tasks.update(numbers)
    return len(tasks)
