from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from runtui.layouts.opening import read_foreign_runs
from runtui.store.own_command import planned_command
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.layouts.test_commands import wandb
from tests.layouts.test_script_command import script_dir
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
        await user.press("G", "k", "space")
        await user.sees("model.grid  Enter apply")
        await user.press("backspace", "backspace", *"32", "enter")
        await user.sees("was 64")
        await user.press("enter")
        await user.has_cursor_on("a bee (resum")
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
        await user.sees("not started (L starts it); the parent's command: python3 -c")
        await user.press("L")
        await user.sees("starts here")
        await user.press("enter")
        await user.sees("✓ completed")
    (child,) = children(runs_dir)
    assert (runs_dir / child / "results" / "x").exists()
    assert metadata(runs_dir, child)["status"] == "completed"


def launchable(base: Path, name: str, **values: object) -> Path:
    """Write a failed run whose command runtui recorded."""
    run = write_run(base, name, status="failed", description=f"a {name}", **values)
    (run / "run_params.json").write_text(json.dumps({"beta": 0.3, "dt": 0.02}))
    launched = {"command": ["true"], "working_directory": str(base.parent)}
    write_sealed_record(SafeDirectory(run), RecordKind.COMMAND, launched)
    return run


def params(base: Path, name: str) -> object:
    return json.loads((base / name / "run_params.json").read_text())


@pytest.mark.parametrize("key", ["R", "r"])
async def test_run_without_checkpoints_runs_again_with_an_added_parameter(runs_dir: Path, key: str) -> None:
    launchable(runs_dir, "gnu")
    async with browsing(runs_dir, (80, 24), notices=True) as user:
        await user.press(key)
        await user.sees("runs again from the start")
        await user.press("p", *"viscosity=0.1", "enter")
        await user.sees("0.1  new")
        await user.press("enter")
        await user.has_cursor_on("a gnu (rerun)")
    ((child, parent),) = children(runs_dir).items()
    assert parent == "gnu"
    assert params(runs_dir, child) == {"beta": 0.3, "dt": 0.02, "viscosity": 0.1}
    assert "resume_checkpoint" not in metadata(runs_dir, child)
    assert params(runs_dir, "gnu") == {"beta": 0.3, "dt": 0.02}


@pytest.mark.parametrize(("typed", "dt"), [("dt=0.01", 0.01), ("dt*=0.5", 0.01)], ids=["set", "multiply"])
async def test_group_is_rerun_with_one_change_in_14_keys(runs_dir: Path, typed: str, dt: float) -> None:
    for name in ("gnu", "owl", "yak"):
        launchable(runs_dir, name)
    keys = ["asterisk", "R", "p", *typed, "enter", "enter"]
    assert len(keys) <= 14
    async with browsing(runs_dir, notices=True) as user:
        await user.press(*keys[:2])
        await user.sees("3 runs run again from the start")
        await user.press(*keys[2:])
        for name in ("gnu", "owl", "yak"):
            await user.sees(f"a {name} (rerun)")
    assert sorted(children(runs_dir).values()) == ["gnu", "owl", "yak"]
    assert all(params(runs_dir, child) == {"beta": 0.3, "dt": dt} for child in children(runs_dir))


async def test_child_that_was_not_started_is_started_later(runs_dir: Path) -> None:
    launchable(runs_dir, "gnu")
    async with browsing(runs_dir, notices=True) as user:
        await user.press("R")
        await user.sees("runs again from the start")
        await user.press("enter")
        await user.has_cursor_on("a gnu (rerun)")
        await user.press("r")
        await user.sees("created and not started yet")
        await user.press("enter")
        await user.sees("✓ completed")
    (child,) = children(runs_dir)
    assert metadata(runs_dir, child)["status"] == "completed"


