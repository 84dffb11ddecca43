from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Size

from runtui.tui.dialogs.too_small import LEAST_SIZE, is_too_small
from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import until


@pytest.mark.parametrize(
    ("size", "expected"),
    [(LEAST_SIZE, False), (Size(49, 12), True), (Size(50, 11), True), (Size(200, 60), False)],
)
def test_terminal_is_too_small_in_either_dimension(size: Size, expected: bool) -> None:
    assert is_too_small(size) is expected


async def test_too_small_message_accepts_only_quit_and_closes_when_enlarged(
    runs_dir: Path, tmp_path: Path
) -> None:
    run = write_run(runs_dir, "ant", tags=["old"])
    before = (run / "metadata.json").read_bytes()
    async with browsing(runs_dir) as user:
        await user.pilot.resize_terminal(40, 10)
        await user.sees("40×10 is too small for")
        await user.press("d", "enter")
        await user.pilot.resize_terminal(80, 24)
        await user.sees_no("is too small")
        await user.sees_rows("ant")
        assert (run / "metadata.json").read_bytes() == before


async def test_message_shows_the_remapped_quit_key(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "ant")
    config = tmp_path / "settings.toml"
    config.write_text('[keys]\nquit_all = "f9"\n')
    async with browsing(runs_dir, config=config) as user:
        await user.pilot.resize_terminal(45, 11)
        await user.sees("press f9")
        await user.press("f9")
        await until(user.pilot, lambda: not user.app.is_running, "it quit")
