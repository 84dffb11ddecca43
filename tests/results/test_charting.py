from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runtui.results.charting import Axis, ChartRequest, ChartSession, Drawing, Metric
from tests.run_dirs import write_run

LOSS = Metric("results/x.csv", "loss")


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Two runs with a table, and one without."""
    for name, factor in (("a", 1), ("b", 2)):
        run = write_run(runs_dir, name)
        text = "step,timestamp,loss\n"
        for row in range(3):
            text += f"{row * 10},2026-01-0{factor}T00:00:0{row}Z,{factor * row}\n"
        (run / "results" / "x.csv").write_text(text)
    write_run(runs_dir, "c")
    return runs_dir


def session(runs: Path, *names: str) -> ChartSession:
    return ChartSession([(name, os.path.join(runs, name)) for name in names])


def drawn(found: ChartSession, wanted: ChartRequest) -> Drawing:
    drawing = found.draw(wanted)
    assert drawing is not None
    return drawing


def points(drawing: Drawing, place: int = 0) -> list[tuple[float, float]]:
    return [point for piece in drawing.curves[place].pieces for point in zip(piece.xs, piece.ys, strict=True)]


def test_metrics_are_the_numeric_columns_with_steps_and_times_last(runs: Path) -> None:
    (runs / "b" / "results" / "deep").mkdir()
    (runs / "b" / "results" / "deep" / "more.jsonl").write_text('{"energy": 1.5, "note": "x"}\n')
    assert session(runs, "a", "b", "c").choices() == [
        LOSS,
        Metric("results/deep/more.jsonl", "energy"),
        Metric("results/x.csv", "step"),
        Metric("results/x.csv", "timestamp"),
    ]


def test_curves_are_plotted_against_step_time_or_row(runs: Path) -> None:
    found = session(runs, "a", "b", "c")
    drawing = drawn(found, ChartRequest(LOSS))
    assert points(drawing) == [(0, 0), (10, 1), (20, 2)]
    assert points(drawing, 1) == [(0, 0), (10, 2), (20, 4)]
    assert [curve.above for curve in drawing.curves[:2]] == ["step", "step"]
    assert drawing.curves[2].problem == "no loss"
    assert points(drawn(found, ChartRequest(LOSS, Axis.TIME)), 1) == [(0, 0), (1, 2), (2, 4)]
    assert points(drawn(found, ChartRequest(LOSS, Axis.ROW))) == [(1, 0), (2, 1), (3, 2)]


def test_logarithmic_scale_omits_nonpositive_values(runs: Path) -> None:
    curve = drawn(session(runs, "a"), ChartRequest(LOSS, is_log=True)).curves[0]
    assert curve.left_out == 1
    assert [piece.ys for piece in curve.pieces] == [pytest.approx((0, 0.30103))]
    assert curve.last == 2


def test_chart_is_redrawn_only_after_a_change(runs: Path) -> None:
    found, wanted = session(runs, "a"), ChartRequest(LOSS)
    drawn(found, wanted)
    assert found.draw(wanted) is None
    with (runs / "a" / "results" / "x.csv").open("a") as file:
        file.write("30,,3\n40,,")
    assert points(drawn(found, wanted))[-1] == (30, 3)
    assert found.draw(wanted) is None
    assert drawn(found, replace(wanted, smoothing=2)).curves[0].last == 3


def test_unreadable_table_is_reported(runs: Path) -> None:
    (runs / "a" / "results" / "x.csv").unlink()
    (runs / "a" / "results" / "x.csv").mkdir()
    drawing = drawn(session(runs, "a", "b"), ChartRequest(LOSS))
    assert "not a regular file" in drawing.curves[0].problem
    assert points(drawing, 1)


def test_system_figures_come_after_the_metrics_of_the_program(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gnu")
    (run / "results" / "system.csv").write_text("time,cpu_cores\n1,0.5\n")
    (run / "results" / "thermo.csv").write_text("step,loss\n1,0.5\n")
    names = [metric.column for metric in session(runs_dir, "gnu").choices()]
    assert names == ["loss", "cpu_cores", "step", "time"]
