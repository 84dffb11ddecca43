"""The view of what takes the space: the largest runs first."""

from __future__ import annotations

from pathlib import Path

from tests.run_dirs import write_run
from tests.tui.screen import browsing


async def test_largest_run_comes_first_and_groups_have_totals(runs_dir: Path) -> None:
    for number, name in enumerate(("ant", "bee", "cow")):
        (write_run(runs_dir, name, user="ann" if number else "bob") / "data").write_bytes(
            b"x" * 2**20 * (number + 1)
        )
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("v", *"disk", "enter")
        await user.sees("size ▼")
        await user.sees_rows("3.0M", "2.0M", "1.0M")
        await user.press("v", *"disk by user", "enter")
        await user.sees("user = ann  2 runs  5.0M")
        await user.sees("user = bob  1 run  1.0M")
        await user.press("v", *"all", "enter", "slash", *"size>1.5M", "enter")
        await user.sees_rows("cow", "bee")
