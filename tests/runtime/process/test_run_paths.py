"""Where a run's parts are, as its command is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.runtime.process.run_paths import run_additions, run_environment, run_paths
from tests.run_dirs import write_run


def test_paths_are_absolute_for_a_relative_runs_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = f"{tmp_path}/runs/a"
    assert run_paths("runs", "a") == {
        "run": run,
        "results": f"{run}/results",
        "checkpoints": f"{run}/checkpoints",
        "logs": f"{run}/logs",
    }


def test_a_command_finds_its_run_in_its_environment(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(runs_dir, "a")
    monkeypatch.setenv("RUNTUI_RUN_ID", "of an outer run")
    monkeypatch.setenv("RUNTUI_RESUME_FROM", "of an outer run")
    additions = run_additions(str(runs_dir), "a")
    assert additions["RUNTUI_RUN_ID"] == "a"
    assert additions["RUNTUI_RESULTS"] == str(runs_dir / "a" / "results")
    assert additions["RUNTUI_RESUME_FROM"] == ""
    environment = run_environment(str(runs_dir), "a")
    assert environment == os.environ | additions
