"""Other programs' directories in the browser: no key changes anything in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.foreign import mlflow, openfoam, with_metadata_of_its_own
from tests.trees import everything_below
from tests.tui.screen import browsing


@pytest.mark.parametrize(
    ("kind", "runs"), [(mlflow, "2 runs"), (openfoam, "1 run"), (with_metadata_of_its_own, "4 runs")]
)
async def test_no_key_changes_a_foreign_directory(
    tmp_path: Path, kind: Callable[[Path], str], runs: str
) -> None:
    kind(tmp_path / "theirs")
    base = tmp_path if kind is openfoam else tmp_path / "theirs"  # a case is one run
    before = everything_below(base)
    async with browsing(base, size=(120, 40)) as user:
        await user.sees(runs)
        for keys in (
            ("d",),
            ("t", "x", "enter"),
            ("s", *"completed", "enter"),
            ("u",),
            ("r", "enter"),
            ("x", "s", "enter"),
            ("w",),
            ("T", "asterisk", "enter"),
            ("T", "asterisk", "X", "X"),
            ("i", "space", "d"),
            ("D", *"id:*", "enter"),
        ):
            if "selected" not in user.text:
                await user.press("asterisk")
            await user.sees(f"{runs.split()[0]} selected")
            await user.press(*keys)
            if keys == ("d",):
                await user.sees("0 runs to the trash")
                await user.press("enter")
            while len(user.app.screen_stack) > 1:
                await user.press("escape")
    # What users say of a run lies in the run, and nowhere else.
    for edits in base.glob("**/.runtui"):
        assert (edits.parent / "meta.yaml").exists() or (edits.parent / "system").exists()
        found = os.stat(edits.parent)
        shutil.rmtree(edits)
        os.utime(edits.parent, ns=(found.st_atime_ns, before[str(edits.parent)][4]))
    assert everything_below(base) == before
