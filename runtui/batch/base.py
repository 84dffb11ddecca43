"""Interface of schedulers: a job to submit, its states, and the verdict at its end."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from runtui.batch.more_resources import JobUsage
from runtui.store.errors import StoreError


class BatchError(StoreError):
    """Refusal by a scheduler; the text is its own message."""


class BatchUnreachableError(BatchError):
    """Scheduler that does not answer; it may have done what it was asked to."""


RESOURCES = ("time", "partition", "memory", "cpus", "account", "options")
"""Resources of a job that is a whole run; the job of a pipeline's step can have ``array``, too."""


def resources_of(words: Sequence[str]) -> dict[str, str]:
    """Parse the resources of a job.

    Args:
        words: Words such as ``time=1:00:00``.

    Raises:
        ValueError: One is invalid; the message says what to write.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in RESOURCES:
            raise ValueError(f"{word!r}: write KEY=VALUE with one of {', '.join(RESOURCES)}")
        found[key] = value
    return found


class JobPhase(Enum):
    """Phase of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JobReport:
    """State of a job as a scheduler reports it.

    Attributes:
        phase: Its phase.
        state: Its state in the scheduler's word.
        reason: Why it waits or ended, in the scheduler's word, or ``""``.
        exit_code, signal: Exit code or number of the signal at its end, or None.
        left: Remaining time as the scheduler writes it, or ``""`` where it has no limit or is over it.
        node: Node that it runs on, or ``""``.
        user: User whose job it is, or ``""``.
        ended: When it ended, in seconds since the epoch, or None where that is unknown.
        started: When its latest attempt began, in seconds since the epoch, or None where that is unknown.
        directory: Its working directory, or ``""`` where that is unknown.
        is_array: Whether this stands for several tasks of an array.
    """

    phase: JobPhase
    state: str
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    left: str = ""
    node: str = ""
    user: str = ""
    ended: float | None = None
    is_array: bool = False
    started: float | None = None
    directory: str = ""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """Job to submit.

    Attributes:
        name: Its name, which no other job has.
        script: Its script, as text: a file could be replaced before it is read.
        output: File for its output.
        directory: Its working directory.
        resources: Its resources: time, partition, memory, cpus, account, array, and further options.
        after: Ids of the jobs that must succeed before it starts.
    """

    name: str
    script: str
    output: str
    directory: str
    resources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    after: Sequence[str] = ()


class BatchSystem(Protocol):
    """Scheduler. Every method may block for many seconds and must be called on a thread of its own."""

    @property
    def name(self) -> str:
        """Its name in pipelines and for ``--on``."""

    @property
    def program(self) -> str:
        """Command that submits jobs; the scheduler is available where it is installed."""

    @property
    def array_variable(self) -> str:
        """Environment variable with the index of a task of an array."""

    @property
    def array_options(self) -> tuple[str, ...]:
        """Options of its command that make an array of a job."""

    @property
    def restart_variable(self) -> str:
        """Environment variable with the number of restarts of a job, or ``""`` where there is none."""

    def submit(self, request: JobRequest) -> str:
        """Submit a job and return its id.

        Raises:
            BatchUnreachableError: The scheduler does not answer.
            BatchError: It refuses the job.
        """

    def find(self, name: str) -> str | None:
        """Return the id of the job of that name, or None; for use when `submit` got no answer.

        Raises:
            BatchError: The scheduler does not answer.
        """

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        """Return the states of jobs in the queue, by one call, without those that have left it.

        Raises:
            BatchError: The scheduler does not answer.
        """

    def account(self, ids: Sequence[str]) -> dict[str, JobReport]:
        """Return the states in the accounting of jobs that left the queue; empty where there is none.

        Raises:
            BatchError: The accounting does not answer.
        """

    def usage(self, job: str) -> JobUsage:
        """Return what a job that has ended was allowed and what it used, as far as the accounting knows.

        Raises:
            BatchError: The accounting does not answer.
        """

    def cancel(self, ids: Sequence[str]) -> None:
        """Cancel jobs, whether queued or running.

        Raises:
            BatchError: The scheduler does not answer.
        """


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict on a job that has ended.

    Attributes:
        failure: Why it failed, in one line, or ``""``.
        exit_code: Its exit code, or None where it is unknown.
    """

    failure: str = ""
    exit_code: int | None = None


REASONS = {
    "TIMEOUT": "it reached the scheduler's time limit (TIMEOUT)",
    "DEADLINE": "it reached its deadline in the scheduler (DEADLINE)",
    "OUT_OF_MEMORY": "it exceeded its memory limit, out of memory (OUT_OF_MEMORY)",
    "NODE_FAIL": "its node failed (NODE_FAIL)",
    "BOOT_FAIL": "its node did not start (BOOT_FAIL)",
    "PREEMPTED": "it was preempted (PREEMPTED)",
    "REVOKED": "it was revoked (REVOKED)",
    "CANCELLED": "it was cancelled (CANCELLED)",
}
"""Failures by the final state of a job, for states that the program did not cause."""

_MOST_TASKS = 100_000
"""Tasks in one array; Slurm's own default limit is a thousand."""

