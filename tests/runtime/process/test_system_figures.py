"""Figures of a run's processes, written while they run."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.results.metrics import open_metrics
from runtui.runtime.process.system_figures import (
    INTERVAL_VARIABLE,
    SystemFigures,
    interval_of,
    recorded_figures,
    usage_below,
)
from tests.cli.test_launching import runs_in, runtui
from tests.waiting import wait_until

BUSY = "import time; data = bytearray(50_000_000); end = time.time() + 1.5\nwhile time.time() < end: pass"


def rows_of(run: Path) -> list[dict[str, str]]:
    with open(run / "results" / "system.csv") as file:
        return list(csv.DictReader(file))


def test_launched_command_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, "0.3")
    line = f'{sys.executable} -c "{BUSY}"; true'
    done = runtui("launch", "-C", str(tmp_path / "runs"), "--", "sh", "-c", line)
    assert done.returncode == 0
    (run,) = runs_in(tmp_path / "runs")
    rows = rows_of(run)
    assert len(rows) >= 2
    assert max(float(row["cpu_cores"]) for row in rows) > 0.2
    assert max(float(row["memory_mb"]) for row in rows) > 50
    assert max(int(row["processes"]) for row in rows) == 2
    metrics = open_metrics(str(run / "results" / "system.csv"))
    while metrics.look():
        pass
    assert "cpu_cores" in metrics.columns


def test_pipeline_is_measured_and_short_runs_have_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = tmp_path / "p.toml"
    pipeline.write_text('[[steps]]\nname = "one"\ncommand = ["sleep", "1"]\n')
    base = tmp_path / "runs"
    monkeypatch.setenv(INTERVAL_VARIABLE, "0.3")
    assert runtui("exec", str(pipeline), "-C", str(base)).returncode == 0
    (run,) = runs_in(base)
    assert rows_of(run)
    monkeypatch.delenv(INTERVAL_VARIABLE)
    assert runtui("launch", "-C", str(tmp_path / "short"), "--", "true").returncode == 0
    (short,) = runs_in(tmp_path / "short")
    assert not (short / "results" / "system.csv").exists()


def test_table_of_the_program_stays(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "system.csv").write_text("mine\n")
    figures = SystemFigures(str(tmp_path), environment={INTERVAL_VARIABLE: "0.1"})
    wait_until(lambda: figures.seconds_left == 0, "a look is due")
    figures.look()
    assert figures.seconds_left is None
    assert (tmp_path / "results" / "system.csv").read_text() == "mine\n"


def test_graphics_processors_where_their_tool_answers(tmp_path: Path) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 40, 1000\necho 60, 500\n")
    tool.chmod(0o755)
    environment = {INTERVAL_VARIABLE: "0.1", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    figures = SystemFigures(str(tmp_path), environment=environment)
    for _row in range(2):
        wait_until(lambda: figures.seconds_left == 0, "a look is due")
        figures.look()
    first, second = rows_of(tmp_path)
    assert (first["gpu_percent"], first["gpu_memory_mb"]) == ("50", "1573")
    assert second["gpu_percent"] == ""  # asked again only when its cost is a thousandth of the time


def test_children_are_counted_with_their_parents() -> None:
    with subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60; true"], start_new_session=True) as process:
        try:
            wait_until(lambda: usage_below(process.pid).processes == 2, "both children run")
            assert usage_below(process.pid, with_root=True).processes == 3
        finally:
            os.killpg(process.pid, 9)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("0", 0.0), ("-1", 0.0), ("nan", 0.0), ("inf", 0.0), ("x", 10.0), ("30", 30.0), ("0.001", 0.1)],
)
def test_interval(written: str, wanted: float) -> None:
    assert interval_of({INTERVAL_VARIABLE: written}) == wanted
    assert interval_of({}) == 10.0


def test_nothing_is_written_when_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, "0")
    with recorded_figures(str(tmp_path)):
        pass
    assert not (tmp_path / "results").exists()


def test_job_that_begins_anew_writes_on(tmp_path: Path) -> None:
    for _attempt in range(2):
        figures = SystemFigures(str(tmp_path), environment={INTERVAL_VARIABLE: "0.1", "PATH": ""})
        wait_until(lambda: figures.seconds_left == 0, "a look is due")  # noqa: B023
        figures.look()
    assert [row["processes"] for row in rows_of(tmp_path)] == ["0", "0"]
