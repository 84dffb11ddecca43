"""Why runs failed, as users see it in the browser."""

from __future__ import annotations

from pathlib import Path

from runtui.settings import ColumnChoice, SavedView
from tests.run_dirs import write_log, write_run
from tests.tui.screen import browsing

LOGS = {
    "full": "step 1\nrestart.dat: No space left on device\n",
    "large": "step 1\nMemoryError: no room for the grid\n",
    "wide": "step 1\nMemoryError: \x1b[1;31mno\x1b[0m room, either\n",
}


def make(runs_dir: Path) -> None:
    for name, log in LOGS.items():
        write_log(write_run(runs_dir, name, status="failed"), log)
    write_log(write_run(runs_dir, "well"), "MemoryError: caught\n")


async def test_reason_is_a_column_and_a_filter(runs_dir: Path) -> None:
    make(runs_dir)
    columns = (ColumnChoice("id"), ColumnChoice("reason", 40))
    async with browsing(runs_dir, view=SavedView("why", columns=columns)) as user:
        await user.sees("disk: restart.dat: No space left on")
        await user.sees("oom: MemoryError: no room, either")
        await user.press("slash", *"reason:oom", "enter")
        await user.sees_no("restart.dat")
        await user.sees("no room for the grid")


async def test_inbox_groups_runs_by_the_reason_of_failure(runs_dir: Path) -> None:
    make(runs_dir)
    async with browsing(runs_dir, view=SavedView("why", group="reason")) as user:
        await user.sees("▾ reason = disk: restart.dat: No space left on device  1 run")
        await user.sees("▾ reason = oom: MemoryError: no room for the grid  1 run")
        await user.sees("▾ reason = oom: MemoryError: no room, either  1 run")


async def test_details_show_why_and_where_a_run_failed(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "full", status="failed"), LOGS["full"])
    async with browsing(runs_dir, (120, 40)) as user:
        await user.sees("disk: restart.dat: No space left on device")
        await user.sees("in logs/simulation.log")


async def test_typed_reason_replaces_the_reason_from_the_log(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "large", status="failed"), LOGS["large"])
    columns = (ColumnChoice("id"), ColumnChoice("reason", 40))
    async with browsing(runs_dir, view=SavedView("why", columns=columns)) as user:
        await user.sees("oom: MemoryError: no room for")
        await user.press("s", *"failed grid too fine", "enter")
        await user.sees("large    grid too fine")
        await user.sees_no("oom: MemoryError")
        await user.press("slash", *"reason:grid", "enter")
        await user.sees("large    grid too fine")
