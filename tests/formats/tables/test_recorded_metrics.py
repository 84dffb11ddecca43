"""Metrics as experiment trackers record them."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.recorded_metrics import JsonMetrics, MLflowMetric, mlflow_metric
from runtui.formats.tables.registry import may_be_table
from runtui.results.metrics import end_of, numeric_columns
from runtui.results.sparklines import read_sparkline
from tests.layouts.tracker_samples import SAMPLES


def test_series_of_sacred_are_rows_by_step(tmp_path: Path) -> None:
    path = SAMPLES / "sacred" / "1" / "metrics.json"
    metrics = end_of(str(path))
    assert metrics.columns == ("step", "loss", "val.acc")
    assert metrics.last == {"step": 2, "loss": 1 / 3, "val.acc": 0.2}
    numbers = {"dtype": "float64", "py/object": "numpy.float64", "value": 0.5}
    series = {
        "loss": {"steps": [0, 1, 1], "values": [1, math.nan, numbers], "timestamps": []},
        "acc": {"steps": [1], "values": [0.9]},
        "empty": {"steps": [], "values": []},
    }
    (tmp_path / "metrics.json").write_text(json.dumps(series))
    rows = JsonMetrics(str(tmp_path / "metrics.json"))
    assert rows.look()
    assert not rows.look()
    assert list(rows.columns) == ["step", "loss", "acc"]
    assert [list(row) for row in rows.rows(0, 9)] == [["0", "1", ""], ["1", "nan", "0.9"], ["1", "0.5", ""]]


@pytest.mark.parametrize(
    ("name", "document", "last"),
    [
        (
            "wandb-summary.json",
            {"loss": 0.1, "_step": 7, "_wandb": {"runtime": 3}},
            {"loss": 0.1, "_step": 7},
        ),
        ("signac_job_document.json", {"energy": -1.5, "a": {"b": 2}, "x": "y"}, {"energy": -1.5, "a.b": 2}),
        ("info.json", {"loss": [3, 2, 1], "best": 9, "ok": True}, {"loss": 1, "best": 9}),
        ("metrics.json", {"loss": 0.25, "val": {"acc": 0.9}}, {"loss": 0.25, "val.acc": 0.9}),
        ("all_results.json", {}, {}),
    ],
)
def test_numbers_of_an_object_are_metrics(
    tmp_path: Path, name: str, document: dict[str, Any], last: dict[str, float]
) -> None:
    (tmp_path / name).write_text(json.dumps(document))
    assert end_of(str(tmp_path / name)).last == last


def test_file_of_mlflow_is_a_metric_of_its_name(tmp_path: Path) -> None:
    (path,) = (path for path in SAMPLES.glob("mlflow/*/c859*/metrics/loss"))
    assert end_of(str(path)).last == {"step": 2, "loss": 1 / 3, "time": 1796035785416}
    assert may_be_table("metrics/loss")
    assert not may_be_table("params/loss")
    old = tmp_path / "metrics" / "acc"
    old.parent.mkdir()
    old.write_text("1 0.5\n2 0.75\nodd\n3\n")
    assert end_of(str(old)).last == {"acc": 0.75, "time": 2}


def test_metrics_in_results_are_found(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "metrics.json").write_text('{"loss": [3, 2, 1]}')
    assert read_sparkline(str(tmp_path), "loss").last == 1


def test_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text('{"loss": 1}')
    rows = JsonMetrics(str(path))
    rows.look()
    path.write_text('{"loss": [1, 2]}')
    assert rows.look()
    assert len(rows) == 2


@given(st.one_of(st.binary(max_size=60), st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("steps", "values", "a", "")), inner, max_size=3
    ),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_any_contents_are_harmless(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        for rows in (JsonMetrics(str(path)), MLflowMetric(str(path))):
            rows.look()
            for row in rows.rows(0, len(rows)):
                assert len(row) == len(rows.columns)
                assert all(isinstance(cell, str) for cell in row)


def test_missing_file_is_an_error_and_an_empty_one_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        numeric_columns(str(tmp_path / "metrics.json"))
    (tmp_path / "metrics.json").touch()
    assert numeric_columns(str(tmp_path / "metrics.json")) == ()


def test_names_of_metrics_of_mlflow_are_known_by_their_place(tmp_path: Path) -> None:
    assert mlflow_metric("metrics/loss") == "loss"
    assert mlflow_metric("metrics/val/loss") == "val/loss"
    assert mlflow_metric(f"{tmp_path}/r/metrics/loss") == "loss"
    assert mlflow_metric(f"{tmp_path}/r/metrics/val/loss") == ""
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "meta.yaml").touch()
    assert mlflow_metric(f"{tmp_path}/r/metrics/val/loss") == "val/loss"
    assert mlflow_metric("results/loss") == ""


@pytest.mark.parametrize("name", ["metrics.json", "scalars.json", "20230608_171321.json", "x.log.json"])
def test_json_lines_are_rows_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    lines = (
        '<<<<<<< HEAD\n{"loss": 0.5, "epoch": 1}\n{"acc": 0.9, "epoch": 1}\n{"loss": 0.25, "epoch": 2}\n{"lo'
    )
    (tmp_path / name).write_text(lines)
    assert may_be_table(name)
    assert end_of(str(tmp_path / name)).last == {"loss": 0.25, "epoch": 2, "acc": 0.9}


def test_objects_in_fairseqs_log_are_rows(tmp_path: Path) -> None:
    path = tmp_path / "hydra_train.log"
    path.write_text(
        "[2022-04-08 18:00:00,000][fairseq_cli.train][INFO] - {'_name': None}\n"
        '[2022-04-08 18:41:00,100][train][INFO] - {"epoch": 1, "train_loss": "5.5", "train_ups": "0.4"}\n'
        '[2022-04-08 19:41:00,100][train][INFO] - {"epoch": 2, "train_loss": "3.924"}\n'
        "[2022-04-08 19:41:00,101][fairseq.trainer][INFO] - begin training epoch 3\n"
    )
    assert end_of(str(path)).last == {"epoch": 2, "train_loss": 3.924, "train_ups": 0.4}
