from __future__ import annotations

from pathlib import Path

import pytest

from runtui.tui.actions import ACTIONS
from runtui.tui.key_sets import KEY_SETS
from runtui.tui.keymap import keys_of
from tests.run_dirs import write_run
from tests.tui.screen import browsing


@pytest.mark.parametrize("key_set", KEY_SETS)
def test_built_in_key_sets_have_no_problems(key_set: str) -> None:
    keys, problems = keys_of(key_set, {})
    assert problems == []
    assert keys.keys() == KEY_SETS[key_set].keys()


def test_own_keys_override_the_key_set() -> None:
    keys, problems = keys_of("emacs", {"files": "ctrl+n", "undo": "ctrl+u"})
    assert problems == []
    assert (keys["files"], keys["cursor_down"], keys["undo"]) == (("ctrl+n",), ("down",), ("ctrl+u",))
    given = keys_of("ed", {"files": "ctrl+y"})
    assert given == ({"files": ("ctrl+y",)}, ["key_set ed is none of vim, emacs"])


def test_key_sets_name_only_existing_actions() -> None:
    names = {action.name for action in ACTIONS}
    assert all(keys.keys() <= names for keys in KEY_SETS.values())


async def test_keys_of_a_set_work_and_are_in_the_help(runs_dir: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('key_set = "emacs"\ntheme = "high-contrast"\nlow_bandwidth = true\n')
    for day, name in enumerate(("three", "two", "one"), 1):
        write_run(runs_dir, name, created=f"2026-11-{day:02}T02:00:00Z")
    async with browsing(runs_dir, config=config) as user:
        await user.press("ctrl+n", "ctrl+n")
        await user.has_cursor_on("three")
        await user.press("ctrl+p")
        await user.has_cursor_on("two")
        await user.press("question_mark")
        await user.sees("Ctrl+n ↓")
