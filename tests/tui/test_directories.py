"""Several runs directories in one table."""

from __future__ import annotations

from pathlib import Path

from runtui.tui.app import RuntuiApp
from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session


async def test_directory_column_shows_the_runs_directory(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "same", description="of the first", created="2026-11-01T10:00:00Z")
    write_run(tmp_path / "b", "same", description="of the second", created="2026-11-01T11:00:00Z", beta=0.5)
    (tmp_path / "b" / "same" / "logs" / "simulation.log").write_text("step 7 of the second\n")
    app = RuntuiApp(str(tmp_path / "a"), str(tmp_path / "b"))
    async with app.run_test(size=(120, 40)) as pilot:
        user = Session(app, pilot)
        await user.sees("2 runs")
        await user.sees("of the first")
        assert [row.split()[:1] for row in (row[2:] for row in user.rows)] == [["b"], ["a"]]
        assert "2 runs  host node17" in user.text  # before that the title, its end if it is long
        await user.sees("step 7 of the second")
        await user.sees("0.5")
        await user.press("j")
        await user.sees("this run has no log yet")


async def test_reason_is_shown_at_80_columns_with_several_directories(tmp_path: Path) -> None:
    for base in ("a", "b"):
        run = write_run(tmp_path / base, "2026-11-30_10-12-44_gas-a1", status="failed")
        write_log(run, "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    app = RuntuiApp(str(tmp_path / "a"), str(tmp_path / "b"))
    async with app.run_test(size=(80, 24)) as pilot:
        user = Session(app, pilot)
        await user.sees_rows("oom: Detected 1", "oom: Detected 1")
