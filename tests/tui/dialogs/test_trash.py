from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.failures import (
    is_done,
    is_healthy,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_the_trash_is_listed_restored_from_and_emptied_only_when_asked_twice(runs: Path) -> None:
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
