"""Runs of MLflow's file store as rows."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from runtui.results.sparklines import read_sparkline
from tests.layouts.tracker_samples import copied, only, rows, write

RECORD = "end_time: null\nrun_name: ''\nstart_time: 1700000000000\nstatus: {}\ntags: []\nuser_id: me\n"


def test_runs_have_status_name_times_and_parameters(tmp_path: Path) -> None:
    found = rows(copied(tmp_path, "mlflow"), "lr", "batch size", "model/beta", "name")
    assert {run.description: (run.layout, run.status, run.reason, run.tags) for run in found.values()} == {
        "my ok": ("mlflow", "completed", "", ("team=blue",)),
        "my fail": ("mlflow", "failed", "", ("team=blue",)),
        "angry-foal-425": ("mlflow", "failed", "killed", ()),
    }
    run = next(run for run in found.values() if run.status == "completed")
    assert run.values == {"lr": 0.001, "batch size": 4, "model/beta": 0.3, "name": "x y"}
    assert (run.user, run.problem, run.is_derived) == ("user", "", False)
    assert run.started is not None
    assert run.completed is not None
    assert run.started < run.completed


def test_experiments_models_and_trash_are_no_runs(tmp_path: Path) -> None:
    store = copied(tmp_path, "mlflow")
    (experiment,) = [path for path in store.iterdir() if path.name != "0"]
    model = experiment / "models" / f"m-{'0' * 32}"
    write(model, {"meta.yaml": "model_id: m\nstatus: 2\n", "params/a": "1", "tags/b": "1"})
    write(experiment, {"tags/mlflow.note.content": "an experiment"})
    write(store / "77", {"meta.yaml": "experiment_id: '77'\n", "tags/mlflow.note.content": "without runs"})
    run = next(path for path in experiment.iterdir() if (path / "params").exists())
    shutil.copytree(run, store / ".trash" / "1" / run.name)
    assert len(rows(store)) == 3
    assert len(rows(tmp_path)) == 3


def test_name_and_parent_may_stand_in_tags(tmp_path: Path) -> None:
    tags = {"tags/mlflow.runName": "real name", "tags/mlflow.parentRunId": "abc", "tags/mlflow.user": "me"}
    tags |= {"tags/team/colour": "blue"}
    write(tmp_path / "r", {"meta.yaml": RECORD.format(1), **tags})
    run = only(tmp_path)
    assert (run.description, run.parent, run.tags, run.status) == (
        "real name",
        "abc",
        ("team/colour=blue",),
        "running",
    )
    assert (run.started, run.completed) == (1.7e9, None)


def test_statuses_by_number_and_by_name(tmp_path: Path) -> None:
    for status in ("2", "3", "FINISHED", "KILLED", "9", "null", "[]"):
        write(tmp_path / status, {"meta.yaml": RECORD.format(status), "params/a": "1"})
    assert {name: run.status for name, run in rows(tmp_path).items()} == {
        "2": "initialising",
        "3": "completed",
        "FINISHED": "completed",
        "KILLED": "failed",
        "9": "9",
        "null": "unknown",
        "[]": "unknown",
    }


def test_names_of_parameters_are_kept_as_they_are(tmp_path: Path) -> None:
    params = {"params/lr ": "1e-3", "params/a=b^c %": "x", "params/deep/er/n": "3", "params/empty": ""}
    write(tmp_path / "r", {"meta.yaml": RECORD.format(3), **params})
    keys = ("lr ", "a=b^c %", "deep/er/n")
    assert only(tmp_path, *keys).values == {"lr ": 0.001, "a=b^c %": "x", "deep/er/n": 3}


def test_deleted_run_is_tagged(tmp_path: Path) -> None:
    write(tmp_path / "r", {"meta.yaml": RECORD.format(3) + "lifecycle_stage: deleted\n", "params/a": "1"})
    assert only(tmp_path).tags == ("deleted",)


def test_metrics_have_their_last_value_by_their_names(tmp_path: Path) -> None:
    metrics = {"loss": "1 3.0 0\n2 0.5 1\n", "val/epoch/acc": "1 0.1 0\n2 nan 1\n", "val loss": "1 2.5\n"}
    metrics |= {f"system/m{number}": "1 9 0\n" for number in range(30)} | {"output": "1 7 0\n"}
    write(tmp_path / "r", {"meta.yaml": RECORD.format(3)})
    write(tmp_path / "r", {f"metrics/{name}": text for name, text in metrics.items()})
    last = {name: read_sparkline(str(tmp_path / "r"), name).last for name in ("loss", "val loss", "output")}
    assert last == {"loss": 0.5, "val loss": 2.5, "output": 7}
    assert math.isnan(read_sparkline(str(tmp_path / "r"), "val/epoch/acc").last or 0)
    missing = read_sparkline(str(tmp_path / "r"), "no such metric")
    assert (missing.last, missing.problem) == (None, "")


def test_run_whose_empty_folders_git_did_not_keep_is_one(tmp_path: Path) -> None:
    for name in ("7" * 32, "a1" * 16):
        write(tmp_path / "0" / name, {"meta.yaml": RECORD.format(3), "tags/mlflow.user": "me"})
    assert sorted(rows(tmp_path)) == ["0/" + "7" * 32, "0/" + "a1" * 16]
