"""Slurm, through the text output of its commands with fixed fields.

Not through JSON: squeue's covers the jobs of all users, and changes between releases.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from runtui.batch.base import BatchError, BatchUnreachableError, JobPhase, JobReport, JobRequest
from runtui.batch.commands import ask
from runtui.batch.more_resources import JobUsage, memory_bytes
from runtui.text.sanitize import safe_text

_OPTIONS = {
    "time": "--time",
    "partition": "--partition",
    "memory": "--mem",
    "cpus": "--cpus-per-task",
    "account": "--account",
    "array": "--array",
}

_PHASES = {
    **dict.fromkeys(
        (
            "PENDING",
            "CONFIGURING",
            "REQUEUED",
            "REQUEUE_FED",
            "REQUEUE_HOLD",
            "RESV_DEL_HOLD",
            "SPECIAL_EXIT",
        ),
        JobPhase.QUEUED,
    ),
    **dict.fromkeys(("RUNNING", "COMPLETING", "SIGNALING", "STAGE_OUT", "RESIZING"), JobPhase.RUNNING),
    **dict.fromkeys(("SUSPENDED", "STOPPED"), JobPhase.SUSPENDED),
    **dict.fromkeys(
        (
            "COMPLETED",
            "FAILED",
            "BOOT_FAIL",
            "OUT_OF_MEMORY",
            "NODE_FAIL",
            "TIMEOUT",
            "DEADLINE",
            "PREEMPTED",
            "REVOKED",
            "CANCELLED",
        ),
        JobPhase.ENDED,
    ),
}

_QUEUE_FIELDS = "%i|%T|%r|%L|%N|%A|%e|%u|%S|%Z"
_ACCOUNT_FIELDS = "JobID,State,ExitCode,JobIDRaw,End,User,NodeList,Start"
_USAGE_FIELDS = "JobIDRaw,TimelimitRaw,ReqMem,MaxRSS"
_VARIABLES = {"SLURM_TIME_FORMAT": "%s", "SLURM_BITSTR_LEN": "0"}
"""Moments in seconds since the epoch, and the indices of an array in full."""

_FILTERS = (
    "SQUEUE_ACCOUNT",
    "SQUEUE_FORMAT2",
    "SQUEUE_NAMES",
    "SQUEUE_PARTITION",
    "SQUEUE_QOS",
    "SQUEUE_USERS",
)
"""Variables by which users have these commands show them less."""

_ARRAY_INPUT = "SBATCH_ARRAY_INX"
"""Variable that makes an array of every job."""

_MOST_IDS = 1000
"""Ids in one command line; for more jobs the whole queue is read."""

_TIME_LEFT = re.compile(r"(?:\d+-)?\d+(?::\d\d){0,2}")
"""Remaining time. squeue also prints ``UNLIMITED``, ``NOT_SET``, ``Partition_Limit``, and ``INVALID`` of a
job that has overrun its limit."""

_NOTHING = frozenset({"None", "None assigned", "(null)", "N/A", "n/a"})
"""Words for a node or a reason that there is not."""

_SILENT = re.compile(r"unable to contact|timed out|connection refused|communication|try again", re.IGNORECASE)
"""Errors of its commands when the controller does not answer."""


class Slurm:
    """Slurm, as this host's commands reach it."""

    name = "slurm"
    program = "sbatch"
    array_variable = "SLURM_ARRAY_TASK_ID"
    array_options = ("--array", "-a")
    restart_variable = "SLURM_RESTART_COUNT"

    def __init__(self) -> None:
        self._has_accounting = True

    def submit(self, request: JobRequest) -> str:
        # A job that another job submits would take the variables of that job for its own.
        without = (self.array_variable, self.restart_variable, _ARRAY_INPUT)
        answer = _ask(submit_words(request), without, request.script)
        job = answer.strip().partition(";")[0]  # a federation adds the cluster's name
        if not job.isdecimal():
            raise BatchError(f"sbatch answered {safe_text(answer, 200)!r} instead of a job id")
        return job

    def find(self, name: str) -> str | None:
        answer = _ask(["squeue", "-h", "-t", "all", "-n", name, "-o", "%A"])
        return next(iter(answer.split()), None)

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        words = ["squeue", "-h", "-t", "all", "-o", _QUEUE_FIELDS]
        if len(ids) <= _MOST_IDS:
            words += ["-j", ",".join(ids)]
        try:
            return parse_queue(_ask(words, _FILTERS, variables=_VARIABLES), ids)
        except BatchUnreachableError:
            raise
        except BatchError as error:
            if "invalid job id" in str(error).lower():
                return {}  # its answer when it knows none of them
            raise

    def account(self, ids: Sequence[str]) -> dict[str, JobReport]:
        if not self._has_accounting:
            return {}
        found: dict[str, JobReport] = {}
        try:
            for first in range(0, len(ids), _MOST_IDS):
                some = ids[first : first + _MOST_IDS]
                words = ["sacct", "-X", "-n", "-P", "-j", ",".join(some), "-o", _ACCOUNT_FIELDS]
                found |= parse_accounting(_ask(words, variables=_VARIABLES), some)
            return found
        except BatchUnreachableError:
            raise
        except BatchError:
            self._has_accounting = False  # many sites have no accounting
            return {}

    def usage(self, job: str) -> JobUsage:
        return parse_usage(_ask(["sacct", "-n", "-P", "-j", job, "-o", _USAGE_FIELDS]))

    def cancel(self, ids: Sequence[str]) -> None:
        # A single component of a heterogeneous job cannot be cancelled.
        _ask(["scancel", "--quiet", *dict.fromkeys(job.partition("+")[0] for job in ids)])


