from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.failures import (
    NOW,
    write_failures,
)
from tests.tui.screen import browsing
from tests.waiting import until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_ids_paths_and_a_cd_command_are_copied(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("y", "enter")
        await user.sees("sent ant to the terminal's clipboard")
        assert user.app.clipboard == "ant"
        await user.press("y", "3")
        await user.sees("sent cd --")
        assert user.app.clipboard == f"cd -- {runs / 'ant'}"
        await user.press("space", "space", "y", "2")
        await user.sees("sent 2 lines")
        assert user.app.clipboard == f"{runs / 'ant'}\n{runs / 'bee'}"


async def test_each_copied_line_is_one_shell_word(runs_dir: Path) -> None:
    for number, name in enumerate(["x;touch PWNED;", "it's", "plain"]):
        write_run(runs_dir, name, created=NOW - timedelta(hours=number))
    async with browsing(runs_dir, notices=True) as user:
        await user.press("asterisk", "y", "1")
        await user.sees("sent 3 lines")
        assert user.app.clipboard == "'x;touch PWNED;'\n'it'\\''s'\nplain"
        await user.press("y", "2")
        await until(user.pilot, lambda: "/" in user.app.clipboard, "the paths were copied")
        assert user.app.clipboard.splitlines()[:2] == [
            f"'{runs_dir}/x;touch PWNED;'",
            f"'{runs_dir}/it'\\''s'",
        ]


async def test_uncopyable_name_shows_the_reason(runs_dir: Path) -> None:
    write_run(runs_dir, "ends\n")
    async with browsing(runs_dir) as user:
        await user.press("y")
        await user.sees("cannot be copied: ends with a line break")
        await user.press("1")
        await user.sees_no("Enter copy")
        assert user.app.clipboard == ""
        await user.press("2")
        await user.sees_no("cannot be copied")
        await until(user.pilot, lambda: user.app.clipboard, "the path was copied")
        assert user.app.clipboard == f"\"$(printf '{runs_dir}/ends\\012/.')\""
