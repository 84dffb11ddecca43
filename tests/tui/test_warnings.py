"""Completed runs whose logs say that something is wrong: marked, found by the filter, and no failures."""

from __future__ import annotations

from pathlib import Path

from runtui.catalog.sync.cache import RunsCache
from tests.run_dirs import write_log, write_run
from tests.tui.screen import browsing
from tests.waiting import wait_until

LOGS = {"fine": "step 1\ndone\n", "beam": "*ERROR in gen3delem: element 7\nstep 2\n", "gas": "loss: nan\n"}


def make(runs_dir: Path) -> None:
    for name, log in LOGS.items():
        write_log(write_run(runs_dir, name, status="completed", description=f"a {name}"), log)


async def test_run_with_a_warning_is_marked_and_says_why(runs_dir: Path) -> None:
    make(runs_dir)
    async with browsing(runs_dir) as user:
        await user.sees("✓ completed !  beam")
        await user.sees("✓ completed !  gas")
        await user.sees("✓ completed    fine")
        await user.press("slash", *"beam", "enter")
        await user.sees("warning: *ERROR in gen3delem: element 7")
        await user.press("i")
        await user.sees("no open failures")
        await user.press("escape", "e")
        await user.sees_no("details: beam")
        await user.sees("*ERROR in gen3delem: element 7")


async def test_filter_finds_runs_with_a_warning_that_were_never_on_screen(runs_dir: Path) -> None:
    for number in range(60):
        run = write_run(
            runs_dir, f"r{number:02d}", status="completed", created=f"2026-01-01T00:{59 - number:02d}:00Z"
        )
        write_log(run, LOGS["fine" if number < 58 else "beam"])
    async with browsing(runs_dir) as user:
        await user.press("slash", *"has:warning", "enter")
        await user.sees_rows("r58", "r59")


def cached_warnings(runs_dir: Path) -> dict[str, str]:
    """Return the warnings of the runs that were read for them, as the cache has them."""
    cached = RunsCache(str(runs_dir)).load()
    runs = [] if cached is None else [run for block in cached.blocks() for run in block]
    return {run.name: run.warning.line for run in runs if run.warning is not None}


async def test_warning_is_kept_for_the_next_session(runs_dir: Path) -> None:
    make(runs_dir)
    async with browsing(runs_dir) as user:
        await user.sees("✓ completed !  beam")
        await user.sees("✓ completed !  gas")
    expected = {"fine": "", "beam": "*ERROR in gen3delem: element 7", "gas": "loss: nan"}
    wait_until(lambda: cached_warnings(runs_dir) == expected, "the cache with the warnings")


async def test_only_runs_on_screen_are_read_for_warnings(runs_dir: Path) -> None:
    for number in range(150):
        run = write_run(
            runs_dir,
            f"r{number:03d}",
            status="completed",
            created=f"2026-01-01T{number // 60:02d}:{number % 60:02d}:00Z",
        )
        write_log(run, LOGS["beam"])
    async with browsing(runs_dir, (80, 24)) as user:
        await user.sees("✓!  r149")
    wait_until(lambda: cached_warnings(runs_dir) != {}, "the cache with the warnings")
    assert len(cached_warnings(runs_dir)) < 40
