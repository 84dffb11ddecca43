"""Comparing runs, as users do it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import until

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """A run, its child and another one, the newest first, with a parameter each and results."""
    for number, (name, beta) in enumerate([("child", 3), ("parent", 2), ("other", 1)]):
        parent = {"parent_run_id": "parent"} if name == "child" else {}
        created = NOW - timedelta(hours=number)
        run = write_run(runs_dir, name, description=f"a {name}", created=created, **parent)
        (run / "run_params.json").write_text(json.dumps({"beta": beta, "gamma": 7, "[b]x": "\x1b[2J" * beta}))
        (run / "results" / "loss.csv").write_text(f"step,loss\n1,1\n2,{1 / beta}\n")
    return runs_dir


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_selected_runs_are_compared_side_by_side(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size) as user:
        await user.press("space", "space", "space", "c")
        await user.sees("3 runs, compared with child: differences only")
        lines = user.text.splitlines()
        assert [line.split()[1:-1] for line in lines if " beta " in line] == [
            ["beta", "3", "≠", "2", "≠", "1"]
        ]
        assert any("loss.csv loss" in line for line in lines)
        assert "␛[2J" in user.text
        assert "gamma" not in user.text
        await user.press("a")
        await user.sees("gamma")
        await user.press("r", "d")
        await user.sees("compared with parent: all rows, numbers as differences")
        await user.sees("≠ +1")
        await user.press("d")
        await user.sees("≠ ×1.5")
        await user.press("question_mark")
        await user.sees("show all rows, or only those that differ")
        await user.press("escape", "escape")
        await user.sees_rows("a child", "a parent", "a other")


async def test_a_single_run_is_compared_with_its_parent(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("c")
        await user.sees("2 runs, compared with parent")
        await user.press("q", "j", "c")
        await user.sees("select the runs to compare")


async def test_saving_a_comparison_asks_before_replacing_a_file(runs: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_text("mine")
    async with browsing(runs) as user:
        await user.press("c")
        await user.sees("compared with parent")
        await user.press("w")
        await user.sees("save to (.csv, .json, .md): comparison.csv")
        await user.press("ctrl+u", *str(tmp_path / "out.txt"), "enter")
        await user.sees("use a file name ending in .csv")
        await user.press("w", "ctrl+u", *str(path), "enter")
        await user.sees("replace it (yes or no)?")
        await user.press("n", "enter")
        await user.sees("not saved")
        assert path.read_text() == "mine"
        await user.press("w", "ctrl+u", *str(path), "enter")
        await user.sees("replace it (yes or no)?")
        await user.press("y", "enter")
        await user.sees("saved to")
        assert "| beta | 2 | **3** |" in path.read_text()
        await user.press("w", "ctrl+u", *str(tmp_path / "out.json"), "enter")
        await until(user.pilot, (tmp_path / "out.json").exists, "a file", lambda: user.text)
        assert json.loads((tmp_path / "out.json").read_text())["runs"] == ["parent", "child"]


async def test_unreadable_log_is_reported(runs: Path) -> None:
    (runs / "child" / "run_params.json").write_text("{")
    async with browsing(runs) as user:
        await user.press("c")
        await user.sees("child: run_params.json is not valid JSON")
        (runs / "child" / "run_params.json").write_text('{"beta": 99}')
        await user.press("R")
        await user.sees("≠ 99")
