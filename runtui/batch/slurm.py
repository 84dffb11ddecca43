"""Slurm, through the text output of its commands with fixed fields.

Not through JSON: squeue's covers the jobs of all users, and changes between releases.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from runtui.batch.base import BatchError, BatchUnreachableError, JobPhase, JobReport, JobRequest, ask
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

_QUEUE_FIELDS = "%i|%T|%r|%L|%N"
_ACCOUNT_FIELDS = "JobID,State,ExitCode"

_SILENT = re.compile(r"unable to contact|timed out|connection refused|communication|try again", re.IGNORECASE)
"""Errors of its commands when the controller does not answer."""


class Slurm:
    """Slurm, as this host's commands reach it."""

    name = "slurm"
    program = "sbatch"
    array_variable = "SLURM_ARRAY_TASK_ID"
    restart_variable = "SLURM_RESTART_COUNT"

    def __init__(self) -> None:
        self._has_accounting = True

    def submit(self, request: JobRequest) -> str:
        # A job that another job submits would take the variables of that job for its own.
        without = (self.array_variable, self.restart_variable)
        answer = _ask(submit_words(request), without, request.script)
        job = answer.strip().partition(";")[0]  # a federation adds the cluster's name
        if not job.isdecimal():
            raise BatchError(f"sbatch answered {safe_text(answer, 200)!r} instead of a job id")
        return job

    def find(self, name: str) -> str | None:
        answer = _ask(["squeue", "-h", "-t", "all", "-n", name, "-o", "%A"])
        return next(iter(answer.split()), None)

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        words = ["squeue", "-h", "-t", "all", "-j", ",".join(ids), "-o", _QUEUE_FIELDS]
        try:
            return parse_queue(_ask(words), ids)
        except BatchUnreachableError:
            raise
        except BatchError as error:
            if "invalid job id" in str(error).lower():
                return {}  # its answer when it knows none of them
            raise

    def account(self, ids: Sequence[str]) -> dict[str, JobReport]:
        if not self._has_accounting:
            return {}
        try:
            words = ["sacct", "-X", "-n", "-P", "-j", ",".join(ids), "-o", _ACCOUNT_FIELDS]
            return parse_accounting(_ask(words), ids)
        except BatchUnreachableError:
            return {}
        except BatchError:
            self._has_accounting = False  # many sites have no accounting
            return {}

    def cancel(self, ids: Sequence[str]) -> None:
        _ask(["scancel", "--quiet", *ids])


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
    """Parse the text of ``squeue -o '%i|%T|%r|%L|%N'`` into the states of jobs."""
    rows = []
    for line in text.splitlines():
        fields = line.split("|")
        if len(fields) == 5:
            job, state, reason, left, node = (safe_text(field.strip(), 200) for field in fields)
            rows.append((job, _report(state, reason=reason, left=left, node=node)))
    return _by_job(rows, ids)


def parse_accounting(text: str, ids: Sequence[str]) -> dict[str, JobReport]:
    """Parse the text of ``sacct -P -o JobID,State,ExitCode`` into the states of jobs."""
    rows = []
    for line in text.splitlines():
        fields = line.split("|")
        if len(fields) == 3:
            job, state, ended = (safe_text(field.strip(), 200) for field in fields)
            code, _colon, number = ended.partition(":")
            rows.append(
                (
                    job,
                    _report(
                        state,
                        exit_code=int(code) if code.isdecimal() else None,
                        signal=int(number) if number.isdecimal() else None,
                    ),
                )
            )
    return _by_job(rows, ids)


def _report(
    state: str,
    *,
    reason: str = "",
    left: str = "",
    node: str = "",
    exit_code: int | None = None,
    signal: int | None = None,
) -> JobReport:
    word = state.partition(" ")[0].rstrip("+")  # CANCELLED by 1001
    phase = _PHASES.get(word, JobPhase.UNKNOWN)
    reason = "" if reason == "None" else reason
    return JobReport(phase, word, reason, exit_code, signal, "" if phase is JobPhase.ENDED else left, node)


def _by_job(rows: Sequence[tuple[str, JobReport]], ids: Sequence[str]) -> dict[str, JobReport]:
    """Return one report for each job; for an array that of its most active task."""
    found: dict[str, JobReport] = {}
    wanted = set(ids)
    for name, report in rows:
        job = name.partition("_")[0]
        if job in wanted and (job not in found or _weight(report) > _weight(found[job])):
            found[job] = report
    return found


_WEIGHTS: Mapping[JobPhase, int] = {
    JobPhase.RUNNING: 5,
    JobPhase.SUSPENDED: 4,
    JobPhase.QUEUED: 3,
    JobPhase.UNKNOWN: 2,
    JobPhase.ENDED: 0,
}


def _weight(report: JobReport) -> int:
    return _WEIGHTS[report.phase] + (report.phase is JobPhase.ENDED and report.state != "COMPLETED")


def _ask(words: Sequence[str], without: Sequence[str] = (), text: str = "") -> str:
    answer = ask(words, without, text)
    if answer.code == 0:
        return answer.text
    kind = BatchUnreachableError if _SILENT.search(answer.complaint) else BatchError
    raise kind(f"{words[0]}: {answer.complaint}")
