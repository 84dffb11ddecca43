"""Dialogs name the keys that are set, whichever kind of dialog they are."""

from __future__ import annotations

from pathlib import Path

from tests.run_dirs import write_run
from tests.tui.screen import browsing


async def test_dialog_shows_remapped_keys(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "ant", status="failed")
    config = tmp_path / "settings.toml"
    config.write_text('[keys]\ntag_group = "f3"\nleave = "f4"\n')
    async with browsing(runs_dir, config=config) as user:
        await user.press("i")
        await user.sees("f3 tag  s mark")
        await user.sees("f4 close")
        await user.press("f4")
        await user.sees_no("f3 tag")


async def test_picker_shows_remapped_keys(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "ant")
    config = tmp_path / "settings.toml"
    config.write_text('[keys]\nchoose = "f3"\ncancel = "f4"\n')
    async with browsing(runs_dir, config=config) as user:
        await user.press("s")
        await user.sees("f3 apply  f4 cancel")
        await user.press("f4")
        await user.sees_no("f3 apply")