async def test_wrong_change_is_told_and_stays_to_be_corrected(runs_dir: Path) -> None:
    launchable(runs_dir, "gnu")
    async with browsing(runs_dir, notices=True) as user:
        await user.press("R")
        await user.sees("runs again from the start")
        await user.press("p", *"nonsense", "enter")
        await user.sees("KEY=VALUE")
        await user.press("escape", "escape")
        await user.sees_no("runs again from the start")
    assert children(runs_dir) == {}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_value_is_typed_on_its_row_and_the_keys_stay_visible(
    runs_dir: Path, size: tuple[int, int]
) -> None:
    launchable(runs_dir, "gnu")
    async with browsing(runs_dir, size, notices=True) as user:
        await user.press("R")
        await user.sees("runs again from the start")
        await user.sees("Enter create the child")
        await user.press("G", "k", "space", *"0.07")
        await user.sees(r"dt                       0.07")
        await user.sees("dt  Enter apply")
        await user.press("enter")
        await user.sees("0.07  was 0.02")


async def test_cursor_stops_only_on_what_can_be_changed(runs_dir: Path) -> None:
    launchable(runs_dir, "gnu")
    async with browsing(runs_dir, (80, 24), notices=True) as user:
        await user.press("R")
        await user.sees("› (x) the beginning")
        for shown in ("›     beta", "›     dt", "›     + set or add", "›     + set or add"):
            await user.press("j")
            await user.sees(shown)
        await user.press("g")
        await user.sees("› (x) the beginning")


async def test_run_that_can_neither_be_resumed_nor_rerun_offers_nothing(runs_dir: Path) -> None:
    write_run(runs_dir, "fox", status="failed", description="a fox")
    async with browsing(runs_dir, (120, 40), notices=True) as user:
        await user.press("r")
        await user.sees("no rerun either: runtui did not launch it")
        await user.sees("Esc close")
        await user.sees_no("create the child")
        await user.press("enter", "escape")
    assert children(runs_dir) == {}


async def test_group_tells_which_runs_lack_the_parameter(runs_dir: Path) -> None:
    launchable(runs_dir, "gnu")
    launchable(runs_dir, "owl")
    (runs_dir / "owl" / "run_params.json").write_text('{"dt": "small"}')
    async with browsing(runs_dir, (120, 40), notices=True) as user:
        await user.press("asterisk", "R")
        await user.sees("2 runs run again from the start")
        await user.press("p", *"dt*=0.5", "enter")
        await user.sees("dt = 0.01 (was 0.02)")
        await user.sees("dt cannot be multiplied: it is small")
        await user.press("enter")
        await is_done(user, "reran 1 run")
    assert list(children(runs_dir).values()) == ["gnu"]


async def test_run_of_another_program_is_rerun_with_its_changed_command(tmp_path: Path) -> None:
    run = wandb(tmp_path)
    read_foreign_runs()
    async with browsing(run.parent, (100, 30), notices=True) as user:
        await user.press("R")
        await user.sees("not started (L starts it); the parent's command: python3")
        await user.press("p")
        await user.press(*"n=2", "enter")
        await user.sees("n cannot be changed: the command has no argument for it")
        await user.press("ctrl+u", *"beta=4", "enter")
        await user.sees("was 3")
        await user.sees("--beta 4")
        await user.press("enter")
        await is_done(user, "reran 1 run")
    (child,) = (path.parent.name for path in run.parent.glob("*/metadata.json") if "current" not in str(path))
    assert metadata(run.parent, child)["parent_run_id"] == run.name
    planned = planned_command(str(run.parent), child)
    assert planned is not None
    assert planned.words[-2:] == ("--beta", "4")


async def test_script_of_a_job_is_rerun_with_a_changed_copy(tmp_path: Path) -> None:
    script_dir(tmp_path)
    read_foreign_runs()
    async with browsing(tmp_path, (100, 40), notices=True) as user:
        await user.press("R")
        await user.sees("in a directory of its own, with copies of job.sh, in.json, sim.py")
        await user.press("p", *"beta=4 n=9", "enter")
        await user.sees("beta                     4  was 3")
        await user.sees("n                        9  was 4")
        await user.press("enter")
        await is_done(user, "reran 1 run")
    (child,) = (path.parent for path in tmp_path.glob("*-*/metadata.json"))
    assert "--beta 4 in.json" in (child / "job.sh").read_text()
