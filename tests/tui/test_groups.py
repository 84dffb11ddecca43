"""Runs grouped under headings, as users meet them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.settings import SavedView
from tests.run_dirs import write_run
from tests.tui.screen import browsing

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Four runs of two solvers, two of them failed."""
    names = [
        ("gas", "failed", "b"),
        ("fluid", "completed", "a"),
        ("plate", "failed", "b"),
        ("epidemic", "x", ""),
    ]
    for number, (name, status, solver) in enumerate(names):
        run = write_run(
            runs_dir, name, status=status, description=f"a {name}", created=NOW - timedelta(hours=number)
        )
        if solver:
            (run / "run_params.json").write_text(json.dumps({"solver": solver}))
    return runs_dir


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_runs_are_grouped_folded_and_found_again(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size) as user:
        await user.press("b", *"solver", "enter")
        a, b, none = "▾ solver = a  1 run", "▾ solver = b  2 runs  ✗ 2 failed", "▾ solver = none  1 run"
        await user.sees_rows(a, "a fluid", b, "a gas", "a plate", none, "a epidemic")
        await user.press("g", "j", "j")
        await user.has_cursor_on("solver = b")
        await user.press("enter")
        folded = b.replace("▾", "▸")
        await user.sees_rows(a, "a fluid", folded, none, "a epidemic")
        await user.press("j")
        await user.has_cursor_on("solver = none")
        await user.press("N")
        await user.has_cursor_on("a plate")
        await user.press("z")
        await user.sees_rows(a.replace("▾", "▸"), folded, none.replace("▾", "▸"))
        await user.has_cursor_on("solver = b")
        await user.press("n")
        await user.has_cursor_on("a gas")
        await user.press("slash", *"plate", "enter")
        await user.sees_rows(b.replace("2", "1").replace("runs", "run"), "a plate")
        await user.press("escape", "b", *"solver", "enter")
        await user.sees_rows("a gas", "a fluid", "a plate", "a epidemic")


async def test_a_view_has_its_grouping_and_a_run_that_comes_its_place(runs: Path) -> None:
    async with browsing(runs, view=SavedView("x", "status:failed", group="status")) as user:
        await user.sees_rows("status = failed  2 runs", "a gas", "a plate")
        write_run(runs, "late", status="failed", description="a late one", created=NOW)
        await user.sees_rows("status = failed  3 runs", "a late one", "a gas", "a plate")
        await user.pilot.click("#runs", offset=(5, 1))
        await user.sees_rows("▸ status = failed  3 runs")
