"""Runs of libraries that train models and leave logs and tables of names of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.results.sparklines import read_sparkline
from runtui.store.checkpoint_names import checkpoints_beside
from tests.event_files import event_file
from tests.layouts.tracker_samples import rows, write

EVENTS = "events.out.tfevents.1700000000.node7.123.0"
LATER_EVENTS = "events.out.tfevents.1700009999.node7.124.0"
TABLE = "time/iterations,rollout/ep_rew_mean,train/loss\n1,10,\n2,20.5,0.25\n"


@pytest.mark.parametrize(
    "files",
    [
        {"progress.csv": TABLE, "final_model.zip": b"PK"},
        {"0.monitor.csv": '#{"t_start": 1}\nr,l,t\n1,2,3\n'},
        {"progress.txt": "Epoch\tLoss\n0\t1\n", "config.json": "{}"},
        {"20230608_171321.log": "epoch 1\n", "vis_data/scalars.json": '{"loss": 1}\n'},
        {"hydra_train.log": "[2022-04-08 21:30:47,168][train][INFO] - {}\n", "README.md": "x"},
        {"metrics.json": '{"loss": 1}\n', "last_checkpoint": "model_final.pth"},
        {"training_log.csv": "epoch,loss\n0,1\n"},
        {"args.json": '{"lr": 1}'},
        {"log.txt": "Iteration 0\n", "model.ckpt.data-00000-of-00001": b"x", "images/a.png": b"x"},
        {"cfg_args": "Namespace(sh_degree=3)", "cameras.json": "[]", "point_cloud/iteration_7/a.ply": b"x"},
        {"loss_log.txt": "==== Training Loss ====\n", "opt.txt": "lr: 0.1\n"},
    ],
    ids=[
        *("progress", "monitor", "spinningup", "openmmlab", "fairseq", "detectron2", "log", "arguments"),
        *("model", "splatting", "cyclegan"),
    ],
)
def test_a_log_or_a_table_of_theirs_is_a_run(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    write(tmp_path / "a", files)
    assert {name: (run.layout, run.status) for name, run in rows(tmp_path).items()} == {
        "a": ("training", "unknown")
    }


@pytest.mark.parametrize(
    "files",
    [
        {"train.log": "epoch 1\n", "train.py": "x"},
        {"progress.csv": TABLE, ".gitignore": "x", "src/a.py": "x"},
        {"args.json": "{}", "encoder/weights.bin": b"x"},
        {"progress.txt": "done: 3 of 5\n"},
        {"logs/training.log": "GET /\n", "configs/args.json": "{}"},
        {"train.csv": "a,b\n", "test.csv": "a,b\n", "train.txt": "x\n"},
        {"checkpoints/bert/config.json": "{}", "checkpoints/bert/model.pth": b"x"},
        {"checkpoints/best.pth": b"x", "checkpoints/config.yaml": "a: 1\n"},
        {"pretrained_models/ecapa/hyperparams.yaml": "a: 1\n", "pretrained_models/ecapa/model.ckpt": b"x"},
        {"logs/args.json": "{}", "logs/tensorboard/notes.txt": "x"},
    ],
    ids=[
        "sources",
        "project",
        "model",
        "notes",
        "folders",
        "data",
        "models",
        "weights",
        "pretrained",
        "settings",
    ],
)
def test_the_same_beside_sources_is_none(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    write(tmp_path / "a", files)
    assert rows(tmp_path) == {}


def test_pretrained_models_at_the_top_are_no_runs(tmp_path: Path) -> None:
    write(tmp_path / "pretrained_models/ecapa", {"hyperparams.yaml": "a: 1\n", "model.ckpt": b"x"})
    assert rows(tmp_path) == {}


def test_table_counts_before_event_files_and_newest_of_those_first(tmp_path: Path) -> None:
    old, new = event_file({"train/loss": 9.0, "only": 1.0}), event_file({"train/loss": 8.0, "only": 2.0})
    write(tmp_path, {"progress.csv": TABLE, EVENTS: old, LATER_EVENTS: new})
    found = {name: read_sparkline(str(tmp_path), name).last for name in ("train/loss", "only")}
    assert found == {"train/loss": 0.25, "only": 2.0}


def test_run_within_a_sweep_with_events_of_its_own_is_a_run(tmp_path: Path) -> None:
    write(tmp_path / "sweep", {"progress.csv": TABLE, EVENTS: event_file()})
    write(tmp_path / "sweep/seed_1", {"progress.csv": TABLE, LATER_EVENTS: event_file({"loss": 1.0})})
    write(tmp_path / "sweep/loss_train", {EVENTS: event_file({"loss": 1.0})})
    write(tmp_path / "hydra", {".hydra/config.yaml": "a: 1\n", "logs2/progress.csv": TABLE})
    found = rows(tmp_path)
    assert sorted(found) == ["hydra", "sweep", "sweep/seed_1"]
    assert found["sweep"].started == 1.7e9


def test_archives_of_models_are_checkpoints(tmp_path: Path) -> None:
    names = ("best_model.zip", "rl_model_5000_steps.zip", "ppo_acrobot_dm.zip", "final_model.zip")
    write(tmp_path, dict.fromkeys((*names, "dataset.zip", "code.zip"), b"PK"))
    assert sorted(found.path for found in checkpoints_beside(str(tmp_path))) == sorted(names)


def test_new_table_is_no_sign_of_life(tmp_path: Path) -> None:
    write(tmp_path / "a", {"training_log.csv": "epoch,loss\n0,1\n"}, seconds=5.0)
    write(tmp_path / "b", {"train.log": "epoch 1\n"}, seconds=5.0)
    assert {name: run.status for name, run in rows(tmp_path).items()} == {"a": "unknown", "b": "running"}


def test_numbered_folders_of_events_below_a_table_are_runs(tmp_path: Path) -> None:
    write(tmp_path / "logs", {"progress.csv": TABLE, "evaluations.npz": b"x"})
    for name in ("PPO_1", "PPO_2", "loss_train"):
        write(tmp_path / "logs" / name, {EVENTS: event_file({"loss": 1.0})})
    assert sorted(rows(tmp_path)) == ["logs", "logs/PPO_1", "logs/PPO_2"]


def test_tensorflows_flags_and_weights_are_parameters_and_checkpoints(tmp_path: Path) -> None:
    write(tmp_path / "kwt1", {"flags.json": '{"lr_schedule": "cosine"}', "best_weights.index": b"x"})
    write(tmp_path / "kwt1", {"best_weights.data-00000-of-00001": b"x", "checkpoint": "x"})
    for part in ("train", "validation"):
        write(tmp_path / "kwt1/logs" / part, {EVENTS: event_file({"loss": 1.0})})
    found = rows(tmp_path, "lr_schedule")
    assert {name: run.values for name, run in found.items()} == {"kwt1": {"lr_schedule": "cosine"}}
    paths = [each.path for each in checkpoints_beside(str(tmp_path / "kwt1"))]
    assert "best_weights.data-00000-of-00001" in paths


@pytest.mark.parametrize(
    "files",
    [
        {"config.json": '{"lr": 0.1}', "train.log": "epoch 1\n", "test.log": "x\n"},
        {"args.json": '{"lr": 0.1}', f"tf/{EVENTS}": event_file({"loss": 1.0})},
        {"config.json": '{"lr": 0.1}', f"tensorboard/{EVENTS}": event_file({"loss": 1.0})},
        {"training_log.csv": "epoch,lr\n0,0.1\n"},
    ],
    ids=["log", "events", "tensorboard", "table"],
)
def test_project_with_one_run_keeps_it_in_its_logs(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    write(tmp_path / "logs", files)
    (run,) = rows(tmp_path, "lr").values()
    assert (run.name, run.layout) == ("logs", "training")
    assert run.values == ({} if "training_log.csv" in files else {"lr": 0.1})


def test_runs_below_checkpoints_of_a_project_are_found(tmp_path: Path) -> None:
    write(tmp_path, {"train.py": "x", "setup.py": "x", "checkpoints/latest.pth": b"x"})
    write(tmp_path / "checkpoints/maps", {"loss_log.txt": "==== Training Loss ====\n", "1_net_G.pth": b"x"})
    write(tmp_path / "checkpoints/maps", {"train_opt.txt": "  batch_size: 4   \t[default: 1]\n"})
    (run,) = rows(tmp_path, "batch_size").values()
    assert (run.name, run.values) == ("checkpoints/maps", {"batch_size": 4})


def test_last_value_in_a_log_of_json_objects_is_that_of_the_metric(tmp_path: Path) -> None:
    log = '{"train_loss": 1.5, "epoch": 0}\n{"train_loss": 0.5, "epoch": 1}\n'
    write(tmp_path / "r50", {"log.txt": log, "eval/latest.pth": b"x"})
    assert read_sparkline(str(tmp_path / "r50"), "train_loss").last == 0.5