MARK = ".mark"
"""Suffix to the name of a job's exit file, for the file by which the job recognises its folder."""

BEGUN = ".begun"
"""Suffix to the name of a job's exit file, for the file that says that the job has started."""


def verdict_of(
    codes: Mapping[int, int], tasks: int, accounted: JobReport | None, seen: JobReport | None
) -> Verdict:
    """Decide how a job ended.

    Its own exit files count most, then the accounting, then its last state in the queue. A job without any of
    them is lost; it never counts as successful.

    Args:
        codes: Exit codes that its tasks wrote, by task index.
        tasks: Number of its tasks.
        accounted: Its state in the accounting, or None.
        seen: Its last state in the queue, or None.
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
        last = f" (last state: {seen.state})" if seen is not None else ""
        return Verdict(f"the scheduler no longer knows it{last}, and it wrote no exit code")
    if told.state == "COMPLETED":
        # Only the job itself writes its exit file: without one, its script did not reach the end.
        is_whole = told.exit_code == 0 and tasks == 1
        return (
            Verdict("", 0) if is_whole else Verdict("it ended without writing its exit code", told.exit_code)
        )
    if why:
        return Verdict(why, told.exit_code)
    if told.signal:
        return Verdict(f"killed by signal {told.signal} ({told.state})", None)
    if told.exit_code:
        return Verdict(f"exit code {told.exit_code}", told.exit_code)
    reason = f" ({told.reason})" if told.reason and told.reason != "None" else ""
    return Verdict(f"{told.state.lower()} in the scheduler{reason}", told.exit_code)


def job_script(
    words: Sequence[str],
    exit_file: str,
    mark: str,
    directory: str,
    array_variable: str,
    restart_variable: str = "",
    input_file: str = "",
) -> str:
    """Return the script of a job: it runs a command and writes its exit code, whatever ends it.

    Each attempt of a job that is restarted, for example after its node failed, writes to files of its own, so
    that an earlier attempt that still runs unseen does not count.

    Args:
        words: The command.
        exit_file: File for the exit code; the task index and the number of the attempt are appended, each
            after a dot.
        mark: The mark that `mark_folder` wrote beside it.
        directory: Working directory; some schedulers start a job in its user's home directory.
        array_variable, restart_variable: As of `BatchSystem`.
        input_file: File that the command reads as its standard input; by default it finds nothing there.
    """
    command = " ".join(map(shlex.quote, words))
    if input_file:
        command += f" < {shlex.quote(input_file)}"
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


_FLAGS = "HIOQVWXfhksuvz"
"""Short options of sbatch and qsub without values, which may stand before another one in the same word."""


def check_no_array(system: BatchSystem, resources: Mapping[str, str]) -> None:
    """Check that the further options of a job make no array of it, whose tasks would all be the same run.

    Raises:
        ValueError: They do; the message says what to do instead.
    """
    for word in shlex.split(resources.get("options", "")):
        for option in system.array_options:
            is_long = option.startswith("--")
            name = word.partition("=")[0]
            # Options may be shortened, and the value of a short one may follow at once.
            is_abbreviated = is_long and len(name) > len("--a") and option.startswith(name)
            is_short = not is_long and re.match(f"-[{_FLAGS}]*{option[1:]}", word) is not None
            if is_abbreviated or is_short:
                raise ValueError(
                    f"options: {word} would start the same run several times: launch a run for each task, "
                    "or write array = … for a step of a pipeline"
                )


def array_size(spec: str) -> int:
    """Return the number of tasks in an array such as ``0-3,7,10-20:2%4``.

    Raises:
        ValueError: The array is invalid or too large.
    """
    tasks: set[int] = set()
    for part in spec.partition("%")[0].split(","):
        span, _colon, step = part.partition(":")
        first, dash, last = span.partition("-")
        numbers = range(int(first), int(last if dash else first) + 1, int(step or 1))
        if not numbers or len(numbers[: _MOST_TASKS + 1]) + len(tasks) > _MOST_TASKS:
            raise ValueError(f"invalid array of jobs: {spec!r}")
        tasks.update(numbers)
    return len(tasks)
