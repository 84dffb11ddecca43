"""Names of logs of a scheduler's jobs that lie in one directory, where each is a run.

Sources: sbatch(1) for ``slurm-%j.out``, ``slurm-%A_%a.out`` and what users make of ``--output``, such as
``%x-%j.out``, ``logs/%x_%A_%a.out``, ``%j.log``; qsub(1) for ``NAME.oID``, with ``.TASK`` after it for a task
of Grid Engine and ``-TASK`` or ``[TASK]`` for one of PBS, and for ``ID.SERVER.OU`` in a folder for output;
submitit/core/utils.py for ``JOB_TASK_log.out``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from runtui.layouts.script_outputs import FOLDERS_OF_LOGS, SCRIPT, JobOfLog, named_outputs
from runtui.logs.read.log_files import unpacked_name
from runtui.logs.read.paired_logs import error_log_of

_LEAST = 2  # jobs in a directory, of which each is a run; a single one belongs to the directory
_FLAGS = re.ASCII | re.IGNORECASE
_SLURM = re.compile(
    r"slurm[-_.](?:(?P<name>[A-Za-z][\w.+=-]*?)[-_.])?(?P<job>\d{1,10})(?:[_.-](?P<task>\d{1,9}))?"
    r"(?:-[A-Za-z][\w.-]*)?\.(?:out|log|txt)",  # with the name of a node
    _FLAGS,
)
_CERTAIN = (
    _SLURM,
    re.compile(r"(?P<name>[A-Za-z][\w.+=-]*)-(?P<job>\d{4,10})(?:_(?P<task>\d{1,9}))?\.out", _FLAGS),
)
"""Names that nothing else has."""

_LIKELY = (
    re.compile(
        r"(?:(?P<name>[A-Za-z](?:[\w.+=-]*?[A-Za-z])??(?=[-_.])|[A-Za-z][\w.+=-]*?(?=[-_]))[-_.])?"
        r"(?P<job>[1-9]\d{4,9})(?:[_.](?P<task>\d{1,9}))?\.(?:out|log|o)",
        _FLAGS,
    ),
    re.compile(
        r"(?P<name>[A-Za-z][\w.+=-]*?[A-Za-z])(?P<job>[1-9]\d{5,9})(?:_(?P<task>\d{1,9}))?\.out", _FLAGS
    ),
    re.compile(
        r"(?P<job>[1-9]\d{4,9})(?:_(?P<task>\d{1,9}))?[-_.](?P<name>[A-Za-z][\w.+=-]*)\.(?:out|log)", _FLAGS
    ),
    re.compile(
        r"(?P<name>)(?:out|output|log|job|stdout)[-_.](?P<job>[1-9]\d{4,9})(?:[_.](?P<task>\d{1,9}))?\.txt",
        _FLAGS,
    ),
)
"""Names that count for an id that is neither a date nor a round number."""

_PAIRED = re.compile(
    r"(?:(?P<name>[A-Za-z][\w.+=-]*?)[-_.])?(?P<job>[1-9]\d{0,9})(?:_(?P<task>\d{1,9}))?\.(?:out|log|txt|stdout|o)",
    re.ASCII,
)
"""With the errors beside it, a log is a job's, however short the number."""

_QSUB = re.compile(r"(.+)\.o(\d{1,10})(?:[.-](\d{1,9})|(\[\d{1,9}\]))?", re.ASCII)
_PBS_IN_FOLDER = re.compile(
    r"(?:([A-Za-z][\w+=-]*)\.)?(\d{1,10}(?:\[\d{1,9}\])?)(?:\.[A-Za-z][\w.-]*)?\.OU", re.ASCII
)
_OF_ERRORS = re.compile(r"(.+)\.(?:(err)|e(\d{1,10}(?:[.-]\d{1,9})?))", re.ASCII)
_MAY_BE_OF_A_JOB = re.compile(
    r"\.(?:out|err|log|txt|stdout|o|OU)(?:\.(?:gz|xz|bz2|zst))?$|\.[oe]\d", _FLAGS
).search
"""Most names of a directory are seen at once to be none of a job's."""

_DIGIT = re.compile(r"\d", re.ASCII).search
_NUMBER = re.compile(r"\d+", re.ASCII)
_STREAM = re.compile(r".+\.(?:out|log|txt|stdout|o|OU)", re.ASCII)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_ROUND = "000"  # what numbers of steps and sizes end with, of which a file's name tells as well


