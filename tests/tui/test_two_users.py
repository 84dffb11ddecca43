"""Two browsers on the same runs at once."""

from __future__ import annotations

from pathlib import Path

from runtui.cli import main
from runtui.doctor.checks import examine
from runtui.doctor.findings import Severity
from runtui.store.edits.fold import read_overlaid
from tests.run_dirs import write_run
from tests.tui.screen import browsing


def tags(base: Path, name: str) -> list[str]:
    return read_overlaid(str(base), name).metadata["tags"]


async def test_edits_of_two_users_on_the_same_runs_are_all_kept(runs_dir: Path) -> None:
    names = [f"run-{number}" for number in range(8)]
    for name in names:
        write_run(runs_dir, name, status="failed", description=f"a {name}")
    main(["-C", str(runs_dir), "doctor", "--fix"])
    async with browsing(runs_dir, notices=True) as one, browsing(runs_dir, notices=True) as other:
        await one.press("asterisk", "t", *"one", "enter")
        await other.press("asterisk", "t", *"two", "enter")
        await one.sees("tagged 8 runs +one")
        await other.sees("tagged 8 runs +two")
        assert all(set(tags(runs_dir, name)) == {"one", "two"} for name in names)
        # What one takes away, the other sees go; what he does to it then says why it cannot be.
        await one.press("g", "escape", "d")
        await one.sees("1 run to the trash, ")
        await other.press("escape", "g", "t", *"late")
        await one.press("enter")
        await one.sees("7 runs")
        await other.press("enter")
        await other.sees("7 runs")
        # Each takes back only what is his own.
        await one.press("u")
        await one.sees("8 runs")
        await one.press("u")
        await one.sees("undid on 8 runs")
        assert {tuple(tag for tag in tags(runs_dir, name) if tag != "late") for name in names} == {("two",)}
    assert [finding for finding in examine(str(runs_dir)) if finding.level is Severity.PROBLEM] == []
