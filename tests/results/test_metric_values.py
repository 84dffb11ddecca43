"""The value of a metric of a run."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from runtui.results.metric_values import STATISTICS, read_metric, read_metrics
from tests.run_dirs import write_run


def write_table(runs_dir: Path, *rows: str, name: str = "m.csv") -> str:
    run = write_run(runs_dir, "gas")
    (run / "results" / name).write_text("\n".join(rows) + "\n")
    return str(run)


def test_last_value_is_the_last_one_present(runs_dir: Path) -> None:
    run = write_table(runs_dir, "step,loss,acc", "0,0.5,0.1", "1,nan,0.2", "2,,inf")
    found = read_metrics(run, ["loss", "acc", "none"])
    assert found["loss"].value is not None
    assert math.isnan(found["loss"].value)
    assert found["acc"].value == math.inf
    assert found["none"] == (None, "")


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("first", 4), ("last", 3), ("min", 1), ("max", 4), ("mean", 2.5), ("argmin", 20), ("argmax", 10)],
)
def test_statistics_are_over_all_values_but_nan(statistic: str, value: float, runs_dir: Path) -> None:
    rows = ["step,loss", "10,4", "15,nan", "20,1", "30,2", "40,3", "50,nan"]
    assert read_metric(write_table(runs_dir, *rows), f"loss.{statistic}").value == value


def test_each_statistic_is_tried() -> None:
    assert set(STATISTICS) == {"first", "last", "min", "max", "mean", "argmin", "argmax"}


def test_statistic_of_a_table_that_is_not_read_whole_for_its_end(runs_dir: Path) -> None:
    run = write_table(runs_dir, "step,loss", *(f"{row},{abs(row - 5000)}" for row in range(20_000)))
    assert read_metric(run, "loss.min").value == 0
    assert read_metric(run, "loss.argmin").value == 5000
    assert read_metric(run, "loss").value == 14_999


def test_column_that_is_called_like_a_statistic_is_the_column(runs_dir: Path) -> None:
    run = write_table(runs_dir, "step,loss,loss.min", "0,1,7", "1,2,8")
    assert read_metric(run, "loss.min").value == 8
    assert read_metric(run, "loss.max").value == 2


def test_table_that_cannot_be_read_is_said_only_where_the_metric_is_missing(runs_dir: Path) -> None:
    run = write_table(runs_dir, "step,loss", "0,1")
    (Path(run) / "results" / "a.csv").symlink_to("nowhere")
    assert read_metric(run, "loss") == (1, "")
    assert read_metric(run, "acc").problem == "results/a.csv is a link, which is not followed"
