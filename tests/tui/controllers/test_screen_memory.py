"""Leaving the browser and opening it again on the same directory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runtui.settings.screen_state import ScreenState, read_state, save_state
from runtui.tui.app import RuntuiApp
from tests.run_dirs import write_run
from tests.tui.failures import NOW, write_failures
from tests.tui.screen import Session
from tests.waiting import until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


@asynccontextmanager
async def opened(base: Path) -> AsyncIterator[Session]:
    """Open the browser where the user was."""
    state = read_state([str(base)])
    app = RuntuiApp(str(base), view=state.view, state=state)
    async with app.run_test(size=(120, 40)) as pilot:
        session = Session(app, pilot)
        await until(pilot, lambda: "● live" in session.text, "the directory was read")
        yield session


async def test_filter_order_grouping_and_cursor_are_as_they_were(runs: Path) -> None:
    async with opened(runs) as user:
        await user.press("slash", *"-id:eel", "enter", "O", "b", *"status", "enter")
        await user.sees("status = failed")
        await user.press("i", "o")
        await user.sees("last ▼")
        await user.press("q")
        while "a dog" not in user.cursor:
            await user.press("j")
    assert read_state([str(runs)]) == ScreenState("-id:eel", "-created", "status", "dog", "age")
    async with opened(runs) as user:
        await user.sees("4 of 5 runs")
        await user.sees("-id:eel")
        await user.sees("status = failed")
        await user.sees("created ▲")
        await user.has_cursor_on("a dog")
        await user.press("i")
        await user.sees("last ▼")


async def test_cursor_at_the_top_stays_there(runs: Path) -> None:
    async with opened(runs) as user:
        await user.press("j", "k")
        await user.has_cursor_on("a ant")
    assert read_state([str(runs)]) == ScreenState()


async def test_place_of_a_run_that_is_gone_is_the_first_row(runs: Path) -> None:
    save_state([str(runs)], ScreenState(run="fox"))
    async with opened(runs) as user:
        await user.has_cursor_on("a ant")
        await user.press("j", "j")
        await user.has_cursor_on("a cow")
        # It does not go away under the user's hands when that run is back.
        write_run(runs, "fox", description="a fox", created=NOW)
        await user.sees("a fox")
        await user.has_cursor_on("a cow")


async def test_browser_without_a_state_saves_none(runs: Path) -> None:
    app = RuntuiApp(str(runs))
    async with app.run_test(size=(120, 40)) as pilot:
        session = Session(app, pilot)
        await session.sees("a eel")
        await session.press("G")
        await session.has_cursor_on("a eel")
    assert read_state([str(runs)]) == ScreenState()
