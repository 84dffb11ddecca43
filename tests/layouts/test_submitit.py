"""Folders of submitit as rows."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from runtui.logs.read.log_files import find_logs, log_path
from tests.layouts.tracker_samples import copied, only, rows, write

START = "submitit INFO (2024-05-01 10:00:00,1) - Starting with JobEnvironment(job_id={}, hostname=node7, x)\n"
DONE = START + "submitit INFO (2024-05-01 10:05:00,1) - Job completed successfully\n"


def test_jobs_have_status_reason_and_host(tmp_path: Path) -> None:
    base = copied(tmp_path, "submitit")
    trace = "Traceback (most recent call last):\nValueError: too large: 4\n"
    write(base / "subm/8265", {"8265_0_result.pkl": pickle.dumps(("error", trace))})
    found = rows(base)
    assert {name: (run.layout, run.status, run.reason) for name, run in found.items()} == {
        "subm/8263": ("submitit", "completed", ""),
        "subm/8265": ("submitit", "failed", "ValueError: too large: 4"),
        "subm/8267": ("submitit", "failed", "cancelled by a signal"),
        "subm_flat/8246_0_log.out": ("submitit", "completed", ""),
        "subm_flat/8262_0_log.out": ("submitit", "failed", ""),
    }
    assert {run.host for run in found.values()} == {"node1"}
    assert not found["subm/8265"].is_derived
    assert found["subm/8263"].is_derived


def test_jobs_in_one_folder_are_a_run_each(tmp_path: Path) -> None:
    jobs = {f"{job}_0_log.out": DONE.format(job) for job in (11, 12)}
    pickles = {"12_0_result.pkl": pickle.dumps(("error", "E: x")), "12_submission.sh": "#!/bin/bash\n"}
    write(tmp_path / "jobs", {**jobs, **pickles, "13_submitted.pkl": b"", "results.csv": "a\n1\n"})
    found = rows(tmp_path, "slurm_job_id")
    assert {name: (run.status, run.reason, dict(run.values)) for name, run in found.items()} == {
        "jobs/11_0_log.out": ("completed", "", {}),
        "jobs/12_0_log.out": ("failed", "E: x", {"slurm_job_id": "12"}),
    }


def test_tasks_of_a_job_are_one_run_as_the_worst_of_them(tmp_path: Path) -> None:
    tasks = {f"{job}_{task}_log.out": DONE.format(job) for job in ("5_1", "5_2") for task in range(3)}
    failed = {"5_2_1_result.pkl": pickle.dumps(("error", "E: x"))}
    write(tmp_path / "array", {**tasks, **failed})
    write(tmp_path / "alone", {name: text for name, text in tasks.items() if name.startswith("5_1")})
    found = rows(tmp_path, "slurm_job_id")
    assert {name: (run.status, run.values["slurm_job_id"]) for name, run in found.items()} == {
        "array/5_1_0_log.out": ("completed", "5_1"),
        "array/5_2_0_log.out": ("failed", "5_2"),
        "alone": ("completed", "5_1"),
    }


def test_jobs_that_were_only_submitted_are_one_run(tmp_path: Path) -> None:
    write(tmp_path / "jobs", {f"{job}_submitted.pkl": b"" for job in (9, 10)})
    run = only(tmp_path)
    assert (run.status, run.description) == ("initialising", "2 jobs")


def test_output_and_errors_of_a_job_are_its_logs(tmp_path: Path) -> None:
    logs = {f"{job}_0_log.{ending}": DONE.format(job) for job in (1, 2) for ending in ("out", "err")}
    write(tmp_path, logs)
    run_dir = str(tmp_path / "1_0_log.out")
    found = find_logs(run_dir).logs
    assert {log_path(run_dir, log.name) for log in found} == {run_dir, str(tmp_path / "1_0_log.err")}


def test_slurm_job_is_known_by_its_script(tmp_path: Path) -> None:
    write(tmp_path / "a", {"41_7_submission.sh": "", "41_7_submitted.pkl": b"", "41_7_0_log.out": DONE})
    write(tmp_path / "b", {"42_submitted.pkl": b"", "42_0_log.out": DONE})
    found = rows(tmp_path, "slurm_job_id")
    assert found["a"].values == {"slurm_job_id": "41_7"}
    assert found["b"].values == {}


@pytest.mark.parametrize(
    ("log", "err", "status", "reason"),
    [
        (START, "", "unknown", ""),
        (
            START + "Bypassing signal SIGTERM\n",
            "slurmstepd: error: *** STEP CANCELLED AT x ***\n",
            "failed",
            "c",
        ),
        (START, "slurmstepd: error: *** JOB 1 CANCELLED AT x DUE TO TIME LIMIT ***\n", "failed", ""),
        (DONE, "UserWarning: x\n", "completed", ""),
        (DONE * 2, "", "completed", ""),
    ],
)
def test_end_by_the_logs(tmp_path: Path, log: str, err: str, status: str, reason: str) -> None:
    write(tmp_path / "1", {"1_submitted.pkl": b"", "1_0_log.out": log, "1_0_log.err": err})
    run = only(tmp_path)
    assert (run.status, run.reason[:1], run.is_derived) == (status, reason, True)
    assert (run.completed is None) == (status == "unknown")


def test_job_that_was_only_submitted_waits(tmp_path: Path) -> None:
    write(tmp_path / "1", {"1_submitted.pkl": b""})
    assert only(tmp_path).status == "initialising"


def test_job_ended_when_its_log_says_though_its_files_are_copies(tmp_path: Path) -> None:
    write(tmp_path / "1", {"1_0_log.out": DONE.format(1), "1_0_result.pkl": pickle.dumps(("success", 3))})
    run = only(tmp_path)
    assert run.started is not None
    assert run.completed is not None
    assert round(run.completed - run.started) == 300
