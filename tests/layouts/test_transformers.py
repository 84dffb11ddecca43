"""Output directories of the Trainer of Transformers, as rows."""

from __future__ import annotations

import json
from pathlib import Path

from runtui.results.sparklines import read_sparkline
from runtui.store.checkpoint_names import checkpoints_beside
from tests.layouts.tracker_samples import only, rows, write


def state(done: int, wanted: int) -> str:
    """Return a state of the Trainer after some of its steps."""
    history = [{"epoch": 1.0, "loss": 0.5, "step": 1}, {"epoch": 1.0, "eval_loss": 0.75, "step": 1}]
    return json.dumps(
        {
            "global_step": done,
            "max_steps": wanted,
            "num_train_epochs": 3,
            "train_batch_size": 8,
            "best_metric": None,
            "log_history": [*history, {"epoch": 2.0, "loss": 0.25, "step": done}],
        }
    )


def test_checkpoints_belong_to_one_run(tmp_path: Path) -> None:
    for step in (9, 500, 1000):
        files = {"trainer_state.json": state(step, 1500), "config.json": '{"model_type": "t5"}'}
        write(tmp_path / f"out/checkpoint-{step}", files | {"optimizer.pt": "x"})
    run = only(tmp_path, "num_train_epochs", "model_type")
    assert (run.name, run.layout, run.status) == ("out", "transformers", "unknown")
    assert run.values == {"num_train_epochs": 3, "model_type": "t5"}
    found = [each.path for each in checkpoints_beside(str(tmp_path / "out"))]
    assert sorted(found) == ["checkpoint-1000", "checkpoint-500", "checkpoint-9"]


def test_all_steps_done_is_completed(tmp_path: Path) -> None:
    write(tmp_path / "all", {"trainer_state.json": state(1500, 1500)})
    write(tmp_path / "half", {"trainer_state.json": state(700, 1500)})
    write(tmp_path / "torn", {"trainer_state.json": '{"global_step": 3'})
    assert {name: (run.status, run.is_derived) for name, run in rows(tmp_path).items()} == {
        "all": ("completed", True),
        "half": ("unknown", False),
        "torn": ("unknown", False),
    }
    found = {name: read_sparkline(str(tmp_path / "all"), name).last for name in ("loss", "eval_loss")}
    assert found == {"loss": 0.25, "eval_loss": 0.75}
