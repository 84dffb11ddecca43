"""Runs of YOLO, as rows."""

from __future__ import annotations

from pathlib import Path

from runtui.store.checkpoint_names import checkpoints_beside
from tests.layouts.tracker_samples import rows, write

RESULTS = "epoch, train/box_loss\n1, 0.5\n2, 0.25\n"


def test_results_of_all_epochs_are_a_completed_run(tmp_path: Path) -> None:
    weights: dict[str, str | bytes] = {"weights/best.pt": b"x", "weights/last.pt": b"x"}
    write(
        tmp_path / "detect/train", weights | {"args.yaml": "epochs: 2\nlr0: 0.01\n", "results.csv": RESULTS}
    )
    write(tmp_path / "detect/train2", {"args.yaml": "epochs: 9\n", "results.csv": RESULTS})
    write(tmp_path / "detect/exp", {"opt.yaml": "epochs: 2\nbatch_size: 4\n", "weights/best.pt": b"x"})
    write(tmp_path / "detect/predict", {"image0.jpg": b"x"})
    found = rows(tmp_path, "epochs", "batch_size")
    assert {name: (run.layout, run.status) for name, run in found.items()} == {
        "detect/train": ("yolo", "completed"),
        "detect/train2": ("yolo", "unknown"),
        "detect/exp": ("yolo", "unknown"),
    }
    assert found["detect/exp"].values == {"epochs": 2, "batch_size": 4}
    found_checkpoints = [each.path for each in checkpoints_beside(str(tmp_path / "detect/train"))]
    assert sorted(found_checkpoints) == ["weights/best.pt", "weights/last.pt"]
