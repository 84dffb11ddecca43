from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.results.sparklines import NO_SPARKLINE, POINTS, bars_of, read_sparkline
from tests.run_dirs import write_run


@pytest.fixture
def run(runs_dir: Path) -> Path:
    return write_run(runs_dir, "r")


def test_bars_rise_with_the_values_and_keep_gaps() -> None:
    assert bars_of(range(80), 8) == "▁▂▃▄▅▆▇█"
    assert bars_of([1, math.nan, 3], 10) == "▁ █"
    assert bars_of([5, 5], 10) == "▅▅"
    assert bars_of([], 10) == ""


@given(st.lists(st.floats(), max_size=40))
def test_any_values_have_bars(values: list[float]) -> None:
    found = bars_of(values, POINTS)
    assert len(found) == min(POINTS, len(values))
    assert set(found) <= set(" ▁▂▃▄▅▆▇█")


def test_first_table_with_the_column_is_used(run: Path) -> None:
    (run / "results" / "a.csv").write_text("step,other\n1,2\n")
    (run / "results" / "b.jsonl").write_text('{"loss": 3}\n{"loss": 2}\n{"loss": 1}\n')
    (run / "results" / "c.csv").write_text("loss\n7\n")
    assert read_sparkline(str(run), "loss").text == "█▅▁ 1"
    assert read_sparkline(str(run), "none") == NO_SPARKLINE
    assert read_sparkline(str(run / "gone"), "loss") == NO_SPARKLINE


def test_tables_beside_results_come_after_those_below(run: Path) -> None:
    (run / "a.csv").write_text("loss,acc\n5,0.25\n")
    (run / "results" / "b.csv").write_text("loss\n7\n")
    assert (read_sparkline(str(run), "loss").last, read_sparkline(str(run), "acc").last) == (7, 0.25)
    os.mkfifo(run / "pipe.csv")
    found = read_sparkline(str(run), "other")
    assert (found.text, found.problem) == ("not all read", "pipe.csv is no regular file, so it is not read")


def test_results_that_cannot_be_read_are_no_missing_metric(run: Path) -> None:
    os.mkfifo(run / "results" / "pipe.csv")
    found = read_sparkline(str(run), "loss")
    assert (found.last, found.text) == (None, "not all read")
    assert found.problem == "results/pipe.csv is a FIFO, so it is not read"
    (run / "results" / "pipe.csv").unlink()
    (run / "results").rmdir()
    (run / "results").write_text("a file\n")
    found = read_sparkline(str(run), "loss")
    assert (found.last, found.text) == (None, "unreadable")
    assert found.problem == "results/ cannot be read: Not a directory"


def test_a_metric_behind_a_link_is_not_missing(run: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("step,loss\n1,0.5\n")
    (run / "results" / "m.csv").symlink_to(tmp_path / "m.csv")
    (run / "results" / "plot.png").symlink_to(tmp_path / "plot.png")
    found = read_sparkline(str(run), "loss")
    assert (found.text, found.problem) == ("not all read", "results/m.csv is a link, which is not followed")


def test_a_metric_behind_many_tables_is_not_missing(run: Path) -> None:
    for number in range(52):
        (run / "results" / f"{number:02}.csv").write_text("step,other\n1,2\n")
    assert read_sparkline(str(run), "other").last == 2
    found = read_sparkline(str(run), "loss")
    assert (found.text, found.problem) == ("not all read", "only the first 50 of 52 tables were read")


def test_large_table_is_sampled_throughout(run: Path) -> None:
    with (run / "results" / "large.csv").open("w") as file:
        file.write("step,loss\n")
        file.writelines(f"{step},{100_000 - step}\n" for step in range(100_000))
    found = read_sparkline(str(run), "loss")
    assert len(found.bars) == POINTS
    assert list(found.bars) == sorted(found.bars, reverse=True)
    assert found.bars[0] == "█"
    assert found.bars[-1] == "▁"
    assert found.last == 1


def test_last_value_is_the_columns_last_even_if_nan(run: Path) -> None:
    table = run / "results" / "a.csv"
    table.write_text("epoch,train,val\n0,,0.61\n0,0.25,\n")
    assert read_sparkline(str(run), "val").last == 0.61
    table.write_text("step,loss\n1,0.5\n2,nan\n3,\n")
    assert read_sparkline(str(run), "loss").text == "▅   nan"


def test_column_dropped_by_a_later_header_keeps_its_last_value(run: Path) -> None:
    (run / "results" / "a.csv").write_text("step,loss\n1,0.5\nstep,energy\n2,7\n")
    assert read_sparkline(str(run), "loss").last == 0.5
    assert read_sparkline(str(run), "energy").last == 7


@given(st.binary(max_size=200))
def test_any_bytes_have_a_sparkline_or_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    run = tmp_path_factory.getbasetemp() / "any"
    (run / "results").mkdir(parents=True, exist_ok=True)
    (run / "results" / "a.csv").write_bytes(b"loss,x\n" + data)
    assert len(read_sparkline(str(run), "loss").bars) <= POINTS
