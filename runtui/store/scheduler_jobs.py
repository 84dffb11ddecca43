"""The scheduler's job that a run belongs to: by its metadata, by files of its directory, by the environment.

A run that runtui submitted says which job it is. Others are joined to theirs by the variables that the
scheduler sets inside a job, by the keys under which people store these, or by the name of the file that holds
the job's output.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from runtui.store.paths import LOGS_DIR
from runtui.store.record import JobInfo, JobOrigin, RecordState, RunRecord
from runtui.store.status import RunStatus
from runtui.text.sanitize import safe_text

SLURM, PBS = "slurm", "pbs"

_LIMIT = 100  # characters
_LONGEST_WAIT = 30 * 86400.0  # seconds that a job that was begun anew may wait in the queue
_NOTE_KEYS = ("state", "reason", "left", "node")


class _Names(NamedTuple):
    """Names of a scheduler's keys, in lower case.

    Attributes:
        system: The scheduler.
        job: Id of a job.
        array, task: Id of an array of jobs, and the index of one of its tasks.
        folders: Keys of an object in which the names may lack the scheduler's.
    """

    system: str
    job: tuple[str, ...]
    array: tuple[str, ...]
    task: tuple[str, ...]
    folders: tuple[str, ...]


_SYSTEMS = (
    _Names(
        SLURM,
        ("slurm_job_id", "slurm_jobid", "slurm.job_id", "slurm.jobid", "slurm_id"),
        ("slurm_array_job_id", "slurm.array_job_id"),
        ("slurm_array_task_id", "slurm.array_task_id", "slurm_array_id"),
        (SLURM, "slurm_job"),
    ),
    _Names(PBS, ("pbs_jobid", "pbs_job_id", "pbs.job_id"), (), (), (PBS, "pbs_job")),
)

_SLURM_KEY = "slurm_job_id"
_SLURM_VARIABLES = ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID")

_BARE_JOB = ("job_id", "jobid", "id")
_BARE_ARRAY = ("array_job_id",)
_BARE_TASK = ("array_task_id", "task_id")
_PLAIN_JOB = ("job_id", "jobid")
_PLAIN_TASK = ("array_task_id",)
_FOLDERS = ("environment", "env", "environ", "job", "scheduler", "batch", "cluster", "hpc")
"""Keys of objects in which the variables or the keys may stand."""

_RELEVANT = frozenset(
    {
        *_FOLDERS,
        *_PLAIN_JOB,
        *(name for names in _SYSTEMS for name in (*names.job, *names.array, *names.folders)),
    }
)
_SPELLINGS = frozenset({*_RELEVANT, *(name.upper() for name in _RELEVANT), "jobId", "jobID", "slurmJobId"})
"""Keys that may name a job, as people spell them: most runs have none, and that is quickly seen."""

_SLURM_ID = re.compile(
    r"(?:Submitted batch job )?([1-9]\d{0,9})"
    r"(?:[_.]\[?(\d{1,9})\]?)?(?:\.(?:batch|extern|interactive))?(?:;\S*)?"
)
_PBS_ID = re.compile(
    r"\d{1,12}(?:\[\d{0,9}\])?\.(?!(?:batch|extern|interactive|\d+)$)[A-Za-z0-9][A-Za-z0-9.-]{0,60}"
)
_OUTPUT = re.compile(r"slurm-([1-9]\d{0,9})(?:_(\d{1,9}))?\.(?:out|err|log)(?:\.gz)?")


def job_of(metadata: Mapping[str, Any]) -> JobInfo | None:
    """Return the job that a run's metadata name; None where they name none."""
    if _SPELLINGS.isdisjoint(metadata):
        return None
    job = metadata.get("job")
    if isinstance(job, dict) and (submitted := _submitted(job)) is not None:
        return submitted
    environment = metadata.get("environment")
    if isinstance(environment, dict) and "SLURM_JOB_ID" in environment and _SLURM_KEY not in metadata:
        told = (environment.get(name) for name in _SLURM_VARIABLES)  # as `launch` records them
        if (found := _job(SLURM, *told)) is not None:
            return found
    # Every run that runtui launched has an environment, and most are in no job.
    folders = {key: inside for key in _FOLDERS if isinstance(inside := metadata.get(key), dict)}
    telling = [inside for inside in folders.values() if not _SPELLINGS.isdisjoint(inside)]
    if not telling and _SPELLINGS & metadata.keys() <= folders.keys() - {"job"}:
        return None
    own = {
        key.lower(): value for key, value in metadata.items() if key in _SPELLINGS or "task_id" in key.lower()
    }
    places = [own]
    for inside in telling:
        places.append({key.lower(): value for key, value in inside.items() if isinstance(key, str)})
    for place in places:
        for names in _SYSTEMS:
            if (found := _named(place, names)) is not None:
                return found
    for place in places:
        for key in _PLAIN_JOB:
            if (found := _guessed(place.get(key), _first(place, _PLAIN_TASK))) is not None:
                return found
    # ``job = 41`` or ``job = {"id": 41}``
    value = own.get("job")
    return _guessed(value.get("id") if isinstance(value, dict) else value, None)


