"""The scheduler's job that a run belongs to: by its metadata, by files of its directory, by the environment.

A run that runtui submitted says which job it is. Others are joined to theirs by the variables that the
scheduler sets inside a job, by the keys under which people store these, or by the name of the file that holds
the job's output.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from runtui.store.paths import LOGS_DIR
from runtui.store.record import JobInfo, JobOrigin, RecordState, RunRecord
from runtui.store.schedulers import SCHEDULERS, JobNames
from runtui.store.status import RunStatus
from runtui.text.sanitize import safe_text

_LIMIT = 100  # characters
_LONGEST_WAIT = 30 * 86400.0  # seconds that a job that was begun anew may wait in the queue
_NOTE_KEYS = ("state", "reason", "left", "node")

_BARE_JOB = ("job_id", "jobid", "id")
_BARE_ARRAY = ("array_job_id",)
_BARE_TASK = ("array_task_id", "task_id")
_PLAIN_JOB = ("job_id", "jobid")
_PLAIN_TASK = ("array_task_id",)
_FOLDERS = frozenset(("environment", "env", "environ", "job", "scheduler", "batch", "cluster", "hpc"))
"""Keys of objects in which the variables or the keys may stand."""


class _Keys(NamedTuple):
    """Keys that may name a job, as people spell them: most runs have none, and that is quickly seen.

    Attributes:
        names: Those that name one.
        beside: Those, and what may stand beside them.
    """

    names: frozenset[str]
    beside: frozenset[str]


def _keys() -> _Keys:
    return _keys_of(tuple(SCHEDULERS))


@cache
def _keys_of(systems: tuple[str, ...]) -> _Keys:
    known = [SCHEDULERS[system] for system in systems]
    names = {*_FOLDERS, *_PLAIN_JOB}
    names.update(key for each in known for key in (*each.job, *each.array, *each.shared, *each.folders))
    beside = names.union(*(each.keys for each in known), _PLAIN_TASK)
    spelled = [frozenset({*keys, *(key.upper() for key in keys)}) for keys in (names, beside)]
    return _Keys(spelled[0] | {"jobId", "jobID", "slurmJobId"}, spelled[1] | {"jobId", "jobID", "slurmJobId"})


def job_of(metadata: Mapping[str, Any]) -> JobInfo | None:
    """Return the job that a run's metadata name; None where they name none."""
    keys = _keys()
    if keys.names.isdisjoint(metadata):
        return None
    job = metadata.get("job")
    if isinstance(job, dict) and (submitted := _submitted(job)) is not None:
        return submitted
    # Every run that runtui launched has an environment, and most are in no job.
    candidates = [key for key in metadata if key in keys.names]
    folders = {
        key: inside for key in candidates if key in _FOLDERS and isinstance(inside := metadata[key], dict)
    }
    telling = [inside for inside in folders.values() if not keys.names.isdisjoint(inside)]
    if len(folders) == len(candidates) and "job" not in folders:
        if not telling:
            return None
        if len(telling) == 1 and (found := job_here(telling[0])) is not None:
            return found
    own = {key.lower(): value for key, value in metadata.items() if key in keys.beside}
    places = [own]
    for inside in telling:
        places.append({key.lower(): value for key, value in inside.items() if isinstance(key, str)})
    for place in places:
        if (found := _named_by_any(place)) is not None:
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
    """Return whether only files may name a run's job: its metadata name none, and a scheduler is here."""
    return run.job is None and run.state is RecordState.READ and bool(schedulers_here())


def schedulers_here() -> tuple[str, ...]:
    """Return the names of the schedulers whose commands are installed on this host."""
    return _found_in(os.environ.get("PATH"), tuple(SCHEDULERS))


@cache
def _found_in(path: str | None, systems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in systems if shutil.which(SCHEDULERS[name].program, path=path))