_SUBMITIT = re.compile(r"(\d{1,20}(?:_\d{1,9})?)_(\d{1,9})_log\.out", re.ASCII)


class JobTask(NamedTuple):
    """A task of a job of submitit's: the job's id, and the number of the task."""

    job: str
    number: int


def job_logs(names: Iterable[str], folder: str = "") -> list[str]:
    """Return the logs of a scheduler's jobs, if they are of several; sorted, one for each job.

    Of a job of submitit's, whose tasks have a log each, that is the first one's; of jobs whose output went
    nowhere, that with the errors. Outputs of other names are logs of jobs where several have errors beside.

    Args:
        names: The files of a directory.
        folder: The directory, in whose scripts names of outputs are looked for; ``""`` for none.
    """
    files = frozenset(names)
    candidates = sorted(filter(_MAY_BE_OF_A_JOB, files))
    if len(candidates) < _LEAST:
        return []
    of_jobs: dict[tuple[str, str], str] = {}
    for name, job in jobs_of(files, folder).items():
        of_jobs.setdefault(job[:2], name)
    first_tasks: dict[str, tuple[int, str]] = {}
    for name in candidates:
        if (task := task_of_log(name)) is not None:
            log = (task.number, name)
            first_tasks[task.job] = min(log, first_tasks.get(task.job, log))
    found = [*of_jobs.values(), *(name for _number, name in first_tasks.values())]
    pairs = {error_log_of(name): name for name in candidates if _is_pair(name, files)}
    if len(pairs) >= _LEAST:
        found += pairs.values()
    if not found and len(alone := _errors_alone(files)) >= _LEAST:
        found = [*alone, *pairs.values()]
    return sorted(found) if len(found) >= _LEAST else []


def _is_pair(name: str, files: frozenset[str]) -> bool:
    """Return whether a file has an output's name, without a job's number, and its errors lie beside it."""
    return (
        _STREAM.fullmatch(name) is not None
        and error_log_of(name) in files
        and not job_of_log(name, is_paired=True)
    )


def _errors_alone(files: frozenset[str]) -> list[str]:
    """Return the logs of jobs with nothing but errors, where a number or a script beside tells of jobs."""
    errors = [name for name in files if _OF_ERRORS.fullmatch(name) and not _outputs_of(name) & files]
    if not errors:
        return []
    numbered = [name for name in errors if job_of_log(_as_output(name)) is not None]
    return errors if any(map(SCRIPT.fullmatch, files)) else numbered


def _as_output(errors: str) -> str:
    """Return how the file with the output would be called, for the one with a job's errors."""
    found = _OF_ERRORS.fullmatch(errors)
    if found is None:
        return errors
    return f"{found[1]}.out" if found[3] is None else f"{found[1]}.o{found[3]}"


def _outputs_of(errors: str) -> frozenset[str]:
    """Return how the file with the output may be called, for the one with a job's errors."""
    found = _OF_ERRORS.fullmatch(errors)
    if found is None:
        return frozenset()
    if found[3] is not None:
        return frozenset((f"{found[1]}.o{found[3]}",))
    return frozenset(f"{found[1]}.{ending}" for ending in ("out", "log", "txt"))


def jobs_of(names: Iterable[str], folder: str = "") -> Mapping[str, JobOfLog]:
    """Return the jobs of those of a directory's files that are logs of some; ``.out`` before ``.log``.

    Args:
        names: The files.
        folder: As of `job_logs`.
    """
    return _jobs_of(frozenset(names), folder)


@lru_cache(maxsize=1)  # several ask about the same directory
def _jobs_of(files: frozenset[str], folder: str) -> Mapping[str, JobOfLog]:
    found = {}
    for name in sorted(filter(_MAY_BE_OF_A_JOB, files), reverse=True):
        job = job_of_log(name)
        if job is None and error_log_of(name) in files:
            job = job_of_log(name, is_paired=True)
        if job is not None:
            found[name] = job
    for name in _odd_ones(found, files):
        del found[name]
    if folder and (_is_of_logs(folder) or any(map(SCRIPT.fullmatch, files))):
        found |= named_outputs(folder, files.difference(found))
    return found


