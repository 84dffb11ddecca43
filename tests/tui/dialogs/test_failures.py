from __future__ import annotations

from pathlib import Path

from runtui.operations.run_operations import Report
from runtui.store.edits.run_edits import Outcome
from runtui.tui.dialogs.failures import FailuresScreen
from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import until

REPORT = Report(
    "tagged 1 run; 2 failed",
    (Outcome("ant", False, "is locked"), Outcome("bee\x1b[2J", False, "is gone")),
)


async def test_failures_are_listed_with_reasons_and_one_can_be_chosen(runs_dir: Path) -> None:
    write_run(runs_dir, "ant")
    answers: list[str | None] = []
    async with browsing(runs_dir) as user:
        user.app.push_screen(FailuresScreen(REPORT), answers.append)
        await user.sees("tagged 1 run; 2 failed")
        await user.sees("is gone")
        assert "ant" in user.text
        assert "is locked" in user.text
        assert "\x1b" not in user.text
        await user.press("j", "enter")
        await until(user.pilot, lambda: answers, "it closed")
    assert answers == ["bee\x1b[2J"]


async def test_escape_returns_nothing(runs_dir: Path) -> None:
    write_run(runs_dir, "ant")
    answers: list[str | None] = []
    async with browsing(runs_dir) as user:
        user.app.push_screen(FailuresScreen(REPORT), answers.append)
        await user.sees("is locked")
        await user.press("escape")
        await until(user.pilot, lambda: answers, "it closed")
    assert answers == [None]
