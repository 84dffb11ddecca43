"""Ending runs from the browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.runtime.process.launch import launch_run
from runtui.store.manager import RunManager
from runtui.store.process import username
from tests.run_dirs import write_run
from tests.runtime.launches import has_written
from tests.runtime.queueing import Queue
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
        await user.press("enter")  # which alone stops nothing
        await user.sees_no("Stop ")
        await user.press("x")
        await user.sees("output written so far stays")
        await user.press("s", "enter")
        await user.sees("stopping 1 run")
        await user.sees("failed")
    found = json.loads((runs_dir / name / "metadata.json").read_text())
    assert found["error"] == f"cancelled by {username()}"


async def test_the_job_that_would_be_cancelled_is_named(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(tmp_path, monkeypatch)
    queue.says(f"41|RUNNING|None|9:58|n1|41|N/A|{username()}|1000000000|/\n")
    path = tmp_path / "programs" / "scancel"
    path.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/cancelled\n')
    path.chmod(0o755)
    write_run(runs_dir, "one", status="running", slurm_job_id=41)
    async with browsing(runs_dir, notices=True) as user:
        await user.sees("RUNNING")
        await user.press("x")
        await user.sees("output written so far stays; job: slurm 41")
        await user.press("s", "enter")
        await user.sees("stopping 1 run")
    assert (tmp_path / "cancelled").read_text() == "--quiet 41\n"


async def test_ended_run_is_not_stopped_again(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run("short")
    manager.update_status("completed")
    async with browsing(runs_dir, notices=True) as user:
        await user.sees("completed")
        await user.press("x")
        await user.sees("this run is not running")
