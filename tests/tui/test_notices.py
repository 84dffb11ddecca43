from __future__ import annotations

import time
from pathlib import Path

from tests.run_dirs import write_run
from tests.tui.screen import browsing


async def test_a_notice_whose_time_is_up_just_when_another_screen_comes_stops_nothing(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    async with browsing(runs_dir, notices=True) as user:
        user.app.notify("a lasting one", timeout=60)
        user.app.notify("a passing one", timeout=60)
        await user.sees("a passing one")
        notice = next(notice for notice in user.app._notifications if notice.message == "a passing one")
        # So that it is still there when it is asked for, and its time is up when it is shown.
        notice.timeout = time.time() - notice.raised_at + 0.001
        await user.press("question_mark")
        await user.sees("all keys")
        await user.sees("a lasting one")
        await user.press("escape")
        await user.sees_no("all keys")
