"""Workspaces of DVC, as rows."""

from __future__ import annotations

from pathlib import Path

from runtui.layouts.registry import read_run
from runtui.results.sparklines import read_sparkline
from tests.layouts.tracker_samples import rows, write


def test_workspace_is_the_run_of_its_last_experiment(tmp_path: Path) -> None:
    live: dict[str, str | bytes] = {
        "dvclive/metrics.json": '{"loss": 0.5, "step": 9}',
        "dvclive/params.yaml": "training:\n  lr: 1e-4\n",
    }
    sources: dict[str, str | bytes] = {".gitignore": "/data\n", "src/train.py": "x", "data/raw.csv": "a\n1\n"}
    write(
        tmp_path / "a",
        live | sources | {"params.yaml": "training:\n  lr: 1e-3\n", "dvc.yaml": "stages: {}\n"},
    )
    write(tmp_path / "b", sources | {"dvc.lock": "schema: '2.0'\n", "metrics.json": '{"acc": 0.9}'})
    write(tmp_path / "c", sources | {"dvc.yaml": "stages: {}\n", "params.yaml": "lr: 1\n"})  # not run yet
    found = rows(tmp_path, "training.lr")
    assert {name: run.layout for name, run in found.items()} == {"a": "dvc", "b": "dvc"}
    assert found["a"].values == {"training.lr": 0.001}
    assert read_sparkline(str(tmp_path / "a"), "loss").last == 0.5
    assert read_run(str(tmp_path), "a").may_hold_runs is False
