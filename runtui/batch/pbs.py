"""PBS (OpenPBS, PBS Professional), through its commands and the text of ``qstat -f``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from runtui.batch.base import BatchError, BatchUnreachableError, JobPhase, JobReport, JobRequest
from runtui.batch.commands import ask
from runtui.batch.more_resources import UNKNOWN_USAGE, JobUsage
from runtui.text.sanitize import safe_text

_PHASES = {
    **dict.fromkeys("QWTMH", JobPhase.QUEUED),
    **dict.fromkeys("REB", JobPhase.RUNNING),
    **dict.fromkeys("SU", JobPhase.SUSPENDED),
    **dict.fromkeys("FXC", JobPhase.ENDED),
}
_WORDS = {
    "Q": "QUEUED",
    "W": "WAITING",
    "T": "IN TRANSIT",
    "M": "MOVED",
    "H": "HELD",
    "R": "RUNNING",
    "E": "EXITING",
    "B": "ARRAY BEGUN",
    "S": "SUSPENDED",
    "U": "SUSPENDED",
}

_OWN_CODES = {-26: "OUT_OF_MEMORY", -27: "OUT_OF_MEMORY", -28: "TIMEOUT", -29: "TIMEOUT"}
"""States by the exit codes that PBS gives to a job that it killed itself."""

_SIGNALLED = 256
"""Offset of PBS to the number of the signal that killed a job."""

_UNKNOWN = re.compile(r"unknown job id|job has finished|invalid job", re.IGNORECASE)
_NO_HISTORY = re.compile(r"not configured to maintain job history", re.IGNORECASE)
_SILENT = re.compile(
    r"cannot connect|connection refused|timed? ?out|no default server|errno=1501[0-9]", re.IGNORECASE
)


class Pbs:
    """PBS, as this host's commands reach it."""

    name = "pbs"
    program = "qsub"
    array_variable = "PBS_ARRAY_INDEX"
    array_options = ("-J",)
    restart_variable = ""

    def __init__(self) -> None:
        self._history = ["-x"]

    def submit(self, request: JobRequest) -> str:
        # A job that another job submits would take the index of that job for its own.
        return _ask(submit_words(request), (self.array_variable,), request.script).strip()

    def find(self, name: str) -> str | None:
        return next(iter(_ask(["qselect", *self._history, "-N", name]).split()), None)

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        answer = ask(["qstat", *self._history, "-f", *ids])
        if self._history and _NO_HISTORY.search(answer.complaint):
            self._history = []
            return self.poll(ids)
        # It prints an error for each unknown job, and still reports the others.
        if answer.code and not _UNKNOWN.search(answer.complaint):
            raise _refusal("qstat", answer.complaint)
        return parse_status(answer.text, ids)

    def account(self, ids: Sequence[str]) -> dict[str, JobReport]:
        return {}  # there is nothing beyond the history

    def usage(self, job: str) -> JobUsage:
        return UNKNOWN_USAGE

    def cancel(self, ids: Sequence[str]) -> None:
        answer = ask(["qdel", *ids])
        if answer.code and not _UNKNOWN.search(answer.complaint):
            raise _refusal("qdel", answer.complaint)


def submit_words(request: JobRequest) -> list[str]:
    """Return the command that submits a job; the script is its standard input."""
    resources = request.resources
    # When a job ends, PBS replaces this file by its output: it must not be the file that the job writes to.
    words = ["qsub", "-V", "-N", request.name, "-j", "oe", "-o", f"{request.output}.pbs"]
    if partition := resources.get("partition"):
        words += ["-q", partition]
    if account := resources.get("account"):
        words += ["-A", account]
    if array := resources.get("array"):
        words += ["-J", array]
    chunk = [f"ncpus={resources['cpus']}"] if "cpus" in resources else []
    chunk += [f"mem={_memory(resources['memory'])}"] if "memory" in resources else []
    if chunk:
        words += ["-l", f"select=1:{':'.join(chunk)}"]
    if span := resources.get("time"):
        words += ["-l", f"walltime={span}"]
    if request.after:
        words += ["-W", f"depend=afterok:{':'.join(request.after)}"]
    return [*words, *shlex.split(resources.get("options", ""))]


def parse_status(text: str, ids: Sequence[str]) -> dict[str, JobReport]:
    """Parse the text of ``qstat -f`` into the states of jobs."""
    found: dict[str, JobReport] = {}
    names: dict[str, list[str]] = {}  # a name may lack the server: 41, 41[3]
    for job in ids:
        names.setdefault(job.partition(".")[0], []).append(job)
    for block in re.split(r"^Job Id: ", text, flags=re.MULTILINE)[1:]:
        job, _newline, rest = block.partition("\n")
        told = job.strip()
        number = told.partition(".")[0]
        if wanted := [name for name in names.get(number, ()) if name in (told, number)]:
            # A long value continues on the next line, after a tab.
            lines = rest.replace("\n\t", "").splitlines()
            pairs = (line.partition(" = ") for line in lines if " = " in line)
            report = _report({key.strip(): value.strip() for key, _equals, value in pairs})
            found.update(dict.fromkeys(wanted, report))
    return found


def _report(fields: dict[str, str]) -> JobReport:
    letter = fields.get("job_state", "")
    phase = _PHASES.get(letter, JobPhase.UNKNOWN)
    comment = safe_text(fields.get("comment", ""), 200)
    node = safe_text(fields.get("exec_host", "").partition("/")[0], 200)
    if phase is not JobPhase.ENDED:
        return JobReport(phase, _WORDS.get(letter, safe_text(letter, 20)), comment, node=node)
    try:
        code = int(fields["Exit_status"])
    except (KeyError, ValueError):
        # A job that was deleted before it started has no exit status.
        return JobReport(phase, "CANCELLED" if letter == "F" else "ENDED", comment, node=node)
    if code in _OWN_CODES:
        return JobReport(phase, _OWN_CODES[code], comment, node=node)
    if code > _SIGNALLED:
        return JobReport(phase, "ENDED", comment, signal=code - _SIGNALLED, node=node)
    return JobReport(phase, "COMPLETED" if code == 0 else "FAILED", comment, exit_code=code, node=node)


def _memory(text: str) -> str:
    """Return an amount of memory in the form of PBS: ``8G`` becomes ``8gb``; the default unit is MB."""
    found = re.fullmatch(r"([0-9]+)([kmgt]?)b?", text.strip().lower())
    return f"{found[1]}{found[2] or 'm'}b" if found else text


def _ask(words: Sequence[str], without: Sequence[str] = (), text: str = "") -> str:
    answer = ask(words, without, text)
    if answer.code == 0:
        return answer.text
    raise _refusal(words[0], answer.complaint)


def _refusal(program: str, complaint: str) -> BatchError:
    kind = BatchUnreachableError if _SILENT.search(complaint) else BatchError
    return kind(f"{program}: {complaint}")
