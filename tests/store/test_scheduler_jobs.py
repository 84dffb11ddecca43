"""Which job a run belongs to, by what people and programs write down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.store.record import JobInfo, JobOrigin
from runtui.store.rows import read_record
from runtui.store.scheduler_jobs import job_here, job_of, job_of_files, may_be_waiting
from tests.run_dirs import write_run


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"job": {"system": "slurm", "id": "41"}}, ("slurm", "41", JobOrigin.SUBMITTED)),
        ({"environment": {"SLURM_JOB_ID": "41"}}, ("slurm", "41", JobOrigin.JOINED)),
        (
            {
                "environment": {
                    "SLURM_JOB_ID": "16",
                    "SLURM_ARRAY_JOB_ID": "15",
                    "SLURM_ARRAY_TASK_ID": "2",
                }
            },
            ("slurm", "15_2", JobOrigin.JOINED),
        ),
        ({"SLURM_JOB_ID": "41"}, ("slurm", "41", JobOrigin.JOINED)),
        ({"slurm_job_id": 41}, ("slurm", "41", JobOrigin.JOINED)),
        ({"job_id": "41.batch"}, ("slurm", "41", JobOrigin.GUESSED)),
        ({"job_id": "41.0"}, ("slurm", "41", JobOrigin.GUESSED)),
        ({"slurm_job_id": 41.0}, ("slurm", "41", JobOrigin.JOINED)),
        ({"slurm_jobid": " 41 "}, ("slurm", "41", JobOrigin.JOINED)),
        ({"slurm.job_id": "41_3"}, ("slurm", "41_3", JobOrigin.JOINED)),
        ({"slurm": {"job_id": 41}}, ("slurm", "41", JobOrigin.JOINED)),
        ({"slurm": {"SLURM_JOB_ID": "41"}}, ("slurm", "41", JobOrigin.JOINED)),
        ({"slurm": {"array_job_id": 15, "array_task_id": 0}}, ("slurm", "15_0", JobOrigin.JOINED)),
        ({"slurm_array_job_id": 15, "slurm_array_task_id": 4}, ("slurm", "15_4", JobOrigin.JOINED)),
        ({"slurm_job_id": "Submitted batch job 41"}, ("slurm", "41", JobOrigin.JOINED)),
        ({"job_id": 41}, ("slurm", "41", JobOrigin.GUESSED)),
        ({"job_id": "41"}, ("slurm", "41", JobOrigin.GUESSED)),
        ({"job": 41}, ("slurm", "41", JobOrigin.GUESSED)),
        ({"job": {"job_id": "41"}}, ("slurm", "41", JobOrigin.GUESSED)),
        ({"slurm_job_id": "41+1"}, ("slurm", "41+1", JobOrigin.JOINED)),
        ({"slurm_job_id": "41+1.0"}, ("slurm", "41+1", JobOrigin.JOINED)),
        ({"slurm_job_id": "41_3.batch"}, ("slurm", "41_3", JobOrigin.JOINED)),
        ({"pbs_jobid": 1234}, ("pbs", "1234", JobOrigin.JOINED)),
        ({"PBS_JOBID": "1234[7].server"}, ("pbs", "1234[7].server", JobOrigin.JOINED)),
        (
            {"environment": {"JOB_ID": "41", "SGE_TASK_ID": "undefined"}},
            ("gridengine", "41", JobOrigin.JOINED),
        ),
        ({"environment": {"JOB_ID": "41", "SGE_TASK_ID": "4"}}, ("gridengine", "41.4", JobOrigin.JOINED)),
        ({"JOB_ID": 41, "SGE_TASK_ID": 4}, ("gridengine", "41.4", JobOrigin.JOINED)),
        ({"sge_job_id": 41, "sge_task_id": 4}, ("gridengine", "41.4", JobOrigin.JOINED)),
        ({"sge_job_id": "41.4"}, ("gridengine", "41.4", JobOrigin.JOINED)),
        ({"sge": {"job_id": 41, "task_id": 4}}, ("gridengine", "41.4", JobOrigin.JOINED)),
        (
            {"sge_job_id": 'Your job 41 ("fit") has been submitted'},
            ("gridengine", "41", JobOrigin.JOINED),
        ),
        (
            {"sge_job_id": 'Your job-array 41.1-10:1 ("fit") has been submitted'},
            ("gridengine", "41", JobOrigin.JOINED),
        ),
        ({"job_id": "1234.server"}, ("pbs", "1234.server", JobOrigin.GUESSED)),
        ({"environment": {"PBS_JOBID": "1234.server"}}, ("pbs", "1234.server", JobOrigin.JOINED)),
    ],
)
def test_job_is_recognised_from_the_usual_keys(metadata: dict[str, Any], expected: tuple[str, ...]) -> None:
    found = job_of(metadata)
    assert found is not None
    assert (found.system, found.job_id, found.origin) == expected


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"job": {"system": "slurm", "id": ""}},
        {"job": "a long one"},
        {"job_id": True},
        {"job_id": -1},
        {"job_id": "fit-3"},
        {"job_id": "--all"},
        {"job_id": 1.5},
        {"slurm_job_id": None},
        {"slurm": [41]},
        {"environment": {"cpus": 4}},
        {"task_id": 3},
    ],
)
def test_other_values_are_not_recognised_as_jobs(metadata: dict[str, Any]) -> None:
    assert job_of(metadata) is None


def test_job_is_recognised_from_the_newest_output_file(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    assert job_of_files(str(run)) is None
    for name in ("slurm-9.out", "slurm-41_3.out", "slurm-x.out", "notes-99.out"):
        (run / name).touch()
    assert job_of_files(str(run)) == JobInfo("slurm", "41_3", origin=JobOrigin.FILE)
    (run / "logs").mkdir(exist_ok=True)
    (run / "logs" / "slurm-100.err").touch()
    assert job_of_files(str(run)) == JobInfo("slurm", "100", origin=JobOrigin.FILE)


def installed(folder: Path, patch: pytest.MonkeyPatch, program: str) -> None:
    """Have this host have one command, and no other."""
    folder.mkdir(exist_ok=True)
    (folder / program).write_text("#!/bin/sh\n")
    (folder / program).chmod(0o755)
    patch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("program", "name", "system", "job"),
    [
        ("qconf", "fit.o41", "gridengine", "41"),
        ("qconf", "fit.e41", "gridengine", "41"),
        ("qconf", "fit.po41", "gridengine", "41"),
        ("qconf", "fit.sh.o41.4", "gridengine", "41.4"),
        ("pbsnodes", "fit.o41", "pbs", "41"),
        ("pbsnodes", "fit.e41", "pbs", "41"),
        ("pbsnodes", "fit.o41.4", "pbs", "41[4]"),
        ("pbsnodes", "fit.o41-4", "pbs", "41[4]"),
        ("squeue", "slurm-41_4.out", "slurm", "41_4"),
    ],
)
def test_output_files_name_jobs_of_the_scheduler_that_is_here(
    runs_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    name: str,
    system: str,
    job: str,
) -> None:
    run = write_run(runs_dir, "r")
    for other in ("fit.out", "fit.o", "fit.oh41", "lib.so.2", name):
        (run / other).touch()
    installed(tmp_path / program, monkeypatch, program)
    assert job_of_files(str(run)) == JobInfo(system, job, origin=JobOrigin.FILE)
    others = {"qconf", "pbsnodes", "squeue"} - {program}
    if system == "slurm":
        installed(tmp_path / "other", monkeypatch, others.pop())
        assert job_of_files(str(run)) is None


@pytest.mark.parametrize(
    ("program", "system"), [("squeue", "slurm"), ("qconf", "gridengine"), ("pbsnodes", "pbs")]
)
def test_a_bare_number_is_a_job_of_the_scheduler_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, system: str
) -> None:
    installed(tmp_path / "bin", monkeypatch, program)
    job = job_of({"job_id": 41})
    assert job is not None
    assert (job.system, job.job_id, job.origin) == (system, "41", JobOrigin.GUESSED)


def test_job_id_is_read_from_the_environment() -> None:
    assert job_here({"HOME": "/home/ann"}) is None
    found = job_here({"SLURM_JOB_ID": "16", "SLURM_ARRAY_JOB_ID": "15", "SLURM_ARRAY_TASK_ID": "2"})
    assert found is not None
    assert found.job_id == "15_2"
    assert job_here({"JOB_ID": "nightly"}) is None
    assert job_here({"JOB_ID": "41"}) is None
    assert job_here({"JOB_ID": "41", "SGE_TASK_ID": "2"}) == JobInfo(
        "gridengine", "41.2", origin=JobOrigin.JOINED
    )


def test_the_attempt_of_a_job_is_told_by_its_restarts() -> None:
    job = job_of({"environment": {"SLURM_JOB_ID": "41", "SLURM_RESTART_COUNT": "2"}})
    assert job is not None
    assert (job.job_id, job.attempt) == ("41", 2)


def test_failed_run_of_a_job_may_be_queued_again_within_a_month(runs_dir: Path) -> None:
    job = {"system": "slurm", "id": "41"}
    ended = "2026-03-01T00:00:00Z"
    write_run(runs_dir, "failed", status="failed", completed_at=ended, job=job)
    write_run(runs_dir, "done", completed_at=ended, job=job)
    write_run(runs_dir, "guessed", status="failed", completed_at=ended, job_id=41)
    write_run(runs_dir, "here", status="failed", completed_at=ended)
    runs = {name: read_record(str(runs_dir), name) for name in ("failed", "done", "guessed", "here")}
    end = runs["failed"].completed
    assert end is not None
    assert [name for name, run in runs.items() if may_be_waiting(run, end + 86400.0)] == ["failed"]
    assert not may_be_waiting(runs["failed"], end + 40 * 86400.0)


def inside(patch: pytest.MonkeyPatch, job: str) -> None:
    """Have this process run in a job."""
    patch.setenv("SLURM_JOB_ID", job)
    for name in ("SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT", "PBS_JOBID"):
        patch.delenv(name, raising=False)


def test_manager_inside_a_job_records_the_job_id(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside(monkeypatch, "41")
    manager = RunManager(runs_dir)
    name = manager.create_run()
    manager.update_status("running")
    assert manager.metadata["slurm_job_id"] == "41"
    inside(monkeypatch, "42")
    again = RunManager(runs_dir)
    assert again.load_run(name)
    again.update_status("running")
    job = read_record(str(runs_dir), name).job
    assert job is not None
    assert job.job_id == "42"


def test_a_manager_records_which_attempt_of_the_job_it_is_in(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(monkeypatch, "41")
    first = RunManager(runs_dir)
    name = first.create_run()
    first.update_status("running")
    assert "slurm_restart_count" not in first.metadata
    monkeypatch.setenv("SLURM_RESTART_COUNT", "2")
    again = RunManager(runs_dir)
    assert again.load_run(name)
    again.update_status("running")
    job = read_record(str(runs_dir), name).job
    assert job is not None
    assert (job.job_id, job.attempt) == ("41", 2)
    inside(monkeypatch, "42")
    assert again.load_run(name)
    again.update_status("running")
    job = read_record(str(runs_dir), name).job
    assert job is not None
    assert (job.job_id, job.attempt) == ("42", 0)


@pytest.mark.parametrize("known", [{"job_id": 41}, {"slurm": {"job_id": "41"}}, {"steps": []}])
def test_manager_records_no_job_id_if_metadata_has_one_or_steps(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch, known: dict[str, Any]
) -> None:
    inside(monkeypatch, "41")
    manager = RunManager(runs_dir)
    manager.create_run(**known)
    manager.update_status("completed")
    assert "slurm_job_id" not in manager.metadata


def test_manager_inside_a_job_accepts_non_string_keys(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(monkeypatch, "41")
    manager = RunManager(runs_dir)
    name = manager.create_run(job={"queue": "long"})
    manager.metadata.update({7: {"job": Path("x")}})  # type: ignore[dict-item]
    manager.update_status("running", env={3: "x", "task_id": 9})
    metadata = json.loads((runs_dir / name / "metadata.json").read_text())
    assert (metadata["slurm_job_id"], metadata["7"], metadata["env"]["3"]) == ("41", {"job": "x"}, "x")
