"""The plan of an adoption, shown before anything is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.layouts.test_slurm import make
from tests.run_dirs import write_run
from tests.store.edits.test_adoption import left
from tests.trees import everything_below
from tests.tui.screen import browsing


@pytest.fixture
def jobs(runs_dir: Path) -> Path:
    make(runs_dir, "ant", SLURM_990001__out="ERROR: no input\n")
    make(runs_dir, "bee", SLURM_990002__out="Normal termination\n")
    run = make(runs_dir, "cow", SLURM_990003__out="step 1\n")
    os.utime(run / "slurm-990003.out")
    return runs_dir


async def test_selected_runs_are_adopted_and_undone(jobs: Path) -> None:
    before = everything_below(jobs)
    async with browsing(jobs, notices=True) as user:
        await user.press("asterisk", "a")
        await user.sees("2 runs to adopt; 1 run skipped")
        await user.sees("it is running: adopt it when it has ended")
        await user.sees("failed  from slurm-990001.out")
        await user.press("enter")
        await user.sees("adopted 2 runs")
        added = {str(jobs / name / "metadata.json") for name in ("ant", "bee")}
        assert set(left(before, everything_below(jobs))) == added
        await user.sees("✗ failed")
        await user.sees_no("~failed")
        await user.press("u")
        await user.sees("undid the adoption of 2 runs")
        await user.sees("~failed")
    assert left(before, everything_below(jobs)) == {}


async def test_excluded_and_skipped_runs_stay_as_they_are(jobs: Path) -> None:
    async with browsing(jobs, notices=True) as user:
        await user.press("asterisk", "a")
        await user.sees("2 runs to adopt; 1 run skipped")
        await user.press("space")
        await user.sees("1 run to adopt; 2 runs skipped")
        await user.press("space")
        await user.sees("0 runs to adopt; 3 runs skipped")
        await user.press("space")
        await user.sees("this run is skipped: it is running")
        await user.press("enter")
        await user.sees("Nothing to adopt.")
        await user.press("g", "space", "enter")
        await user.sees("adopted 1 run")
    assert len(list(jobs.glob("*/metadata.json"))) == 1


async def test_cancelled_adoption_writes_nothing(jobs: Path) -> None:
    before = everything_below(jobs)
    async with browsing(jobs) as user:
        await user.press("asterisk", "a")
        await user.sees("2 runs to adopt")
        await user.press("escape")
        await user.sees_no("to adopt")
    assert everything_below(jobs) == before


async def test_run_that_was_adopted_earlier_is_asked_about_before_undo(jobs: Path) -> None:
    async with browsing(jobs, notices=True) as user:
        await user.press("asterisk", "a")
        await user.sees("2 runs to adopt")
        await user.press("enter")
        await user.sees("adopted 2 runs")
    async with browsing(jobs, notices=True) as user:
        await user.press("slash", *"status:failed", "enter")
        await user.sees_rows("ant")
        await user.press("u")
        await user.sees("again to undo adopt (by ")
        await user.press("u")
        await user.sees("undid the last edit of 1 run")
    assert [path.parent.name for path in jobs.glob("*/metadata.json")] == ["bee"]


async def test_run_with_a_record_needs_no_adoption(runs_dir: Path) -> None:
    write_run(runs_dir, "ours")
    async with browsing(runs_dir, notices=True) as user:
        await user.press("a")
        await user.sees("this run has a metadata.json already")


async def test_runs_of_the_same_name_in_several_folders_are_told_apart(runs_dir: Path) -> None:
    for folder in ("a", "b"):
        make(runs_dir, f"{folder}/2", SLURM_990001__out="Normal termination\n")
    async with browsing(runs_dir, notices=True) as user:
        await user.press("asterisk", "a")
        await user.sees("[x] a/2")
        await user.sees("[x] b/2")
