"""Names of the logs of jobs as batch scripts choose them, such as ``#SBATCH --output=dd_%j.txt``.

Sources: sbatch(1), "filename pattern"; bsub(1) ``-o``, with ``%J`` and ``%I``; qsub(1) of Grid Engine ``-o``,
with ``$JOB_ID``, ``$TASK_ID`` and ``$JOB_NAME``.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from runtui.layouts.base import MOST_ENTRIES
from runtui.layouts.evidence import read_text
from runtui.logs.read.log_files import is_log_name
from runtui.text.lazy_pattern import LazyPattern

SCRIPT = re.compile(
    r".+\.(?:(?:ba|c|tc|k|z)?sh|sbatch|slurm|slm|pbs|sge|lsf|bsub|qsub|job|sub|submit|jds|cmd)", re.IGNORECASE
)
"""Names of scripts that a shell or a scheduler runs."""

FOLDERS_OF_LOGS = frozenset((
    "logs", "log", "slurm", "slurm_logs", "slurm-logs", "slurm_out", "slurm-output",
))  # fmt: skip
"""Names of folders that scripts above them choose for the logs of all jobs of a project."""

_OUTPUT = LazyPattern(
    r"^#(?:(SBATCH)\s+(?:--output(?:=|\s+)|-o\s*)|BSUB\s+-oo?\s+|\$\s+-o\s+)[\"']?([^\s\"'#]{1,200})",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(r"%%|%\d{0,2}([a-zA-Z])|\$(JOB_ID|TASK_ID|JOB_NAME)\b")
_PARTS = {
    **dict.fromkeys(("j", "A", "J", "JOB_ID"), ("job", r"\d{1,10}")),
    **dict.fromkeys(("a", "I", "TASK_ID"), ("task", r"\d{1,9}")),
    **dict.fromkeys(("x", "JOB_NAME"), ("name", r"[\w.+=-]{1,100}?")),
}
"""What stands for the job's id, the task and the job's name, by the placeholder."""

_DIGIT = re.compile(r"\d", re.ASCII).search
_MOST_SCRIPTS = 8  # of a directory
_LARGEST_SCRIPT = 64 * 1024  # bytes
_ASKED_AGAIN_AFTER = 2.0  # seconds


class JobOfLog(NamedTuple):
    """The job that a log's name tells of.

    Attributes:
        key: The key of the metadata for its id.
        job_id: Its id.
        name: Its name, or ``""``.
    """

    key: str
    job_id: str
    name: str


class _Choice(NamedTuple):
    """Names of outputs that a script chose: an expression for them, and the key for the id of the job."""

    names: re.Pattern[str]
    key: str


def named_outputs(folder: str, names: Iterable[str]) -> dict[str, JobOfLog]:
    """Return the jobs of those files that are outputs by a script beside them, or above a folder of logs.

    Args:
        folder: The directory.
        names: The files.
    """
    names = [name for name in names if _may_be_named(name)]
    choices = _choices_for(folder, time.monotonic() // _ASKED_AGAIN_AFTER) if names else ()
    if not choices:
        return {}
    return {name: job for name in names if (job := _job_of(choices, name)) is not None}


def _job_of(choices: Iterable[_Choice], name: str) -> JobOfLog | None:
    for choice in choices:
        found = choice.names.fullmatch(name)
        if found is not None:
            parts = found.groupdict()
            task = parts.get("task")
            job = found["job"] if task is None else f"{found['job']}_{task}"
            return JobOfLog(choice.key, job, parts.get("name") or "")
    return None


def _may_be_named(name: str) -> bool:
    return _DIGIT(name) is not None and (name.endswith(".txt") or is_log_name(name))


@lru_cache(maxsize=64)  # of a directory of logs each asks
def _choices_for(folder: str, _period: float) -> tuple[_Choice, ...]:
    """Return the names that scripts choose for outputs in a directory."""
    found = _choices_in(folder, "")
    above, leaf = os.path.split(os.path.abspath(folder))
    if leaf.lower() in FOLDERS_OF_LOGS:
        found |= _choices_in(above, leaf)
    return tuple(_Choice(re.compile(source, re.ASCII), key) for source, key in sorted(found.items()))


def _choices_in(directory: str, below: str) -> dict[str, str]:
    """Return what the scripts of a directory choose for outputs in it, or in a folder below it."""
    try:
        with os.scandir(directory or os.curdir) as listing:
            files = [entry.name for entry in islice(listing, MOST_ENTRIES)]
    except OSError:
        return {}
    found: dict[str, str] = {}
    for script in sorted(filter(SCRIPT.fullmatch, files))[:_MOST_SCRIPTS]:
        text = read_text(directory, script, _LARGEST_SCRIPT) or ""
        for choice in _OUTPUT.finditer(text):
            place, _slash, name = choice[2].removeprefix("./").rpartition("/")
            if place == below and (source := _source_of(name)):
                found[source] = "slurm_job_id" if choice[1] == "SBATCH" else "job_id"
    return found


def _source_of(name: str) -> str:
    """Return the expression for the names that a script's choice stands for; ``""`` for one without a job."""
    source, end = "", 0
    seen: set[str] = set()
    for placeholder in _PLACEHOLDER.finditer(name):
        source += re.escape(name[end : placeholder.start()])
        end = placeholder.end()
        part, expression = _PARTS.get(placeholder[1] or placeholder[2] or "", ("", r"[\w.-]{1,100}?"))
        if placeholder[0] == "%%":
            source += "%"
        elif part in seen or not part:
            source += f"(?:{expression})"
        else:
            source += f"(?P<{part}>{expression})"
        seen.add(part)
    return source + re.escape(name[end:]) if "job" in seen else ""