def submit_words(request: JobRequest) -> list[str]:
    """Return the command that submits a job; the script is its standard input."""
    words = [
        "sbatch",
        "--parsable",
        f"--job-name={request.name}",
        f"--chdir={request.directory}",
        f"--output={request.output}",
        "--open-mode=append",
        "--export=ALL",  # the job finds its run by the environment, whatever the site's default
    ]
    words += [f"{_OPTIONS[key]}={value}" for key, value in request.resources.items() if key in _OPTIONS]
    if request.after:
        words += [f"--dependency=afterok:{':'.join(request.after)}", "--kill-on-invalid-dep=yes"]
    words += shlex.split(request.resources.get("options", ""))
    return words


def parse_queue(text: str, ids: Sequence[str]) -> dict[str, JobReport]:
    """Parse the text of ``squeue -o '%i|%T|%r|%L|%N|%A|%e|%u|%S|%Z'`` into the states of jobs."""
    rows = []
    for line in text.splitlines():
        *fields, directory = [*line.split("|", 9), *[""] * 9][:10]  # an older squeue may say less
        fields = [safe_text(field.strip(), 200) for field in fields]
        if line.count("|") >= 4:
            job, state, reason, left, node, raw, ended, user, started = fields
            report = _report(
                state, reason=reason, left=left, node=node, ended=ended, user=user, started=started
            )
            report = replace(report, directory=directory)
            rows.append(_Row(job, raw, report))
    return _by_job(rows, ids)


def parse_accounting(text: str, ids: Sequence[str]) -> dict[str, JobReport]:
    """Parse the text of ``sacct -P`` with the fields that `Slurm` asks for into the states of jobs."""
    rows = []
    for line in text.splitlines():
        fields = [safe_text(field.strip(), 200) for field in line.split("|")]
        if len(fields) >= 3:
            job, state, exit_code = fields[:3]
            raw, ended, user, node, started = (*fields[3:8], "", "", "", "", "")[:5]
            code, _colon, number = exit_code.partition(":")
            report = _report(
                state,
                node=node,
                ended=ended,
                started=started,
                user=user,
                exit_code=int(code) if code.isdecimal() else None,
                signal=int(number) if number.isdecimal() else None,
            )
            rows.append(_Row(job, raw, report))
    return _by_job(rows, ids)


