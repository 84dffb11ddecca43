"""Ending runs from the browser."""

from __future__ import annotations

import json
from pathlib import Path

from runtui.runtime.process.launch import launch_run
from runtui.store.manager import RunManager
from runtui.store.process import username
from tests.runtime.launches import has_written
from tests.tui.screen import browsing
from tests.waiting import wait_until


async def test_a_run_that_is_at_work_is_ended_after_asking(runs_dir: Path) -> None:
    name = RunManager(runs_dir).create_run("long")
    launch_run(str(runs_dir), name, ["sh", "-c", "echo ready; sleep 600"])
    wait_until(has_written(runs_dir, "ready"), "it runs")
    async with browsing(runs_dir, notices=True) as user:
        await user.sees("running")
        await user.press("x")
        await user.sees("Stop ")
        await user.press("escape")
        await user.sees_no("Stop ")
        await user.press("x")
        await user.sees("output written so far stays")
        await user.press("enter")
        await user.sees("stopping 1 run")
        await user.sees("failed")
    found = json.loads((runs_dir / name / "metadata.json").read_text())
    assert found["error"] == f"cancelled by {username()}"


async def test_what_has_ended_is_not_ended_again(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run("short")
    manager.update_status("completed")
    async with browsing(runs_dir, notices=True) as user:
        await user.sees("completed")
        await user.press("x")
        await user.sees("this run is not running")