def job_of_files(run_dir: str) -> JobInfo | None:
    """Return the job whose output lies in a run's directory; of several the newest. Costs two listings."""
    newest: tuple[int, JobInfo] | None = None
    systems = schedulers_here() or tuple(SCHEDULERS)
    forms = [(system, names, names.output) for system in systems if (names := SCHEDULERS[system]).output]
    for folder in (run_dir, f"{run_dir}/{LOGS_DIR}"):
        try:
            files = os.listdir(folder)
        except OSError:
            continue
        for file in files:
            for system, names, form in forms:
                if form is None or (output := form.fullmatch(file)) is None:
                    continue
                job = JobInfo(system, names.id_of(output), origin=JobOrigin.FILE)
                if newest is None or (int(output["job"]), job) > newest:
                    newest = (int(output["job"]), job)
                break
    return None if newest is None else newest[1]


def job_here(environment: Mapping[str, str]) -> JobInfo | None:
    """Return the job that a process with this environment runs in; None where it runs in none."""
    for system, names in SCHEDULERS.items():
        if names.variables[0] in environment:
            place = {name.lower(): environment[name] for name in names.variables if name in environment}
            if (found := _named(place, system, names)) is not None:
                return found
    return None


def job_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that tell of the job that a process with this environment runs in."""
    job = job_here(environment)
    return () if job is None else SCHEDULERS[job.system].variables


def job_entries(job: JobInfo, before: JobInfo | None = None) -> dict[str, str | int]:
    """Return the entries of a run's metadata that record the job it runs in.

    Args:
        job: The job.
        before: The job that the metadata name so far, or None.
    """
    entries: dict[str, str | int] = {f"{job.system}_job_id": job.job_id}
    if job.attempt or (before is not None and before.attempt and before.system == job.system):
        entries[SCHEDULERS[job.system].attempt[0]] = job.attempt
    return entries


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


def _named_by_any(place: Mapping[str, Any]) -> JobInfo | None:
    found = (_named(place, system, names) for system, names in SCHEDULERS.items())
    return next((job for job in found if job is not None), None)


def _named(place: Mapping[str, Any], system: str, names: JobNames) -> JobInfo | None:
    """Return the job that keys with a scheduler's name tell."""
    task = _first(place, names.task)
    found = _job(system, _first(place, names.job), _first(place, names.array), task)
    if found is None and task is not None and (shared := _first(place, names.shared)) is not None:
        found = _job(system, shared, None, task)
    for folder in names.folders:
        if found is None and isinstance(inside := place.get(folder), dict):
            bare = {key.lower(): value for key, value in inside.items() if isinstance(key, str)}
            found = _named(bare, system, names._replace(folders=()))
            if found is None:
                job, task = _first(bare, _BARE_JOB), _first(bare, _BARE_TASK)
                found = _job(system, job, _first(bare, _BARE_ARRAY), task)
    if found is not None and (attempt := _text(_first(place, names.attempt))).isdecimal():
        found = found._replace(attempt=int(attempt[:6]))
    return found


def _guessed(value: object, task: object) -> JobInfo | None:
    """Return the job of a key that names no scheduler: by the form of its id and what is installed here."""
    text = _text(value)
    for system in dict.fromkeys((*schedulers_here(), *SCHEDULERS)) if text else ():
        if (found := _job(system, text, None, task)) is not None:
            return found._replace(origin=JobOrigin.GUESSED)
    return None


def _job(system: str, job: object, array: object, task: object) -> JobInfo | None:
    names, number = SCHEDULERS[system], _text(task)
    if names.has_one_id and array is None:
        array = job
    if (known := names.job_id.fullmatch(_text(array))) is not None and number.isdecimal():
        return JobInfo(system, names.task_id(known["job"], number), origin=JobOrigin.JOINED)
    if (known := names.job_id.fullmatch(_text(job))) is None:
        return None
    return JobInfo(system, names.id_of(known), origin=JobOrigin.JOINED)


def _first(place: Mapping[str, Any], names: tuple[str, ...]) -> object:
    for name in names:
        if name in place and place[name] not in (None, ""):
            return place[name]
    return None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return str(value).strip() if isinstance(value, str) or abs(value) < 1 << 63 else ""
