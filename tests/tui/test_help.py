from __future__ import annotations

from pathlib import Path

from tests.run_dirs import write_log, write_run
from tests.tui.screen import browsing


async def test_help_begins_with_the_ten_keys_and_wraps_at_80_columns(runs_dir: Path) -> None:
    write_run(runs_dir, "fluid")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        await user.sees("on to its next error")
        assert "…" not in user.text.split("Keys ─")[1].split("search")[0]


async def test_keys_typed_at_once_search_the_help(runs_dir: Path) -> None:
    write_run(runs_dir, "fluid")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        await user.press("slash", *"clean up", "enter")
        await user.sees("clean up by rule")
        assert "The ten keys you need" not in user.text
        await user.press("slash", *"toaster", "enter")
        await user.sees("no key for toaster")
        await user.press("escape")
        await user.sees_no("no key for")


async def test_next_and_previous_match_in_the_help(runs_dir: Path) -> None:
    write_run(runs_dir, "fluid")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("question_mark", "slash", *"next match", "enter")
        await user.sees("next match")
        first = user.text
        await user.press("n")
        await user.sees("next match")
        assert user.text != first
        await user.press("N")
        await user.sees("next match")
        assert user.text == first


async def test_help_opens_where_the_user_is(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "fluid"), "step 1\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("l")
        await user.sees("following")
        await user.press("question_mark")
        await user.sees("Keys")
        assert "The ten keys you need" not in user.text
