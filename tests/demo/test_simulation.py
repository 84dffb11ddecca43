from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from runtui.demo.models import KINDS
from runtui.store.manager import RunManager
from tests.demo.small import command, metadata_of, params_of, simulate
from tests.waiting import wait_until


def results_of(run_dir: Path, model: str) -> bytes:
    return (run_dir / "results" / KINDS[model].results_file).read_bytes()


def log_of(run_dir: Path) -> str:
    return (run_dir / "logs" / "simulation.log").read_text()


@pytest.mark.parametrize("model", KINDS)
def test_same_seed_writes_identical_results(model: str, runs_dir: Path) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        assert simulate(runs_dir, "--run-id", name, model=model, params=params_of(model, seed=seed)) == 0
    assert results_of(runs_dir / "one", model) == results_of(runs_dir / "two", model)
    assert results_of(runs_dir / "one", model) != results_of(runs_dir / "other", model)


@pytest.mark.parametrize("model", KINDS)
def test_resumed_run_matches_an_uninterrupted_one(model: str, runs_dir: Path) -> None:
    assert simulate(runs_dir, "--run-id", "whole", "--tag", "prod", model=model) == 0
    resume = ("--resume", "whole", "--checkpoint", "step-000030", "--run-id", "child")
    assert simulate(runs_dir, *resume) == 0
    whole = results_of(runs_dir / "whole", model).splitlines()
    child = results_of(runs_dir / "child", model).splitlines()
    if KINDS[model].results_file.endswith(".csv"):
        assert whole.pop(0) == child.pop(0)
    assert len(whole) == 31
    assert child == whole[16:]

    parent, metadata = metadata_of(runs_dir / "whole"), metadata_of(runs_dir / "child")
    assert metadata["metrics"] == parent["metrics"]
    assert metadata["parent_run_id"] == metadata["resumed_from"] == "whole"
    assert metadata["tags"] == ["prod", "resumed"]
    assert metadata["resumed_at_step"] == 30
    assert metadata["checkpoints"][:2] == parent["checkpoints"]
    assert [path.name for path in (runs_dir / "child" / "checkpoints").iterdir()] == ["step-000060.json"]


def test_run_files_follow_the_format(runs_dir: Path) -> None:
    arguments = ("--description", "a small one", "--tag", "sweep", "--tag", "prod")
    assert simulate(runs_dir, *arguments, model="epidemic") == 0
    (run_id,) = [run["run_id"] for run in RunManager(runs_dir).list_runs()]
    run_dir = runs_dir / run_id
    metadata = metadata_of(run_dir)
    assert metadata["status"] == "completed"
    assert metadata["description"] == "a small one"
    assert metadata["tags"] == ["sweep", "prod"]
    assert metadata["model"] == "epidemic"
    assert metadata["started_at"] < metadata["completed_at"]
    assert metadata["metrics"]["peak_infected"] > 20
    assert [entry["path"] for entry in metadata["checkpoints"]] == [
        "checkpoints/step-000030.json",
        "checkpoints/step-000060.json",
    ]
    assert json.loads((run_dir / "run_params.json").read_text()) == params_of("epidemic")
    assert "  beta: 0.6 " in (run_dir / "config.yaml").read_text()
    log = log_of(run_dir)
    assert "INFO    step 30/60: infectious" in log
    assert "WARNING day" in log
    assert "INFO    checkpoint step-000060 saved" in log
    assert log.endswith("INFO    completed\n")


def test_a_failure_is_logged_with_its_traceback_and_recorded(runs_dir: Path) -> None:
    params = params_of("gas", insert_at_step=40, insert_positions=[[1.0, 1.0, 1.0]] * 2)
    assert simulate(runs_dir, "--run-id", "overlap", model="gas", params=params) == 1
    metadata = metadata_of(runs_dir / "overlap")
    assert metadata["status"] == "failed"
    assert metadata["error"].startswith("ZeroDivisionError: ")
    log = log_of(runs_dir / "overlap")
    assert "ERROR   the simulation failed: " in log
    assert "Traceback (most recent call last):" in log
    assert log.count('  File "') >= 5
    assert f"--resume {metadata['run_id']}" in log


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_full_disk_is_recorded_as_the_os_error(runs_dir: Path) -> None:
    params = params_of("gas", {"dump_every": 20}, dump_to="/dev/full")
    assert simulate(runs_dir, "--run-id", "full", model="gas", params=params) == 1
    assert metadata_of(runs_dir / "full")["error"] == "OSError: [Errno 28] No space left on device"


def test_trajectory_is_written_inside_the_run(runs_dir: Path) -> None:
    params = params_of("gas", {"dump_every": 20}, dump_to="results/trajectory.xyz")
    assert simulate(runs_dir, "--run-id", "dumped", model="gas", params=params) == 0
    lines = (runs_dir / "dumped" / "results" / "trajectory.xyz").read_text().splitlines()
    assert len(lines) == 3 * (27 + 2)


def test_trajectory_outside_the_run_is_refused(runs_dir: Path) -> None:
    params = params_of("gas", {"dump_every": 20}, dump_to="../elsewhere.xyz")
    assert simulate(runs_dir, "--run-id", "escaping", model="gas", params=params) == 1
    assert metadata_of(runs_dir / "escaping")["error"].startswith("OutsideRunError: ")
    assert not (runs_dir / "elsewhere.xyz").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_terminated_run_records_its_signal(number: signal.Signals, runs_dir: Path) -> None:
    params = params_of("diffusion", {"steps": 100_000})
    words = command(runs_dir, "--run-id", "long", "--pace", "0.01", model="diffusion", params=params)
    with subprocess.Popen(words) as process:
        results = runs_dir / "long" / "results" / "field.jsonl"
        wait_until(lambda: results.exists() and results.stat().st_size > 500, "results")
        process.send_signal(number)
        assert process.wait(timeout=20) == 1
    metadata = metadata_of(runs_dir / "long")
    assert metadata["status"] == "failed"
    assert metadata["error"] == f"terminated by {number.name}"
    assert f"ERROR   terminated by {number.name}" in log_of(runs_dir / "long")
    assert all(json.loads(line) for line in results.read_text().splitlines())


def test_hanging_run_is_killed_at_its_wall_time_unrecorded(runs_dir: Path) -> None:
    params = params_of("diffusion", {"exchange_at": 10})
    arguments = ("--run-id", "waiting", "--walltime", "1")
    assert simulate(runs_dir, *arguments, model="diffusion", params=params) == -signal.SIGALRM
    assert metadata_of(runs_dir / "waiting")["status"] == "running"
    assert log_of(runs_dir / "waiting").endswith("waiting for the edge cells of rank 1\n")


@pytest.mark.parametrize(
    "arguments", [("--resume", "nobody"), ("--resume", "../runs"), ("--resume", "fresh")]
)
def test_failed_resume_creates_nothing(arguments: tuple[str, ...], runs_dir: Path) -> None:
    RunManager(runs_dir).create_run(run_id="fresh")
    before = sorted(path.name for path in runs_dir.iterdir())
    done = subprocess.run(command(runs_dir, *arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in runs_dir.iterdir()) == before


def test_duplicate_run_id_is_refused(runs_dir: Path) -> None:
    assert simulate(runs_dir, "--run-id", "mine", model="gas") == 0
    before = results_of(runs_dir / "mine", "gas")
    assert simulate(runs_dir, "--run-id", "mine", model="gas", params=params_of("gas", seed=2)) == 1
    assert results_of(runs_dir / "mine", "gas") == before


def test_missing_model_and_parent_is_a_usage_error(runs_dir: Path) -> None:
    assert simulate(runs_dir) == 2
