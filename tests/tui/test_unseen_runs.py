from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST
from runtui.tui.unseen_runs import UnseenRuns, unseen_text
from tests.run_dirs import write_run
from tests.tui.controllers.fakes import Browser, run_of
from tests.tui.screen import Session, browsing

NOW = datetime.now(UTC)


def test_only_runs_above_the_rows_on_screen_are_unseen(tmp_path: Path) -> None:
    browser = Browser(tmp_path, *(run_of(f"r{n}", created=float(n)) for n in range(10)))
    unseen = UnseenRuns(browser.view)
    assert unseen.above(5) == 0
    unseen.add(["r9", "r8", "r1", "gone"])
    assert unseen.above(2) == 2
    assert unseen.above(1) == 1
    assert unseen.above(9) == 1  # the others were seen, or are below
    browser.view.arrange(parse_query("id:r1"), NEWEST_FIRST)
    browser.view.advance()
    assert unseen.above(9) == 0
    assert unseen_text(1234) == " ↑ 1,234 new above "


def _write(base: Path, name: str, number: int) -> None:
    write_run(base, name, description=f"a {name}", created=NOW + timedelta(minutes=number))


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    for number in range(60):
        _write(runs_dir, f"r{number:02}", number)
    return runs_dir


async def _sees_cursor_at(user: Session, row: int, text: str) -> None:
    await user.has_cursor_on(text)
    assert text in user.rows[row]


async def test_new_run_is_seen_at_once_at_the_top_of_the_table(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("j", "k")
        await _sees_cursor_at(user, 0, "a r59")
        _write(runs, "new1", 100)
        await user.sees("a new1")
        await _sees_cursor_at(user, 1, "a r59")
        assert "new above" not in user.text
        await user.sees("2/61")


async def test_new_runs_above_are_counted_until_they_are_seen(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("G")
        await user.has_cursor_on("a r00")
        await user.sees("60/60")
        rows = user.rows
        for number in range(3):
            _write(runs, f"new{number}", 100 + number)
        await user.sees("↑ 3 new above")
        await user.sees("63/63")
        assert user.rows == rows
        await user.press("g")
        await user.sees("a new2")
        await user.sees_no("new above")
        await user.sees("1/63")
        await user.press("G")
        await user.has_cursor_on("a r00")
        assert "new above" not in user.text


async def test_mark_of_new_runs_goes_to_the_top_when_it_is_clicked(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("G")
        await user.has_cursor_on("a r00")
        _write(runs, "new", 100)
        await user.sees("↑ 1 new above")
        await user.pilot.click("#runs", offset=(76, 0))
        await user.has_cursor_on("a new")


async def test_sorting_goes_to_the_extreme_at_the_top(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("G")
        await user.has_cursor_on("a r00")
        await user.press("S", *"created", "enter")
        await user.press("O")
        await user.sees("created ▲")
        await _sees_cursor_at(user, 0, "a r00")
        await user.press("j", "j", "O")
        await user.sees("created ▼")
        await _sees_cursor_at(user, 0, "a r59")
        # Another filter keeps the cursor on its run.
        await user.press("j", "j", "slash", *"r5", "enter")
        await user.sees("10 of 60")
        await _sees_cursor_at(user, 2, "a r57")
