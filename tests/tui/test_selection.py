"""Selecting runs, as a user does."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.settings import SavedView
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing

NOW = datetime.now(UTC)
NAMES = ("ant", "bee", "cow", "dog", "eel")


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    for number, name in enumerate(NAMES):
        status = "failed" if number % 2 else "completed"
        created = NOW - timedelta(hours=number)
        write_run(runs_dir, name, status=status, description=f"a {name}", created=created)
    return runs_dir


def marked(user: Session) -> list[str]:
    """Return the runs whose rows are marked as selected."""
    return [name for row in user.rows if row[1] == "*" for name in NAMES if f"a {name}" in row]


async def test_space_selects_and_moves_down_and_escape_clears_the_selection(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("space", "j", "space")
        assert marked(user) == ["ant", "cow"]
        await user.sees("2 selected")
        await user.has_cursor_on("a dog")
        await user.press("g", "space")
        assert marked(user) == ["cow"]
        await user.press("slash", *"a", "enter", "escape")
        assert marked(user) == []
        await user.sees_no("selected")
        # The filter goes with the next one.
        assert len(user.rows) == len(NAMES)
        await user.sees("/a")
        await user.press("escape")
        await user.sees_no("/a")


async def test_range_follows_the_cursor_and_extends_the_selection(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("G", "space", "g", "V", "j", "j")
        assert marked(user) == ["ant", "bee", "cow", "eel"]
        await user.press("k")
        assert marked(user) == ["ant", "bee", "eel"]
        await user.press("V", "j", "j")
        assert marked(user) == ["ant", "bee", "eel"]


async def test_all_matches_stay_selected_after_the_filter_is_cleared(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("slash", *"is:failed", "enter", "asterisk")
        await user.sees_rows("a bee", "a dog")
        assert marked(user) == ["bee", "dog"]
        await user.press("slash", *[*["backspace"] * 9, *"bee"], "enter")
        await user.sees("2 selected (1 not shown)")
        await user.press("asterisk", "slash", *["backspace"] * 3, "enter")
        await user.sees("1 selected")
        assert marked(user) == ["dog"]


async def test_selection_follows_moved_rows_and_drops_removed_runs(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("j", "space", "space")
        write_run(runs, "fox", description="a fox", created=NOW + timedelta(minutes=1))
        await user.sees("a fox")
        assert marked(user) == ["bee", "cow"]
        shutil.rmtree(runs / "bee")
        await user.sees("1 selected")
        assert marked(user) == ["cow"]


async def test_space_on_a_heading_selects_its_group(runs: Path) -> None:
    async with browsing(runs, view=SavedView("", group="status")) as user:
        await user.sees("status = failed  2 runs")
        await user.press("g")
        while "status = failed" not in user.cursor:
            await user.press("j")
        await user.press("space")
        assert marked(user) == ["bee", "dog"]
        await user.sees("2 selected")
