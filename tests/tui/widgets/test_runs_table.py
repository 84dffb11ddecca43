"""The columns of the runs table, as users see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtui.settings import ColumnChoice
from runtui.settings.model import SavedView
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing
from tests.waiting import until

NOW = datetime.now(UTC)


def heading(user: Session) -> list[str]:
    return user.text.splitlines()[1].replace("›", " › ").split()


async def sees_heading(user: Session, *titles: str) -> None:
    await until(user.pilot, lambda: heading(user) == list(titles), f"{titles} above", lambda: user.text)


def write_runs(base: Path, count: int = 3, **more: object) -> None:
    for number in range(count):
        created = NOW - timedelta(hours=number)
        write_run(base, f"r{number}", status="completed", created=created, **more)  # type: ignore[arg-type]


async def test_columns_that_do_not_fit_are_scrolled_into_sight(runs_dir: Path) -> None:
    keys = ["status", "id", *(f"parameter_{number:02}" for number in range(12))]
    write_runs(runs_dir, **dict.fromkeys(keys[2:], 7))
    view = SavedView("wide", columns=tuple(map(ColumnChoice, keys)))
    async with browsing(runs_dir, (80, 24), view=view) as user:
        await sees_heading(user, "id", *keys[2:7], "›")
        await user.press("right", "right")
        await sees_heading(user, "‹", "id", *keys[4:9], "›")
        await user.press(*["right"] * 20)
        await until(user.pilot, lambda: heading(user)[-1] == keys[-1], "the last column", lambda: user.text)
        await user.press(*["left"] * 20)
        await sees_heading(user, "id", *keys[2:7], "›")


async def test_column_comes_back_when_its_values_differ(runs_dir: Path) -> None:
    write_runs(runs_dir, user="alice")
    async with browsing(runs_dir, (160, 40)) as user:
        await user.sees("user alice")
        assert "user" not in heading(user)
        write_run(runs_dir, "new", user="bob", created=NOW + timedelta(minutes=1))
        await until(user.pilot, lambda: "user" in heading(user), "the column of users", lambda: user.text)
        await user.sees_no("user alice")


async def test_columns_stay_while_rows_change(runs_dir: Path) -> None:
    write_runs(runs_dir)
    async with browsing(runs_dir, (80, 24)) as user:
        before = heading(user)
        (runs_dir / "r0" / "metadata.json").write_text(
            (runs_dir / "r0" / "metadata.json").read_text().replace('"completed"', '"checkpointed"')
        )
        await user.sees("◆")
        assert heading(user) == before
