"""Cancelling jobs that runs belong to and that runtui did not submit."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtui.cli import main
from runtui.runtime.cancel import cancel_runs
from runtui.store.process import username
from tests.run_dirs import write_run
from tests.runtime.queueing import Queue

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
"""Of a job that ended longer ago nobody is asked."""

LONG_AGO = 1000000000


class Slurm(Queue):
    """Commands that stand for Slurm's, and what was cancelled."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, patch)
        self._log = folder / "cancelled"
        path = folder / "programs" / "scancel"
        path.write_text(f'#!/bin/sh\necho "$@" >> {self._log}\n')
        path.chmod(0o755)

    def has(
        self,
        job: str,
        state: str = "RUNNING",
        *,
        user: str = "",
        directory: str = "/",
        started: object = LONG_AGO,
    ) -> None:
        """Have one job in the queue."""
        raw = job.partition("_")[0].partition("+")[0]
        fields = (job, state, "None", "9:58", "n1", raw, "N/A", user or username(), started, directory)
        self.says("|".join(map(str, fields)) + "\n")

    @property
    def cancelled(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    return Slurm(tmp_path, monkeypatch)


def cancelled(base: Path, name: str = "one") -> str:
    (outcome,) = cancel_runs(str(base), [name])
    return outcome.text


@pytest.mark.parametrize(
    ("metadata", "job", "given"),
    [
        ({"slurm_job_id": 41}, "41", "41"),
        ({"environment": {"SLURM_JOB_ID": "41"}}, "41", "41"),
        ({"slurm_job_id": "41_4"}, "41_4", "41_4"),
        ({"slurm_job_id": "41+1"}, "41+1", "41"),
    ],
)
def test_the_job_of_a_program_that_writes_its_run_itself_is_named_and_cancelled(
    slurm: Slurm,
    runs_dir: Path,
    capsys: pytest.CaptureFixture[str],
    metadata: dict[str, Any],
    job: str,
    given: str,
) -> None:
    write_run(runs_dir, "one", status="running", **metadata)
    slurm.has(job)
    assert main(["cancel", "-C", str(runs_dir), "one"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"one: its job is slurm {job}, RUNNING on n1",
        f"one: cancelled job {job}",
    ]
    assert slurm.cancelled == f"--quiet {given}\n"


def test_other_runs_in_the_job_are_named_first(
    slurm: Slurm, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        write_run(runs_dir, name, status="running", slurm_job_id=41)
    write_run(runs_dir, "done", slurm_job_id=41)
    slurm.has("41")
    main(["cancel", "-C", str(runs_dir), "one"])
    assert "on n1; it ends with it: two\n" in capsys.readouterr().out


def test_a_job_that_waits_to_begin_anew_is_cancelled(slurm: Slurm, runs_dir: Path) -> None:
    write_run(runs_dir, "one", status="failed", slurm_job_id=41)
    slurm.has("41")
    assert cancelled(runs_dir) == "already failed"
    slurm.has("41", "PENDING", started="N/A")
    assert cancelled(runs_dir) == "cancelled job 41"
    assert slurm.cancelled == "--quiet 41\n"


@pytest.mark.parametrize(
    ("metadata", "job", "why"),
    [
        ({"slurm_job_id": 41}, {"job": "41", "user": "somebody"}, "job 41 belongs to somebody"),
        ({"slurm_job_id": 41}, {"job": "41_[3-9]"}, "job 41 is an array"),
        ({"slurm_job_id": 42}, {"job": "41"}, "no process or job of it is known"),
        ({"slurm_job_id": 41}, {"job": "41", "state": "FAILED"}, "no process or job of it is known"),
        ({"job_id": 41}, {"job": "41", "directory": "/elsewhere"}, "job 41 works in /elsewhere"),
        (
            {"slurm_job_id": 41, "created_at": YESTERDAY},
            {"job": "41", "started": 4000000000},
            "job 41 was requeued and has begun anew in a later run",
        ),
    ],
)
def test_a_job_that_may_not_be_the_runs_is_not_cancelled(
    slurm: Slurm, runs_dir: Path, metadata: dict[str, Any], job: dict[str, Any], why: str
) -> None:
    write_run(runs_dir, "one", **{"status": "running", "started_at": None, **metadata})
    slurm.has(**job)
    assert why in cancelled(runs_dir)
    assert slurm.cancelled == ""


def test_a_job_that_only_a_file_names_must_work_where_the_run_is(slurm: Slurm, runs_dir: Path) -> None:
    run = write_run(runs_dir, "one", status="running", created_at=YESTERDAY, started_at=None)
    (run / "slurm-41.out").touch()
    for elsewhere in (str(runs_dir / "two"), "/", os.path.expanduser("~")):
        slurm.has("41", directory=elsewhere)
        assert f"job 41 works in {elsewhere}" in cancelled(runs_dir)
    assert slurm.cancelled == ""
    for count, here in enumerate((run, run / "logs", runs_dir.parent), 1):
        slurm.has("41", directory=str(here))
        assert cancelled(runs_dir) == "cancelled job 41"
        assert slurm.cancelled == count * "--quiet 41\n"


def test_a_key_that_another_user_may_have_written_counts_as_little_as_a_file(
    slurm: Slurm, runs_dir: Path
) -> None:
    run = write_run(runs_dir, "one", status="running", slurm_job_id=41)
    (run / "metadata.json").chmod(0o666)
    slurm.has("41", directory="/elsewhere")
    assert "job 41 works in /elsewhere" in cancelled(runs_dir)
    slurm.has("41", directory=str(run))
    assert cancelled(runs_dir) == "cancelled job 41"


def test_a_scheduler_that_does_not_answer_cancels_nothing(slurm: Slurm, runs_dir: Path) -> None:
    write_run(runs_dir, "one", status="running", slurm_job_id=41)
    slurm.says(None)
    (outcome,) = cancel_runs(str(runs_dir), ["one"])
    assert (outcome.done, slurm.cancelled) == (False, "")
