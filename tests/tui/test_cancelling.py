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


async def test_running_run_is_stopped_after_confirmation(runs_dir: Path) -> None:
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


async def test_ended_run_is_not_stopped_again(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run("short")
    manager.update_status("completed")
    async with browsing(runs_dir, notices=True) as user:
        await user.sees("completed")
        await user.press("x")
        await user.sees("this run is not running")
