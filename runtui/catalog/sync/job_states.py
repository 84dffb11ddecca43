"""States of the jobs that runs belong to, asked once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from runtui.catalog.sync.job_verdicts import with_job_status
from runtui.catalog.sync.scan import all_judged
from runtui.store.record import RunRecord
from runtui.store.scheduler_jobs import ended_lately, job_of_files, may_have_job_by_files

PATIENCE = 1.5
"""Seconds that schedulers have to answer a command that somebody waits for, who sees it end within two."""


def with_job_states(
    base: str, runs: Sequence[RunRecord], patience: float | None = None, *, is_fresh: bool = False
) -> tuple[list[RunRecord], tuple[str, ...]]:
    """Return runs, in their order, with what schedulers say of their jobs, and what did not answer.

    Args:
        base: The runs directory.
        runs: The runs as read.
        patience: Seconds to wait at most, or None for as long as schedulers need.
        is_fresh: Whether the answer must be of now, and not of up to half a minute ago.
    """
    jobs = [run for run in runs if run.job is not None]
    if not jobs:
        return list(runs), ()
    from runtui.batch.job_status import RunJob, query_jobs  # only for those who have jobs

    answers = query_jobs([RunJob(base, run) for run in jobs], patience=patience, is_fresh=is_fresh)
    states = answers.states
    found = [
        with_job_status(run, states[base, run.name_there]) if (base, run.name_there) in states else run
        for run in runs
    ]
    return found, answers.silent


def as_listed(base: str, runs: Sequence[RunRecord]) -> Sequence[RunRecord]:
    """Return runs as they are listed now: by their processes, their output and their jobs. May block briefly.

    Args:
        base: The runs directory.
        runs: The runs as recorded.
    """
    return with_job_states(base, list(all_judged(base, runs)), PATIENCE, is_fresh=True)[0]


def waiting_runs(base: str, runs: Sequence[RunRecord]) -> Mapping[str, str]:
    """Return why the jobs of runs forbid to clean them up, by name, as schedulers say now. May block briefly.

    Args:
        base: The runs directory.
        runs: Runs that have ended.
    """
    now = time.time()
    of_jobs = [run for run in (_joined(base, run, now) for run in runs) if run.job is not None]
    if not of_jobs:
        return {}
    from runtui.batch import job_status  # only for those who have jobs

    return job_status.waiting_runs(base, of_jobs, PATIENCE)


def _joined(base: str, run: RunRecord, now: float) -> RunRecord:
    """Return a run that ended lately with the job that its files tell of."""
    if not (may_have_job_by_files(run) and ended_lately(run, now)):
        return run
    return run._replace(job=job_of_files(f"{base}/{run.name_there}"))
