"""Choosing columns and what to sort by, as users do it."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.settings import ColumnChoice, SavedView
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing
from tests.waiting import until, wait_until

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Three runs with parameters; the newest has none."""
    for number, name in enumerate(["gas", "fluid", "plate"]):
        run = write_run(runs_dir, name, description=f"a {name}", created=NOW - timedelta(hours=number))
        if number:
            params = {"model": {"beta": 0.1 * number}, "solver": f"verlet-{number}"}
            (run / "run_params.json").write_text(json.dumps(params))
    return runs_dir


def heading(user: Session) -> list[str]:
    return user.app.screen_stack[0].query_one("#runs").render_line(0).text.split()


async def sees_heading(user: Session, *titles: str) -> None:
    await until(user.pilot, lambda: heading(user) == list(titles), f"{titles} above", lambda: user.text)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_columns_are_chosen_moved_and_saved(runs: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    config = tmp_path / "settings.toml"
    async with browsing(runs, size, config=config) as user:
        await user.press("j", "enter")
        await user.sees("model.beta")
        await user.press("escape", "C")
        await user.sees("[x] status")
        await user.press(*"model", "space")
        await user.sees("[x] model.beta")
        await user.press(*["K"] * 8)
        for key in ("tags", "reason", "host", "user", "created"):
            await user.press(*key, "space")
        await user.press(*"no.such", "space", "enter")
        status = ("status",) if size[0] >= 100 else ()  # below that it is a sign
        await sees_heading(user, *status, "model.beta", "id", "description", "time", "no.such")
        await until(user.pilot, lambda: " 0.1 " in user.rows[1], "the value", lambda: user.text)
        wait_until(config.exists, "the columns were kept")
        wait_until(
            lambda: (
                tomllib.loads(config.read_text())
                == {"columns": ["status", "model.beta", "id", "description", "duration", "no.such"]}
            ),
            "the columns were kept",
        )
    async with browsing(runs, size, config=config) as user:
        await until(user.pilot, lambda: " 0.2 " in user.rows[2], "the value", lambda: user.text)
        await user.press("C", "ctrl+r", "enter")
        await until(user.pilot, lambda: "created" in heading(user), "the usual columns")
        wait_until(lambda: tomllib.loads(config.read_text()) == {}, "the usual columns were kept")


async def test_last_column_cannot_be_hidden_and_cancel_changes_nothing(runs: Path) -> None:
    async with browsing(runs, view=SavedView("x", columns=(ColumnChoice("id", 30),))) as user:
        await sees_heading(user, "id")
        await user.press("C", "space", "enter")
        await user.sees("Choose at least one column")
        await user.press("J")
        await user.sees("This column is hidden")
        await user.press("escape")
        await sees_heading(user, "id")
        await user.press("o")
        await sees_heading(user, "id", "▲")


async def test_runs_are_sorted_by_any_key_even_without_a_column(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("S", *"model.beta", "enter")
        await user.sees_rows("a fluid", "a plate", "a gas")
        await user.press("O")
        await user.sees_rows("a plate", "a fluid", "a gas")
        await user.press("S", *"descr", "enter")
        await user.sees_rows("a fluid", "a gas", "a plate")


async def test_click_on_a_key_column_heading_sorts_by_it(runs: Path) -> None:
    columns = (ColumnChoice("id"), ColumnChoice("solver"), ColumnChoice("model.beta"))
    async with browsing(runs, view=SavedView("x", columns=columns)) as user:
        await until(user.pilot, lambda: "verlet-1" in user.rows[1], "the values", lambda: user.text)
        line = user.app.screen.query_one("#runs").render_line(0).text
        await user.pilot.click("#runs", offset=(line.index("solver") + 1, 0))
        await user.sees_rows("fluid", "plate", "gas")
        assert "solver ▲" in user.text
        await user.pilot.click("#runs", offset=(line.index("solver") + 1, 0))
        await user.sees_rows("plate", "fluid", "gas")


async def test_last_columns_are_hidden_in_a_narrow_terminal(runs: Path) -> None:
    keys = ("user", "host", "description", "model.beta", "solver", "reason", "tags", "created")
    view = SavedView("x", columns=tuple(map(ColumnChoice, keys)))
    async with browsing(runs, (60, 24), view=view) as user:
        await sees_heading(user, "user", "host", "description", "model.beta", "solver", "›")


async def test_column_added_to_the_default_ones_is_visible_at_80_columns(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("C")
        await user.sees("[x] status")
        await user.press(*"solver", "space", "enter")
        await sees_heading(user, "id", "description", "created", "▼", "time", "solver")


async def test_clearing_the_typed_text_keeps_the_columns(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("C", *"tags", "space", *"xyz", "ctrl+u")
        await user.sees("[ ] tags")
