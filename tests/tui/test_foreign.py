"""Other programs' directories in the browser: no key changes anything in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.foreign import mlflow, openfoam, with_metadata_of_its_own
from tests.trees import everything_below
from tests.tui.screen import browsing


@pytest.mark.parametrize("kind", [mlflow, openfoam, with_metadata_of_its_own])
async def test_no_key_changes_a_foreign_directory(tmp_path: Path, kind: Callable[[Path], str]) -> None:
    base = tmp_path / "theirs"
    kind(base)
    before = everything_below(base)
    runs = sum(path.is_dir() and path.name[0] != "." for path in base.iterdir())
    async with browsing(base, size=(120, 40)) as user:
        await user.sees(f"{runs} runs")
        for keys in (
            ("d",),
            ("t", "x", "enter"),
            ("s", *"completed", "enter"),
            ("u",),
            ("r", "enter"),
            ("x", "enter"),
            ("w",),
            ("T", "asterisk", "enter"),
            ("T", "asterisk", "X", "X"),
            ("i", "space", "d"),
            ("D", *"id:*", "enter"),
        ):
            if "selected" not in user.text:
                await user.press("asterisk")
            await user.sees(f"{runs} selected")
            await user.press(*keys)
            if keys == ("d",):
                await user.sees("0 runs to the trash")
                await user.press("enter")
            while len(user.app.screen_stack) > 1:
                await user.press("escape")
    assert everything_below(base) == before
