from __future__ import annotations

from pathlib import Path

import pytest

from runtui.cli import main
from tests.tui.failures import (
    is_done,
    is_healthy,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_trash_restores_runs_and_deletes_only_after_a_second_key_press(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("asterisk", "d")
        await user.sees("5 runs to the trash, ")
        await user.press("enter")
        await user.sees("No runs here yet")
        await user.press("T")
        await user.sees("5 runs, ")
        await user.press("space", "enter")
        await is_done(user, "restored 1 run")
        await user.press("T")
        await user.sees("4 runs, ")
        await user.press("asterisk", "X")
        await user.sees("Press X again to delete 4 runs")
        assert len(list((runs / ".trash").iterdir())) == 4
        await user.press("X")
        await is_done(user, "deleted 4 runs")
    assert list((runs / ".trash").iterdir()) == []
    assert is_healthy(runs)


async def test_restore_applies_to_selected_runs_or_the_run_under_the_cursor(
    runs: Path,
) -> None:
    for name in ("ant", "bee", "cow"):
        assert main(["-C", str(runs), "clean", "--run", name, "--yes"]) == 0
    async with browsing(runs, notices=True) as user:
        await user.press("T")
        await user.sees("3 runs, ")
        await user.press("G", "space")
        await user.sees("; 1 selected")
        await user.press("g", "enter")
        await is_done(user, "restored 1 run")
        await user.sees("a ant")
        await user.press("T")
        await user.sees("2 runs, ")
        await user.press("enter")
        await user.sees("a cow")
    assert (runs / "cow").is_dir()
    assert not (runs / "bee").exists()


async def test_changed_selection_has_to_be_confirmed_again(runs: Path) -> None:
    assert main(["-C", str(runs), "clean", "--run", "ant", "--run", "bee", "--yes"]) == 0
    async with browsing(runs) as user:
        await user.press("T")
        await user.sees("2 runs, ")
        await user.press("X")
        await user.sees("Press X again to delete 1 run")
        await user.press("asterisk", "X")
        await user.sees("Press X again to delete 2 runs")
        await user.press("escape")
        await user.sees_no("Press X again")
    assert len(list((runs / ".trash").iterdir())) == 2


async def test_empty_trash_is_reported(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("T")
        await user.sees("the trash is empty")
        await user.press("enter", "X", "asterisk", "space")
        await user.sees("the trash is empty")