def may_be_waiting(run: RunRecord, now: float) -> bool:
    """Return whether a run that has ended may wait in the queue again, as far as its record tells.

    Args:
        run: The run.
        now: The present moment, in seconds since the epoch.
    """
    if run.job is None or run.job.origin is JobOrigin.GUESSED or run.status == RunStatus.COMPLETED:
        return False
    return ended_lately(run, now)


def ended_lately(run: RunRecord, now: float) -> bool:
    """Return whether a run ended so lately that a job which it belongs to may still wait in the queue.

    Args:
        run: The run.
        now: The present moment, in seconds since the epoch.
    """
    return now - (run.completed or run.created or now) < _LONGEST_WAIT


def may_have_job_by_files(run: RunRecord) -> bool:
    """Return whether only files may name a run's job: its metadata name none, and Slurm can be asked here."""
    return run.job is None and run.state is RecordState.READ and _has_slurm(os.environ.get("PATH"))


@cache
def _has_slurm(path: str | None) -> bool:
    return shutil.which("squeue", path=path) is not None


def job_of_files(run_dir: str) -> JobInfo | None:
    """Return the job whose output lies in a run's directory; of several the newest. Costs two listings."""
    newest: tuple[int, str] | None = None
    for folder in (run_dir, f"{run_dir}/{LOGS_DIR}"):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if (output := _OUTPUT.fullmatch(name)) is not None:
                job = output[1] if output[2] is None else f"{output[1]}_{output[2]}"
                newest = max(newest or (0, ""), (int(output[1]), job))
    return None if newest is None else JobInfo(SLURM, newest[1], origin=JobOrigin.JOINED)


def job_here(environment: Mapping[str, str]) -> JobInfo | None:
    """Return the job that a process with this environment runs in; None where it runs in none."""
    place = {key.lower(): value for key, value in environment.items() if key.startswith(("SLURM_", "PBS_"))}
    return next((found for names in _SYSTEMS if (found := _named(place, names)) is not None), None)


def job_key(system: str) -> str:
    """Return the key of the metadata under which a run's job is recorded that runtui did not submit."""
    return f"{system}_job_id"


def _submitted(job: dict[str, Any]) -> JobInfo | None:
    system, job_id = job.get("system"), job.get("id")
    if not (isinstance(system, str) and isinstance(job_id, str) and job_id):
        return None
    state, reason, left, node = (
        value if isinstance(value := job.get(key), str) else "" for key in _NOTE_KEYS
    )
    detail = reason or (f"{left} left" if left else "")
    system, job_id, state, detail, node = (
        safe_text(text, _LIMIT) for text in (system, job_id, state, detail, node)
    )
    return JobInfo(sys.intern(system), job_id, sys.intern(state), detail, node)


def _named(place: Mapping[str, Any], names: _Names) -> JobInfo | None:
    """Return the job that keys with a scheduler's name tell."""
    found = _job(
        names.system, _first(place, names.job), _first(place, names.array), _first(place, names.task)
    )
    for folder in names.folders:
        if found is None and isinstance(inside := place.get(folder), dict):
            bare = {key.lower(): value for key, value in inside.items() if isinstance(key, str)}
            found = _named(bare, names._replace(folders=())) or _job(
                names.system, _first(bare, _BARE_JOB), _first(bare, _BARE_ARRAY), _first(bare, _BARE_TASK)
            )
    return found


def _guessed(value: object, task: object) -> JobInfo | None:
    """Return the job of a key that names no scheduler: ids of Slurm are numbers, those of PBS name a host."""
    text = _text(value)
    system = PBS if _PBS_ID.fullmatch(text) else SLURM
    found = _job(system, text, None, task)
    return None if found is None else found._replace(origin=JobOrigin.GUESSED)


def _job(system: str, job: object, array: object, task: object) -> JobInfo | None:
    text, number = _text(job), _text(task)
    if system == PBS:
        return JobInfo(PBS, text, origin=JobOrigin.JOINED) if _PBS_ID.fullmatch(text) else None
    if (known := _SLURM_ID.fullmatch(_text(array))) is not None and number.isdecimal():
        return JobInfo(SLURM, f"{known[1]}_{number}", origin=JobOrigin.JOINED)
    if (known := _SLURM_ID.fullmatch(text)) is None:
        return None
    job_id = known[1] if known[2] is None or "." in text else f"{known[1]}_{known[2]}"
    return JobInfo(SLURM, job_id, origin=JobOrigin.JOINED)


def _first(place: Mapping[str, Any], names: tuple[str, ...]) -> object:
    return next((place[name] for name in names if place.get(name) not in (None, "")), None)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return str(value).strip() if isinstance(value, str) or abs(value) < 1 << 63 else ""
