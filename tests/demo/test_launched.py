from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.demo.models import KINDS
from tests.demo.small import metadata_of, params_of, simulate
from tests.waiting import wait_until


@pytest.mark.parametrize("model", KINDS)
def test_resume_command_launches_a_child_of_a_demo_run(model: str, runs_dir: Path) -> None:
    params = params_of(model, {"steps": 90})
    assert simulate(runs_dir, "--run-id", "parent", model=model, params=params) == 0
    words = ["resume", "parent", "--checkpoint", "step-000030", "--launch", "--json", "-C", str(runs_dir)]
    made = subprocess.run(
        [sys.executable, "-m", "runtui", *words], check=True, capture_output=True, text=True
    )
    child = runs_dir / json.loads(made.stdout)["run_id"]
    wait_until(lambda: metadata_of(child)["status"] in ("completed", "failed"), "the end of the child")
    assert metadata_of(child)["status"] == "completed"
    results = KINDS[model].results_file
    rows, whole = (
        (run / "results" / results).read_text().splitlines() for run in (child, runs_dir / "parent")
    )
    assert rows[-1] == whole[-1]
    assert {path.name for path in (child / "checkpoints").iterdir()} == {
        "step-000060.json",
        "step-000090.json",
    }


def test_failed_launched_simulation_logs_its_error(runs_dir: Path) -> None:
    assert simulate(runs_dir, "--run-id", "parent", model="gas") == 0
    words = ["resume", "parent", "--set", "dt=null", "--launch", "--json", "-C", str(runs_dir)]
    made = subprocess.run(
        [sys.executable, "-m", "runtui", *words], check=True, capture_output=True, text=True
    )
    child = runs_dir / json.loads(made.stdout)["run_id"]
    wait_until(lambda: metadata_of(child)["status"] in ("completed", "failed"), "the end of the child")
    assert metadata_of(child)["status"] == "failed"
    assert "TypeError" in (child / "logs" / "simulation.log").read_text()


def test_launched_simulation_outside_a_run_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtui.demo.launched", "--model", "gas"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "RUNTUI_RUN names no run" in done.stderr
