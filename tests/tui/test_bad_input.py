"""Everything that a runs directory should not hold, on the screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.catalog.fields import USUAL_COLUMNS
from tests.run_dirs import bad_runs, write_run
from tests.tui.screen import browsing

CASES = {
    "no_metadata": "no metadata.json",
    "empty": "metadata.json is empty",
    "half": "metadata.json is not valid JSON",
    "list": "metadata.json holds a list, not an object",
    "number": "metadata.json holds a number, not an object",
    "huge": "metadata.json has 50 MB, more than is read (8 MiB)",
    "deep": "metadata.json is nested too deeply to read",
    "long_number": "metadata.json holds a number too long to read",
    "metadata_directory": "metadata.json is",
    "metadata_fifo": "metadata.json is not a regular file",
    "metadata_loop": "metadata.json links to metadata.json, which leads in a circle",
    "loop": "a link to loop, which leads nowhere",
    "dangling": "a link to gone, which leads nowhere",
    "no_status": "status is missing",
    "wrong_status": "status is not text",
    "wrong_dates": "completed_at is not a date",
    "wrong_tags": "tags is not a list",
    "wrong_run_id": "run_id differs from the directory's name",
}


async def test_every_bad_run_has_a_row_with_its_problem(runs_dir: Path) -> None:
    bad_runs(runs_dir)
    async with browsing(runs_dir, size=(179, 60)) as user:
        for name, words in CASES.items():
            await user.press("slash", *f"id:{name}")
            await user.press("enter")
            await user.has_cursor_on(name[:19])
            await user.sees(words)
            await user.press("slash", "escape")


async def test_values_that_cannot_be_read_are_said(runs_dir: Path) -> None:
    for name in ("gas", "plate"):
        run = write_run(runs_dir, name)
        (run / "run_params.json").write_text('{"beta": 1}' if name == "gas" else "{")
    async with browsing(runs_dir, size=(120, 30), notices=True) as user:
        await user.press("slash", *"-beta:2", "enter")
        await user.sees("beta is unreadable in 1 of 2 runs")
        await user.sees("1 of 2 runs")
        await user.has_cursor_on("gas")


async def test_runs_with_unusual_names_are_listed_safely(runs_dir: Path) -> None:
    paths = bad_runs(runs_dir)
    not_runs = {"dangling_current", "second_name", "plain_file", "hidden"}
    async with browsing(runs_dir, size=(179, 120)) as user:
        assert f"{len(paths) - len(not_runs)} runs" in user.text
        for text in ("two words", "🌊 wave", "two␊lines", "␛[31mred", "[@click=app.quit]"):
            assert text in user.text, text
        assert not any(ord(char) < 0x20 and char != "\n" for char in user.text)
        assert "current points to a run that is not there" in user.text
        for _run in paths:
            await user.press("j")
        for _column in USUAL_COLUMNS:
            await user.press("o", "g", "G")


async def test_browsing_bad_runs_changes_nothing(runs_dir: Path) -> None:
    bad_runs(runs_dir)

    def state() -> list[tuple[str, int, int, int]]:
        found = []
        for folder, folders, files in os.walk(runs_dir):
            for path in [folder, *(os.path.join(folder, name) for name in files + folders)]:
                status = os.lstat(path)
                found.append((path, status.st_mtime_ns, status.st_size, status.st_mode))
        return sorted(found)

    before = state()
    async with browsing(runs_dir) as user:
        for _row in range(50):
            await user.press("j")
        await user.press("enter", "G", "escape", "l", "escape")
    assert state() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_unreadable_run_shows_permission_denied(runs_dir: Path) -> None:
    run = write_run(runs_dir, "secret")
    run.chmod(0o000)
    try:
        async with browsing(runs_dir) as user:
            await user.sees("permission denied")
    finally:
        run.chmod(0o755)
