"""Directories of results that nothing else tells of."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.layouts.base import Entries
from runtui.layouts.result_folders import is_result_folder
from tests.layouts.tracker_samples import rows, write


def entries(directory: str, *files: str, folders: tuple[str, ...] = ()) -> Entries:
    return Entries(frozenset(files), frozenset(folders), directory=directory)


@pytest.mark.parametrize(
    "found",
    [
        entries("baseline", "metrics.json"),
        entries("resnet_ft", "metrics.json", "roc_curve.png", "report.md"),
        entries("multimodal", "metrics.json", folders=("error_analysis",)),
        entries("lr_1e-3", "test_results.json", "predictions.csv"),
        entries("seed42", "summary.json"),
        entries("10092020170939", "losses.png", "means.png"),
        entries("2024-05-01_12-30-59", "loss.pdf"),
        entries("20240501_1230", "loss.png", "values.csv"),
    ],
)
def test_numbers_or_plots_under_a_name_of_its_own_are_a_run(found: Entries) -> None:
    assert is_result_folder(found)


@pytest.mark.parametrize(
    "found",
    [
        entries("results", "metrics.json"),
        entries("data", "metrics.json"),
        entries("", "metrics.json"),
        entries("baseline", "metrics.json", "README.md"),
        entries("baseline", "metrics.json", "train.py"),
        entries("dashboard2", "metrics.json", "index.html"),
        entries("sweep", "summary.json", folders=("k1", "k2")),
        entries("scenario", "a_metrics.json", "b_metrics.json", "c_metrics.json", "d_metrics.json"),
        entries("20240501_1230", "IMG_1.jpg"),
        entries("20240501", "loss.png"),
        entries("plots2", "loss.png"),
        entries("20240501_123059", "a.csv"),
    ],
)
def test_results_of_a_project_and_data_are_none(found: Entries) -> None:
    assert not is_result_folder(found)


def test_numbers_within_a_run_are_a_part_of_it(tmp_path: Path) -> None:
    write(tmp_path / "results/a", {"metrics.json": '{"loss": 1}'})
    write(tmp_path / "run", {"args.json": '{"lr": 1}', "train.log": "epoch 1\n"})
    write(tmp_path / "run/step_5", {"metrics.json": '{"loss": 1}'})
    assert sorted(rows(tmp_path)) == ["results/a", "run"]


def test_dangling_link_to_another_disk_is_no_run(tmp_path: Path) -> None:
    write(tmp_path / "a", {"metrics.json": "{}", "x.png": b"x"})
    (tmp_path / "checkpoints").symlink_to("/nowhere/checkpoints")
    (tmp_path / "data").symlink_to("/nowhere/data")
    assert sorted(rows(tmp_path)) == ["a"]
