from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tui.failures import (
    is_done,
    metadata,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_status_is_set_with_a_reason_in_the_history(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("s", *"compl", "space", *"checked by hand", "enter")
        await is_done(user, "marked 1 run completed")
        await user.press("j", "s", *"comp", "space", *"by hand", "enter")
        await user.has_cursor_on("completed")
    assert metadata(runs, "bee")["status"] == "completed"
    (edit,) = (runs / "bee" / ".runtui" / "history").iterdir()
    assert json.loads(edit.read_text())["reason"] == "by hand"


async def test_first_word_filters_statuses_and_the_rest_is_the_reason(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("s")
        await user.sees("Set status of ")
        await user.sees("1 ")
        await user.press("F")
        await user.sees_no("● running  ")
        await user.press("space", *"disk full")
        await user.sees("✗ failed  disk full")
        await user.press("escape")
        await user.sees_no("Set status of")
    assert metadata(runs, "ant")["status"] == "completed"


async def test_word_that_is_not_a_status_marks_nothing(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("s", *"broken", "enter", "enter")
        await user.sees("Set status of ")
        await user.press("escape")
    assert metadata(runs, "ant")["status"] == "completed"
