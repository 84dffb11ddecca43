"""Saving the table to a file."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import wait_until


@pytest.fixture
def runs(runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, loss in (("ant", 0.5), ("bee", 0.25)):
        run = write_run(runs_dir, name, description="=cmd()", status="completed")
        (run / "results" / "m.csv").write_text(f"step,loss\n0,1\n1,{loss}\n")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    return runs_dir


def rows_of(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


async def test_table_is_saved_as_csv_in_at_most_four_keys(runs: Path) -> None:
    keys = ["W", "enter"]
    async with browsing(runs, notices=True) as user:
        await user.press(*keys)
        await user.sees("2 runs saved to")
    assert len(keys) <= 4
    (name,) = os.listdir()
    assert name.endswith(".csv")
    heading, *rows = rows_of(Path(name))
    assert heading[:3] == ["status", "id", "description"]
    assert sorted(row[:3] for row in rows) == [
        ["completed", "ant", "'=cmd()"],
        ["completed", "bee", "'=cmd()"],
    ]


async def test_columns_order_and_exact_metrics_are_those_of_the_table(runs: Path) -> None:
    config = runs.parent / "config.toml"
    config.write_text('columns = ["id", "metric:loss"]\nsort = "metric:loss"\n')
    async with browsing(runs, config=config, notices=True) as user:
        await user.sees("0.25")
        await user.press("W", *"best.tsv", "enter")
        await user.sees("2 runs saved to")
    assert rows_of(Path("best.tsv"), "\t") == [["id", "loss"], ["bee", "0.25"], ["ant", "0.5"]]


async def test_other_endings_missing_folders_and_files_that_exist_are_refused(runs: Path) -> None:
    Path("there.csv").write_text("mine")
    async with browsing(runs, notices=True) as user:
        await user.press("W", *"table.xls", "enter")
        await user.sees("The name must end with one of .csv, .tsv, .md.")
        await user.press("ctrl+u", *"nowhere/t.md", "enter")
        await user.sees("folder")
        await user.press("W", *"there.csv", "enter")
        await user.sees("choose")
    assert Path("there.csv").read_text() == "mine"
    assert os.listdir() == ["there.csv"]


async def test_markdown_is_a_table(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("slash", *"id:ant", "enter", "W", *"t.md", "enter")
        await user.sees("1 run saved to")
    wait_until(lambda: Path("t.md").exists(), "it is written")
    lines = Path("t.md").read_text().splitlines()
    assert lines[1].startswith("| --- | --- |") or lines[1].startswith("| ---")
    assert len(lines) == 3
