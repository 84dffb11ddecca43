from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_run
from tests.tui.failures import (
    NOW,
    children,
    is_done,
    metadata,
    old,
    run_with_checkpoints,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_checkpoint_and_parameter_can_be_changed(runs: Path) -> None:
    async with browsing(runs, (80, 24), notices=True) as user:
        await user.press("n", "r")
        await user.sees("(x) step-1")
        await user.press("j", "space")
        await user.sees("(x) step-0")
        await user.press("G", "space")
        await user.sees("model.grid: Enter apply")
        await user.press("backspace", "backspace", *"32", "enter")
        await user.sees("was 64")
        await user.press("enter")
        await user.has_cursor_on("a bee (resumed)")
    ((child, parent),) = children(runs).items()
    assert parent == "bee"
    assert metadata(runs, child)["description"] == "a bee (resumed)"
    assert json.loads((runs / child / "run_params.json").read_text()) == {"beta": 0.3, "model": {"grid": 32}}
    assert metadata(runs, child)["resume_checkpoint"]["name"] == "step-0"
    assert metadata(runs, "bee")["status"] == "failed"


async def test_resumable_runs_are_resumed_and_others_show_the_reason(runs: Path) -> None:
    old(write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1)))
    async with browsing(runs, notices=True) as user:
        await user.press("slash", *"is:failed", "enter", "asterisk", "r")
        await user.sees("2 runs can be resumed")
        await user.sees("fox has no checkpoints to resume from")
        await user.press("enter")
        await is_done(user, "resumed 2 runs")
    assert sorted(children(runs).values()) == ["bee", "dog"]


async def test_a_run_without_checkpoints_is_not_resumed(runs: Path) -> None:
    write_run(runs, "fox", description="a fox", created=NOW + timedelta(minutes=1))
    async with browsing(runs) as user:
        await user.press("g", "r", "enter", "enter")
        await user.sees("fox has no checkpoints to resume from")
        await user.press("L")
        await user.sees("Cannot launch")
        await user.press("escape")
        await user.sees_no("resume fox")


async def test_a_recorded_command_is_shown_and_launched_again(runs_dir: Path) -> None:
    script = "import os, pathlib; pathlib.Path(os.environ['RUNTUI_RESULTS'], 'x').write_text('1')"
    run_with_checkpoints(
        runs_dir,
        "gnu",
        status="failed",
        description="a gnu",
    )
    launched = {"command": ["python3", "-c", script], "working_directory": str(runs_dir.parent)}
    write_sealed_record(SafeDirectory(runs_dir / "gnu"), RecordKind.COMMAND, launched)
    async with browsing(runs_dir) as user:
        await user.press("r")
        await user.sees("not started; the parent's command: python3 -c")
        await user.press("L")
        await user.sees("starts here")
        await user.press("enter")
        await user.sees("✓ completed")
    (child,) = children(runs_dir)
    assert (runs_dir / child / "results" / "x").exists()
    assert metadata(runs_dir, child)["status"] == "completed"
