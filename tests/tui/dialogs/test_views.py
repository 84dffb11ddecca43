"""Saved views, as users meet them."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import until, wait_until

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Four runs, two failed and two completed, with a parameter."""
    for number, (name, status) in enumerate(
        [("gas", "failed"), ("fluid", "completed"), ("epidemic", "failed"), ("plate", "completed")]
    ):
        run = write_run(
            runs_dir, name, status=status, description=f"a {name}", created=NOW - timedelta(hours=number)
        )
        (run / "run_params.json").write_text(json.dumps({"beta": (7 * number) % 5}))
    return runs_dir


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def saved(config: Path, what: str) -> Any:
    """Return a part of the settings file, or None while there is no such file."""
    return tomllib.loads(config.read_text()).get(what) if config.exists() else None


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_digit_shows_a_view_at_once(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size) as user:
        await user.press("v")
        for text in ("1 all", "2 live", "3 failed today", "is:failed completed:today", "4 mine", "5 stale"):
            await user.sees(text)
        await until(
            user.pilot,
            lambda: any("all runs" in line and " 4 " in line for line in user.text.splitlines()),
            "the number of runs of a view",
        )
        await user.press("5")
        await user.sees(" /is:dead")
        await user.sees("No run matches the filter")
        await user.press("v", "1")
        await user.sees_rows("a gas", "a fluid", "a epidemic", "a plate")
        await user.press("v", "escape", "j")
        await user.has_cursor_on("a fluid")


async def test_current_view_is_saved_by_name_and_found_by_typing(runs: Path, config: Path) -> None:
    async with browsing(runs, (80, 24), config=config) as user:
        await user.press("slash", *"beta<3", "enter", "o")
        await user.sees_rows("a gas", "a fluid", "a plate")
        await user.press("v", "ctrl+s")
        await user.sees("Type a name first")
        await user.press(*"small beta", "ctrl+s")
        await user.sees('Saved the view "small beta"')
        await user.press("escape", "escape")
        await user.sees_rows("a gas", "a fluid", "a epidemic", "a plate")
        wait_until(
            lambda: saved(config, "views") == [{"name": "small beta", "query": "beta<3", "sort": "duration"}],
            "the view was saved",
        )
    async with browsing(runs, config=config) as user:
        await user.press("v")
        await user.sees("small beta")
        await user.press(*"bet", "enter")
        await user.sees(" /beta<3")
        await user.sees("time ▼")
        await user.sees_rows("a gas", "a fluid", "a plate")


async def test_own_view_can_be_renamed_and_deleted_but_built_in_views_cannot(
    runs: Path, config: Path
) -> None:
    config.parent.mkdir()
    config.write_text('[[views]]\nname = "one"\nquery = "gas"\n[[views]]\nname = "two"\n')
    async with browsing(runs, config=config) as user:
        await user.press("v", "ctrl+d")
        await user.sees('"all" is built in')
        await user.press(*"one", "ctrl+r", *["backspace"] * 3, *"two", "enter")
        await user.sees('A view "two" already exists')
        await user.press("backspace", "backspace", *"hree", "enter")
        await user.sees("three")
        await user.press("ctrl+d", "ctrl+d")
        await user.sees('Deleted the view "three"')
        wait_until(lambda: saved(config, "views") == [{"name": "two"}], "one view is left")
