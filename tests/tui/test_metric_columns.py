"""Metrics as columns of the table of runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.settings import ColumnChoice, SavedView
from runtui.tui import metric_cells
from runtui.tui.controllers import metric_order
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing
from tests.waiting import until

NOW = datetime.now(UTC)
VIEW = SavedView("x", columns=(ColumnChoice("id"), ColumnChoice("metric:loss")))


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """A hundred runs with a metric, the newest first, and one live run with the highest number."""
    for number in range(100):
        status = "running" if number == 99 else "completed"
        created = NOW - timedelta(hours=99 - number)
        run = write_run(runs_dir, f"run-{number:02}", status=status, created=created, hostname="elsewhere")
        rows = "".join(f"{step},{step * number}\n" for step in range(8))
        (run / "results" / "loss.csv").write_text(f"step,loss\n{rows}")
    return runs_dir


async def shows_cell(user: Session, name: str, text: str) -> None:
    await until(
        user.pilot,
        lambda: any(name in row and text in row for row in user.rows),
        f"{text} of {name}",
        lambda: user.text,
    )


async def test_metric_can_be_chosen_as_a_column(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("C")
        await user.sees("[x] status")
        await user.press(*"metric:l")
        await user.sees("[ ] metric:loss")
        await user.press("space", *["K"] * 9, "enter")
        await shows_cell(user, "run-98", "▁▂▃▄▅▆▇█ 686")


async def test_metric_cells_are_read_for_rows_on_screen_and_updated_for_live_runs(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metric_cells, "_LIVE_AGE", 0.5)
    async with browsing(runs, (80, 40), view=VIEW) as user:
        await shows_cell(user, "run-99", "▁▂▃▄▅▆▇█ 693")
        await user.press("G")
        await shows_cell(user, "run-03", "▁▂▃▄▅▆▇█ 21")
        await user.press("g")
        with (runs / "run-99" / "results" / "loss.csv").open("a") as file:
            file.write("8,-5\n")
        await shows_cell(user, "run-99", " -5")


async def test_best_run_by_a_metric_takes_at_most_12_keys(runs: Path) -> None:
    async with browsing(runs, (80, 24), notices=True) as user:
        keys = ("S", *"loss", "enter")
        await user.press(*keys[:5])
        await user.sees("metric:loss")
        await user.press("enter")
        await user.sees("by metric:loss ▲")
        assert len(keys) <= 12
        await user._until(lambda: "run-00" in user.rows[0] and "run-01" in user.rows[1], "the lowest loss")
        await user.press("O")
        await user._until(lambda: "run-99" in user.rows[0] and "run-98" in user.rows[1], "the highest loss")


async def test_order_by_a_metric_follows_its_new_values(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric_order, "_LIVE_AGE", 0.5)
    async with browsing(runs, (80, 24), view=VIEW._replace(sort="metric:loss")) as user:
        await user._until(lambda: "run-00" in user.rows[0], "the lowest loss")
        with (runs / "run-99" / "results" / "loss.csv").open("a") as file:
            file.write("8,-5\n")
        await user._until(lambda: "run-99" in user.rows[0], "the run whose loss became the lowest")


def test_ls_shows_the_last_value_of_a_metric(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(runs), "ls", "run-02", "--columns", "id,metric:loss,metric:none"]) == 0
    output = capsys.readouterr()
    assert output.out.split() == ["run-02", "14.0"]
    assert output.err == "runtui: no run listed has a value for metric:none\n"
