"""Versions of Lightning's loggers, and TensorBoard's directories, as rows."""

from __future__ import annotations

import time
from pathlib import Path

from tests.event_files import event_file
from tests.layouts.tracker_samples import only, rows, write

PARAMETERS = """lr: 1e-3
model: !!python/object:models.Net
  hidden: 3
act: !!python/name:torch.nn.ReLU ''
args: {depth: 2}
"""
EVENTS = "events.out.tfevents.1700000000.node7.123.0"


def test_version_has_plain_hyperparameters(tmp_path: Path) -> None:
    files = {"hparams.yaml": PARAMETERS, "metrics.csv": "epoch,loss\n0,1\n", "checkpoints/a.ckpt": b""}
    write(tmp_path / "lightning_logs/version_0", files)
    run = only(tmp_path, "lr", "model.hidden", "act", "args.depth")
    assert (run.name, run.layout, run.status) == ("lightning_logs/version_0", "lightning", "unknown")
    assert run.values == {"lr": 0.001, "args.depth": 2}


def test_version_is_known_without_hyperparameters(tmp_path: Path) -> None:
    write(tmp_path / "version_0", {"hparams.yaml": "{}\n"})
    write(tmp_path / "version_1", {"metrics.csv": "loss\n1\n"})
    write(tmp_path / "version_2", {EVENTS: b"x" * 40, "1700000001/" + EVENTS: b"x"})
    write(tmp_path / "version_3", {"checkpoints/last.ckpt": b"x"})
    write(tmp_path / "pretrained", {"checkpoints/last.ckpt": b"x"})
    write(tmp_path / "results_of_mine", {"metrics.csv": "loss\n1\n"})
    found = rows(tmp_path)
    assert {name: run.layout for name, run in found.items()} == {
        "version_0": "lightning",
        "version_1": "lightning",
        "version_2": "lightning",
        "version_3": "lightning",
    }
    assert (found["version_2"].started, found["version_2"].host) == (1.7e9, "node7")


def test_event_files_alone_are_a_run_unless_within_one(tmp_path: Path) -> None:
    write(tmp_path / "tb", {EVENTS: b"x"})
    write(tmp_path / "hydra", {".hydra/config.yaml": "a: 1\n", f"tb/{EVENTS}": b"x"})
    assert {name: run.layout for name, run in rows(tmp_path).items()} == {
        "tb": "tensorboard",
        "hydra": "hydra",
    }


def test_version_that_is_still_written_is_running(tmp_path: Path) -> None:
    write(tmp_path / "version_0", {"hparams.yaml": "{}"})
    write(tmp_path / "version_0", {"metrics.csv": "loss\n1\n"}, seconds=5.0)
    run = only(tmp_path)
    assert (run.status, run.is_derived) == ("running", True)


def test_log_beside_event_files_tells_how_the_run_ended(tmp_path: Path) -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: nan loss\n'
    for name, text in {"good": "Training finished\n", "bad": trace, "cut": "epoch 1\n"}.items():
        write(tmp_path / name, {EVENTS: b"x", "train.log": text})
    write(tmp_path / "version_0", {"hparams.yaml": "a: 1\n", "train.log": trace})
    assert {name: (run.layout, run.status) for name, run in rows(tmp_path).items()} == {
        "good": ("tensorboard", "completed"),
        "bad": ("tensorboard", "failed"),
        "cut": ("tensorboard", "unknown"),
        "version_0": ("lightning", "failed"),
    }


def test_folders_of_keras_for_training_and_validation_are_one_run(tmp_path: Path) -> None:
    for part in ("train", "validation"):
        write(tmp_path / "logs/fit/20240101-120000", {f"{part}/{EVENTS}": event_file({"epoch_loss": 1.0})})
    write(tmp_path / "dataset", {"train/cat.jpg": b"x", "validation/cat.jpg": b"x"})
    run = only(tmp_path)
    assert (run.name, run.layout, run.started) == ("logs/fit/20240101-120000", "tensorboard", 1.7e9)


def test_copy_of_files_that_were_just_made_is_no_live_run(tmp_path: Path) -> None:
    now = time.time()
    for name, began in {"copy": now - 9 * 86400, "live": now - 300}.items():
        write(tmp_path / name, {EVENTS: event_file({"loss": 1.0}, began=began)}, seconds=1.0)
    table: dict[str, str | bytes] = {"hparams.yaml": "a: 1\n", "metrics.csv": "loss\n1\n"}
    write(tmp_path / "version_0", table, seconds=90.0)
    write(tmp_path / "version_1", {"hparams.yaml": "a: 1\n"}, seconds=400.0)
    write(tmp_path / "version_1", {"metrics.csv": "loss\n1\n"}, seconds=90.0)
    assert {name: run.status for name, run in rows(tmp_path).items()} == {
        "copy": "unknown",
        "live": "running",
        "version_0": "unknown",
        "version_1": "running",
    }


def test_folders_of_a_parts_name_without_two_event_files_are_runs(tmp_path: Path) -> None:
    write(tmp_path / "detect/train", {EVENTS: event_file({"loss": 1.0}), "results.csv": "epoch\n1\n"})
    write(tmp_path / "detect/val", {"confusion_matrix.png": b"x"})
    assert list(rows(tmp_path)) == ["detect/train"]


def test_hyperparameters_beside_sources_are_no_run(tmp_path: Path) -> None:
    write(tmp_path / "checkout", {"hparams.yaml": "lr: 0.1\n", "train.py": "x", ".gitignore": "x"})
    write(tmp_path / "version_0", {"hparams.yaml": "lr: 0.1\n", "train.py": "x"})
    assert sorted(rows(tmp_path)) == ["version_0"]