def _odd_ones(found: Mapping[str, JobOfLog], files: frozenset[str]) -> list[str]:
    """Return the logs whose numbers may be those of jobs, where others so called have numbers that are not.

    Some numbers of processors or particles look like a job's: ``scaling-288.out``, ``scaling-1152.out``.
    """
    likely = [name for name in found if _SLURM.fullmatch(name) is None]
    if not likely:
        return []
    masks = {_NUMBER.sub("#", name) for name in likely}
    others = {_NUMBER.sub("#", name) for name in files.difference(found)} & masks
    return [name for name in likely if _NUMBER.sub("#", name) in others]


def _is_of_logs(folder: str) -> bool:
    leaf = folder.rpartition("/")[2]
    leaf = leaf if leaf.strip(".") else os.path.basename(os.path.abspath(folder))  # "." is some folder
    return leaf.lower() in FOLDERS_OF_LOGS


def is_named_by_scheduler(name: str) -> bool:
    """Return whether a log of a job has a name that only a scheduler gives, or a script for one."""
    is_sure = _SLURM.fullmatch(name) is not None or task_of_log(name) is not None
    return is_sure or not name.endswith((".out", ".log", ".txt"))


def is_job_log(path: str) -> bool:
    """Return whether a file is the log of a scheduler's job, by its name and the errors beside it."""
    folder, name = os.path.split(path)
    if _MAY_BE_OF_A_JOB(name) is None:
        return False
    if task_of_log(name) is not None or job_of_log_at(path) is not None:
        return True
    if is_errors_alone(path):
        return True
    errors = error_log_of(name) if _STREAM.fullmatch(name) else None
    return errors is not None and os.path.isfile(os.path.join(folder, errors))


def is_errors_alone(path: str) -> bool:
    """Return whether a file is the log of a job of which there are nothing but errors."""
    folder, name = os.path.split(path)
    outputs = _outputs_of(name)
    return bool(outputs) and not any(os.path.isfile(os.path.join(folder, output)) for output in outputs)


def task_of_log(name: str) -> JobTask | None:
    """Return the job and the task whose output a file of submitit's is; None for other files."""
    task = _SUBMITIT.fullmatch(name)
    return None if task is None else JobTask(task[1], int(task[2]))


def job_of_log_at(path: str) -> JobOfLog | None:
    """Return the job whose output a file holds, by its name and the errors beside it; None for others."""
    folder, name = os.path.split(path)
    job = job_of_log(name)
    if job is not None:
        return job
    paired = job_of_log(name, is_paired=True)
    if paired is not None and os.path.isfile(os.path.join(folder, error_log_of(name) or name)):
        return paired
    if paired is None and is_errors_alone(path):
        return job_of_log(_as_output(name))
    return named_outputs(folder, [name]).get(name)


@lru_cache(maxsize=64)  # several ask about the same log, one after the other
def job_of_log(name: str, *, is_paired: bool = False) -> JobOfLog | None:
    """Return the job whose output a file holds, by its name; None for other files.

    Args:
        name: The name.
        is_paired: Whether the log of the job's errors lies beside it.
    """
    if "." not in name or _DIGIT(name) is None:
        return None  # of most runs' directories that is quickly seen
    if _SUBMITIT.fullmatch(name):
        return None
    name = unpacked_name(name)
    qsub = _QSUB.fullmatch(name)
    if qsub is not None:
        task = qsub[4] or ("" if qsub[3] is None else f".{qsub[3]}")
        return JobOfLog("job_id", f"{qsub[2]}{task}", qsub[1])
    if (in_folder := _PBS_IN_FOLDER.fullmatch(name)) is not None:
        return JobOfLog("job_id", in_folder[2], in_folder[1] or "")
    found = _match(_CERTAIN, name) or (_PAIRED.fullmatch(name) if is_paired else None)
    if found is None:
        found = _match(_LIKELY, name)
        if found is None or found["job"].endswith(_ROUND) or _DATE.fullmatch(found["job"]):
            return None
    elif not is_paired and _DATE.fullmatch(found["job"]) and not name.lower().startswith("slurm"):
        return None
    job = found["job"] if found["task"] is None else f"{found['job']}_{found['task']}"
    return JobOfLog("slurm_job_id", job, found["name"] or "")


def _match(patterns: Iterable[re.Pattern[str]], name: str) -> re.Match[str] | None:
    return next((found for pattern in patterns if (found := pattern.fullmatch(name)) is not None), None)
