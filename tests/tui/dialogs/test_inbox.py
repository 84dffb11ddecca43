from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.run_dirs import write_log, write_run
from tests.tui.failures import (
    NOW,
    TRACEBACK,
    is_done,
    metadata,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_inbox_groups_new_failures_and_remembers_dismissed_ones(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1))
    write_log(run, "CUDA out of memory\nslurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs, notices=True) as user:
        await user.sees("oom")
        await user.press("i")
        await user.sees("3 open, 3 new since your last visit")
        await user.sees("2      2 new  exception")
        await user.press("x")
        await user.sees("1 open, 1 new since")
        await user.press("t", *"big", "enter")
        await user.sees("1 selected")
        await is_done(user, "tagged 1 run +big")
        await user.press("escape", "escape", "g", "n")
        await user.has_cursor_on("a ant")
        await user.press("i")
        await user.sees("no open failures")
        await user.press("escape")
    assert metadata(runs, "fox")["tags"] == ["big"]
    # Another session knows it, and what failed since is new.
    async with browsing(runs) as user:
        run = write_run(
            runs,
            "gnu",
            status="failed",
            description="a gnu",
            created=NOW - timedelta(days=2),
            completed_at=datetime.now(UTC).isoformat(),
        )
        write_log(run, TRACEBACK)
        await user.sees("a gnu")
        await user.press("i")
        await user.sees("1 open, 1 new since")
        await user.press("enter")
        await user.has_cursor_on("a gnu")


async def test_a_group_can_be_marked_from_the_inbox(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2 open, 2 new since your last visit")
        await user.press("s", *"completed", "enter")
        await is_done(user, "marked 2 runs completed")
        await user.press("i")
        await user.sees("no open failures")
    assert {metadata(runs, name)["status"] for name in ("bee", "dog")} == {"completed"}


async def test_closing_the_inbox_changes_nothing(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("i")
        await user.sees("2 open")
        await user.press("escape")
        await user.sees_no("2 open")
        await user.press("i")
        await user.sees("2 open, ")
        await user.press("escape")
        await user.sees_rows("a ant", "a bee", "a cow", "a dog", "a eel")
