"""Runs grouped under headings, as users meet them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.render.group_details import group_lines
from runtui.settings import SavedView
from runtui.store.record import RunRecord
from tests.run_dirs import write_log, write_run
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
async def test_groups_can_be_folded_and_failed_runs_found_in_them(runs: Path, size: tuple[int, int]) -> None:
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


async def test_view_restores_grouping_and_new_run_joins_its_group(runs: Path) -> None:
    async with browsing(runs, view=SavedView("x", "status:failed", group="status")) as user:
        await user.sees_rows("status = failed  2 runs", "a gas", "a plate")
        write_run(runs, "late", status="failed", description="a late one", created=NOW)
        await user.sees_rows("status = failed  3 runs", "a late one", "a gas", "a plate")
        await user.pilot.click("#runs", offset=(5, 1))
        await user.sees_rows("▸ status = failed  3 runs")


async def test_details_of_a_group_summarise_its_runs(runs: Path) -> None:
    for name, user in (("gas", "alice"), ("plate", "bob")):
        run = write_run(
            runs,
            name,
            status="failed",
            description=f"a {name}",
            tags=["wide", name],
            created=NOW - timedelta(hours=3),
            completed_at=(NOW - timedelta(hours=1)).isoformat(),
            user=user,
        )
        write_log(run, "step 1\nTraceback (most recent call last):\nValueError: no beta\n")
    async with browsing(runs) as user:
        await user.press("b", *"solver", "enter")
        await user.sees("▾ solver = b  2 runs")
        await user.press("g", "j", "j")
        await user.has_cursor_on("solver = b")
        await user.sees("solver = b  2 runs")
        await user.sees("2  ✗ failed")
        await user.sees("reasons  2 exception: ValueError: no beta")
        await user.sees("tags     wide 2, gas 1, plate 1")
        await user.sees("users    alice 1, bob 1")
        await user.sees("took     2h00m")
        await user.sees("gas  exception: ValueError: no beta")
        write_run(runs, "gas", status="completed", description="a gas")
        await user.sees("1  ✓ completed")
        await user.press("k", "k")
        await user.has_cursor_on("solver = a")
        await user.sees_no("reasons  ")


def test_only_a_sample_of_a_very_large_group_is_read() -> None:
    runs = [
        RunRecord(str(number), str(number), status="failed", created=float(number), host=f"h{number % 9}")
        for number in range(6_000)
    ]
    lines = ["".join(span.text for span in line) for line in group_lines("x = 1", runs, 1e9)]
    assert lines[0] == "x = 1  6,000 runs, 5,000 of them counted here"
    assert lines[1] == "  5,000  ✗ failed"
    assert any(line.startswith("hosts    h0 556, ") and line.endswith(", and 3 more") for line in lines)
    assert lines[-1] == "and 4,990 more"
