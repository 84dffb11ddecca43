"""Serialization directories of AllenNLP, as rows."""

from __future__ import annotations

from pathlib import Path

from runtui.store.checkpoint_names import checkpoints_beside
from tests.layouts.tracker_samples import rows, write

TRAINING: dict[str, str | bytes] = {
    "config.json": '{"trainer": {"num_epochs": 3, "optimizer": {"lr": 0.001}}}',
    "stdout.log": "2026-11-01 10:00:00,000 - INFO - allennlp.common.params - random_seed = 13370\n",
    "metrics_epoch_0.json": '{"epoch": 0, "training_loss": 0.5}',
    "model_state_epoch_0.th": "x",
    "best.th": "x",
    "vocabulary/tokens.txt": "a\n",
}
END: dict[str, str | bytes] = {"metrics.json": '{"best_epoch": 0}', "model.tar.gz": "x"}


def test_final_files_tell_that_training_ended(tmp_path: Path) -> None:
    write(tmp_path / "ended", TRAINING | END)
    write(tmp_path / "begun", TRAINING)
    failed = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: no such token\n'
    write(tmp_path / "failed", TRAINING | {"stderr.log": "", "stdout.log": failed})
    found = rows(tmp_path, "trainer.optimizer.lr")
    assert {name: (run.layout, run.status) for name, run in found.items()} == {
        "ended": ("allennlp", "completed"),
        "begun": ("allennlp", "unknown"),
        "failed": ("allennlp", "failed"),
    }
    assert {run.values["trainer.optimizer.lr"] for run in found.values()} == {0.001}
    assert found["ended"].is_derived


def test_models_are_checkpoints(tmp_path: Path) -> None:
    run = write(tmp_path / "run", TRAINING)
    found = [each.path for each in checkpoints_beside(str(run))]
    assert sorted(found) == ["best.th", "model_state_epoch_0.th"]


def test_published_model_without_a_log_of_training_is_no_run(tmp_path: Path) -> None:
    write(tmp_path / "model", {"config.json": "{}", "vocabulary/tokens.txt": "a\n", "model.tar.gz": "x"})
    assert all(run.layout != "allennlp" for run in rows(tmp_path).values())
