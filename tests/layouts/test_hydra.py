"""Runs of Hydra as rows."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import pytest

from runtui.results.sparklines import read_sparkline
from tests.layouts.pickled import job_return
from tests.layouts.tracker_samples import copied, only, rows, write


def test_runs_have_overrides_and_resolved_parameters(tmp_path: Path) -> None:
    base = copied(tmp_path, "hydra") / "outputs"
    found = rows(base, "lr", "optimizer.lr", "beta", "name", "home")
    run = found["2026-11-30/10-49-32"]
    assert (run.layout, run.status, run.description) == ("hydra", "completed", "lr=0.01")
    assert run.values["optimizer.lr"] == run.values["lr"] == 0.01
    assert run.values["name"] == "run_0.3_${now:%Y}"
    assert run.values["home"] == "${oc.env:HOME}"
    local = time.mktime((2026, 11, 30, 10, 49, 32, 0, 0, -1))
    assert (run.created, run.started, run.created_is_guess) == (local, local, False)
    assert len(found) == 2


def test_launchers_result_counts_before_a_log_that_lies(tmp_path: Path) -> None:
    base = copied(tmp_path, "hydra") / "multirun"
    (sweep,) = base.glob("*/*")
    results = {"8968": job_return(failed=False), "8970": job_return(failed=True)}
    for job, result in results.items():
        write(sweep / ".submitit" / job, {f"{job}_0_result.pkl": pickle.dumps(("success", result))})
    found = rows(base, "beta")
    ok, failed = (found[f"{sweep.relative_to(base)}/{number}"] for number in "01")
    assert (ok.status, ok.is_derived, ok.reason, ok.values["beta"]) == ("completed", False, "", 0.1)
    assert (failed.status, failed.reason, failed.description) == (
        "failed",
        "ValueError: beta too large",
        "beta=0.9",
    )
    assert len(found) == 2


def test_launchers_log_tells_of_the_end_without_a_result(tmp_path: Path) -> None:
    base = copied(tmp_path, "hydra") / "multirun"
    run = next(run for name, run in rows(base).items() if name.endswith("/0"))
    assert run.is_derived


def test_job_of_a_sweep_began_when_its_log_did(tmp_path: Path) -> None:
    for number, begun in enumerate(("10:00:01,200", "10:07:30,500", "")):
        log = f"[2024-05-06 {begun}][a][INFO] - start\n" if begun else "start\n"
        write(
            tmp_path / f"multirun/2024-05-06/10-00-00/{number}",
            {".hydra/config.yaml": "lr: 1\n", "train.log": log},
        )
    sweep = time.mktime((2024, 5, 6, 10, 0, 0, 0, 0, -1))
    found = rows(tmp_path)
    began = [found[f"multirun/2024-05-06/10-00-00/{number}"].started for number in range(3)]
    assert began == [sweep + 1.2, sweep + 450.5, sweep]


@pytest.mark.parametrize(
    ("log", "status"),
    [
        ("[INFO] - start\n[ERROR] - \nTraceback (most recent call last):\n  x\nValueError: bad\n", "failed"),
        ("`Trainer.fit` stopped: `max_epochs=3` reached.\n", "completed"),
        ("[INFO] - start\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_status_by_the_log(tmp_path: Path, log: str, status: str) -> None:
    write(tmp_path / "r", {".hydra/config.yaml": "lr: 1\n", "train.log": log})
    assert only(tmp_path).status == status


def test_checkout_with_a_configuration_is_one_run(tmp_path: Path) -> None:
    write(tmp_path / "project", {".hydra/config.yaml": "lr: 1\n", "src/train.py": "", "setup.py": ""})
    write(tmp_path / "project", {"wandb/run-20240101_000000-abc/files/config.yaml": "a: 1\n"})
    write(tmp_path / "project/outputs/2024-01-01/00-00-00", {".hydra/config.yaml": "lr: 2\n"})
    found = rows(tmp_path, "lr")
    assert {name: run.values["lr"] for name, run in found.items()} == {
        "project": 1,
        "project/outputs/2024-01-01/00-00-00": 2,
    }


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("[]\n", ""),
        ("- a=1\n- 'b=[1, 2]'\n", "a=1 b=[1, 2]"),
        ('- "c=\\"x\\""\n- d=1\n', 'c="x" d=1'),
        ("a: 1\n", ""),
        ("- {", ""),
    ],
)
def test_overrides_are_the_description(tmp_path: Path, text: str, description: str) -> None:
    write(tmp_path / "r", {".hydra/overrides.yaml": text})
    assert only(tmp_path).description == description


def test_metrics_of_loggers_in_a_run_are_its_own(tmp_path: Path) -> None:
    files = {
        ".hydra/config.yaml": "a: 1\n",
        "csv/version_0/metrics.csv": "step,train/loss,val/loss\n0,0.5,\n1,,0.7\n",
        "wandb/run-20240101_101010-a1/files/wandb-summary.json": '{"acc": 0.9}',
        "models/version_0/metrics.csv": "other\n1\n",
    }
    write(tmp_path / "r", files)
    last = [read_sparkline(str(tmp_path / "r"), name).last for name in ("train/loss", "val/loss", "acc")]
    assert last == [0.5, 0.7, 0.9]
    assert read_sparkline(str(tmp_path / "r"), "other").last is None
