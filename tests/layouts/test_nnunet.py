"""Folds of nnU-Net."""

from __future__ import annotations

from pathlib import Path

from runtui.logs.read.log_files import find_logs
from tests.layouts.tracker_samples import only, rows, write

FIRST, SECOND = "training_log_2023_8_31_09_18_31.txt", "training_log_2023_10_2_02_46_13.txt"
SETTINGS = '{"initial_lr": "0.01", "epoch": "0"}'


def test_fold_is_one_run_with_its_attributes_and_logs(tmp_path: Path) -> None:
    fold = write(tmp_path / "fold_0", {FIRST: "Starting... \n2023-08-31 09:18:31.248373: epoch:  0\n"})
    write(fold, {SECOND: "2023-10-02 02:46:13.1: epoch:  1\n", "debug.json": SETTINGS, "progress.png": b"x"})
    write(fold, {"validation_raw/summary.json": "{}"})
    run = only(tmp_path, "initial_lr")
    assert (run.name, run.layout, run.status) == ("fold_0", "nnunet", "unknown")
    assert run.values == {"initial_lr": "0.01"}
    assert run.started == 1693473511.248373
    assert {log.name for log in find_logs(str(fold)).logs} == {FIRST, SECOND}


def test_last_checkpoint_tells_of_the_end(tmp_path: Path) -> None:
    write(tmp_path / "fold_all", {"checkpoint_final.pth": b"x", "progress.png": b"x"})
    write(tmp_path / "fold_1", {"checkpoint_latest.pth": b"x"})
    write(tmp_path / "fold_2", {"subject1.nii.gz": b"x"})
    assert {name: (run.layout, run.status) for name, run in rows(tmp_path).items()} == {
        "fold_1": ("nnunet", "unknown"),
        "fold_all": ("nnunet", "completed"),
    }
