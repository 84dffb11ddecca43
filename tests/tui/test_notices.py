from __future__ import annotations

import time
from pathlib import Path

from tests.run_dirs import write_run
from tests.tui.screen import browsing


async def test_nearly_expired_notice_is_not_shown_on_another_screen(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    async with browsing(runs_dir, notices=True) as user:
        user.app.notify("a lasting one", timeout=60)
        user.app.notify("a passing one", timeout=60)
        await user.sees("a passing one")
        notice = next(notice for notice in user.app._notifications if notice.message == "a passing one")
        notice.timeout = time.time() - notice.raised_at + 0.2
        # What is shown on a screen that comes now gets a timer for the time that it has left.
        assert [shown.message for shown in user.app._notifications] == ["a lasting one"]
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        await user.sees("a lasting one")


async def test_two_notices_at_most_are_shown_above_the_rows(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    async with browsing(runs_dir, (80, 24), notices=True) as user:
        for number in range(6):
            user.app.notify(f"run {number} ended", timeout=60)
        await user.sees("run 5 ended")
        await user.sees_no("run 3 ended")
        lines = user.text.split("\n")
        assert [line.strip()[-11:] for line in lines[1:3]] == ["run 4 ended", "run 5 ended"]
        user.app.notify("run 4 ended", timeout=60)
        await user.sees("run 4 ended")
        assert user.text.count("run 4 ended") == 1
        assert user.text.count("run 5 ended") == 1


async def test_undo_removes_the_notice_that_offered_it(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    async with browsing(runs_dir, (80, 24), notices=True) as user:
        await user.press("t", "x", "enter")
        await user.sees("tagged 1 run +x (u: undo)")
        await user.press("u")
        await user.sees("undid on 1 run: tagged")
        assert "(u: undo)" not in user.text
