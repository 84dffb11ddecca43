"""Closing files where nobody waits for it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from runtui.store.closing import close_aside
from tests.mounts import mounted
from tests.waiting import wait_until


def test_closing_a_file_does_not_block_the_event_loop(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "log").write_text("line\n")
    with mounted(source, tmp_path / "mount") as mount:
        descriptor = os.open(mount.point / "log", os.O_RDONLY)
        mount.hang()

        async def close() -> None:
            close_aside(descriptor)

        asyncio.run(close())
        mount.answer()
        wait_until(lambda: not os.path.exists(f"/proc/self/fd/{descriptor}"), "it is closed")


def test_file_is_closed_at_once_outside_an_event_loop(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    close_aside(descriptor)
    assert not os.path.exists(f"/proc/self/fd/{descriptor}")