def parse_usage(text: str) -> JobUsage:
    """Parse the text of ``sacct -P`` with the limits of a job and the peaks of its steps."""
    minutes: list[int] = []
    limits: list[int] = []
    peaks: list[int] = []
    for line in text.splitlines():
        _job, limit, requested, peak = [*(field.strip() for field in line.split("|")), "", "", "", ""][:4]
        if limit.isdecimal():
            minutes.append(int(limit))
        limits.append(memory_bytes(requested) or 0)
        peaks.append(memory_bytes(peak) or 0)
    return JobUsage(
        60 * max(minutes) if minutes else None,
        max(limits, default=0) or None,
        max(peaks, default=0) or None,
    )


class _Row(NamedTuple):
    """One line of an answer.

    Attributes:
        name: Id of a job, ``15_2`` for a task of an array, ``15_[3-9]`` for several that wait, ``15+1`` for a
            component of a heterogeneous job.
        raw: Id that no other job and no other task has, or ``""``.
        report: The state.
    """

    name: str
    raw: str
    report: JobReport


def _report(
    state: str,
    *,
    reason: str = "",
    left: str = "",
    node: str = "",
    ended: str = "",
    user: str = "",
    started: str = "",
    exit_code: int | None = None,
    signal: int | None = None,
) -> JobReport:
    word = state.partition(" ")[0].rstrip("+")  # CANCELLED by 1001
    phase = _PHASES.get(word, JobPhase.UNKNOWN)
    is_over = phase is JobPhase.ENDED
    return JobReport(
        phase,
        word,
        "" if reason in _NOTHING else reason,
        exit_code,
        signal,
        "" if is_over or not _TIME_LEFT.fullmatch(left) else left,
        "" if node in _NOTHING else node,
        user,
        float(ended) if is_over and ended.isdecimal() else None,
        started=float(started) if phase is not JobPhase.QUEUED and started.isdecimal() else None,
    )


def _by_job(rows: Sequence[_Row], ids: Sequence[str]) -> dict[str, JobReport]:
    """Return one report for each job; for an array that of its most active task."""
    found: dict[str, JobReport] = {}
    wanted = set(ids)
    tasks = {job: int(task) for job in ids if (task := job.partition("_")[2]).isdecimal()}
    for row in rows:
        if "+" in row.name:  # a component of a heterogeneous job, the first of which has the job's own id
            found.update(dict.fromkeys({row.name, row.raw} & wanted, row.report))
            continue
        job, _underscore, task = row.name.partition("_")
        # The id of the array is that of its last task, too; as such it would not tell of the others.
        names = {row.name, row.raw} & wanted - {job} if task else set()
        if task.startswith("["):
            names = {
                one for one, number in tasks.items() if one.startswith(f"{job}_") and _holds(task, number)
            }
        for name in names:
            found[name] = row.report
        if job in wanted:
            known = found.get(job)
            report = replace(row.report, is_array=True) if task else row.report
            if known is None or (known.is_array and _weight(report) > _weight(known)):
                found[job] = report
    return found


def _holds(tasks: str, number: int) -> bool:
    """Return whether indices such as ``[1-3,7%2]`` hold a number."""
    for part in tasks.strip("[]").partition("%")[0].split(","):
        span, _colon, step = part.partition(":")
        first, dash, last = span.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash) and (step or "1").isdecimal()):
            continue
        if number in range(int(first), int(last if dash else first) + 1, max(1, int(step or 1))):
            return True
    return False


_WEIGHTS: Mapping[JobPhase, int] = {
    JobPhase.RUNNING: 5,
    JobPhase.SUSPENDED: 4,
    JobPhase.QUEUED: 3,
    JobPhase.UNKNOWN: 2,
    JobPhase.ENDED: 0,
}


def _weight(report: JobReport) -> int:
    return _WEIGHTS[report.phase] + (report.phase is JobPhase.ENDED and report.state != "COMPLETED")


def _ask(
    words: Sequence[str],
    without: Sequence[str] = (),
    text: str = "",
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    answer = ask(words, without, text, variables)
    if answer.code == 0:
        return answer.text
    kind = BatchUnreachableError if _SILENT.search(answer.complaint) else BatchError
    raise kind(f"{words[0]}: {answer.complaint.removeprefix(f'{words[0]}: error: ')}")
