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
        await user.sees("Table of runs")
        await user.sees("a lasting one")
