"""States of runs that are jobs, by one query for all of them.

Answers are kept in the user's cache directory, so that several programs of a user query the scheduler no more
often than one.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from runtui.batch.base import BatchError, BatchSystem, JobPhase, JobReport, Verdict, verdict_of
from runtui.batch.exit_files import EXIT_NAME, codes_in, names_in
from runtui.batch.intervals import batch_interval, next_pause
from runtui.batch.registry import SYSTEMS
from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.store.paths import JOB_DIR, PRIVATE_DIR
from runtui.store.record import JobInfo, JobStatus
from runtui.store.status import is_live_status
from runtui.store.user_dirs import user_folder, write_private
from runtui.text.sanitize import safe_text

_MEMORY = "queue.json"
_LARGEST_MEMORY = 8 << 20  # bytes
_MOST_REMEMBERED = 10_000  # jobs
_JOB_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\[\]-]{0,60}")


class RunJob(NamedTuple):
    """Run that is a job.

    Attributes:
        base: Its runs directory.
        name: Its name there.
        job: The job.
    """

    base: str
    name: str
    job: JobInfo


@dataclass(slots=True)
class _Said:
    """Latest answer of a scheduler.

    Attributes:
        at: Time of the query, in seconds since the epoch.
        silence: Number of unanswered queries in a row.
        queue: States in the queue of the queried jobs; None for unknown ones.
        accounts: States in the accounting of jobs that have ended; None where it has none.
    """

    at: float = 0.0
    silence: int = 0
    queue: dict[str, JobReport | None] = field(default_factory=dict)
    accounts: dict[str, JobReport | None] = field(default_factory=dict)


def query_jobs(runs: Sequence[RunJob]) -> dict[tuple[str, str], JobStatus]:
    """Return the states of jobs, by runs directory and name. May block for half a minute.

    Jobs without an answer yet, and runs that have recorded their end themselves, are left out.

    Args:
        runs: Runs that claim to be alive.
    """
    by_system: dict[str, list[RunJob]] = {}
    for run in runs:
        if run.job.system in SYSTEMS and _JOB_ID.fullmatch(run.job.job_id):
            by_system.setdefault(run.job.system, []).append(run)
    if not by_system:
        return {}
    memory = _remembered()
    found: dict[tuple[str, str], JobStatus] = {}
    for name, group in by_system.items():
        said = memory.setdefault(name, _Said())
        system = SYSTEMS[name]()
        if not 0 <= time.time() - said.at < next_pause(batch_interval(), said.silence):
            _ask(system, said, sorted({run.job.job_id for run in group}))
            _remember(memory)
        for run in group:
            if run.job.job_id in said.queue and (word := _word_of(run, said)) is not None:
                found[run.base, run.name] = word
    return found


def _ask(system: BatchSystem, said: _Said, ids: Sequence[str]) -> None:
    said.at = time.time()
    # One query refreshes the shared cache, also for the runs of other programs.
    at_work = [job for job, report in said.queue.items() if not _is_over(report)]
    ids = list(dict.fromkeys([*ids, *at_work]))
    try:
        reports = system.poll(ids)
    except BatchError:
        said.silence += 1  # what was known stays known
        return
    said.silence = 0
    for job in ids:
        said.queue.pop(job, None)  # the last that was asked for comes last
        said.queue[job] = reports.get(job)
    for job in list(said.queue)[:-_MOST_REMEMBERED]:
        del said.queue[job]
    said.accounts = {job: report for job, report in said.accounts.items() if _is_over(said.queue.get(job))}
    if unknown := [job for job in ids if _is_over(reports.get(job)) and job not in said.accounts]:
        told = system.account(unknown)
        said.accounts |= {job: told.get(job) for job in unknown}


def _is_over(report: JobReport | None) -> bool:
    return report is None or report.phase is JobPhase.ENDED


def _word_of(run: RunJob, said: _Said) -> JobStatus | None:
    report = said.queue[run.job.job_id]
    if not _is_over(report):
        assert report is not None
        left = f"{report.left} left" if report.left and report.phase is JobPhase.RUNNING else ""
        return JobStatus(run.job._replace(state=report.state, detail=report.reason or left))
    run_dir = os.path.join(run.base, run.name)
    try:
        if not is_live_status(read_metadata(run_dir).get("status")):
            return None  # the job itself has said how it ended, since the run was read
    except MetadataError:
        return None
    folder = os.path.join(run_dir, PRIVATE_DIR, JOB_DIR)
    codes = codes_in(folder, EXIT_NAME, names_in(folder))
    verdict = verdict_of(codes, 1, said.accounts.get(run.job.job_id), report or _seen_last(run.job))
    state = "GONE" if report is None else report.state
    return JobStatus(run.job._replace(state=state, detail=""), _ended(verdict))


def _seen_last(job: JobInfo) -> JobReport | None:
    return JobReport(JobPhase.UNKNOWN, job.state) if job.state else None


def _ended(verdict: Verdict) -> str:
    if verdict.exit_code is not None and verdict.failure in ("", f"exit code {verdict.exit_code}"):
        return f"its job ended with exit code {verdict.exit_code}, and did not record it"
    return safe_text(verdict.failure, 300) or "its job ended, and did not record it"


# Cache of the latest answers


def _memory_path() -> str | None:
    folder = user_folder("XDG_CACHE_HOME", ".cache")
    return None if folder is None else os.path.join(folder, _MEMORY)


def _remembered() -> dict[str, _Said]:
    path = _memory_path()
    try:
        if path is None:
            return {}
        with open(path, encoding="utf-8") as file:
            kept = json.loads(file.read(_LARGEST_MEMORY))
        return {str(name): _said_of(entry) for name, entry in kept.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _remember(memory: Mapping[str, _Said]) -> None:
    path = _memory_path()
    if path is None:
        return
    kept = {name: asdict(said) for name, said in memory.items()}
    try:
        write_private(path, json.dumps(kept, default=_plain).encode())
    except OSError:
        pass  # then the next program asks again


def _plain(value: object) -> str:
    assert isinstance(value, JobPhase)
    return value.value


def _said_of(entry: dict[str, Any]) -> _Said:
    return _Said(
        float(entry["at"]), int(entry["silence"]), _reports_of(entry["queue"]), _reports_of(entry["accounts"])
    )


def _reports_of(kept: dict[str, Any]) -> dict[str, JobReport | None]:
    return {
        job: None if told is None else JobReport(**told | {"phase": JobPhase(told["phase"])})
        for job, told in kept.items()
    }
