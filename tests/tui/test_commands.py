from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Three runs, the newest first; the newest has results."""
    for number, name in enumerate(("gas", "fluid", "epidemic")):
        write_run(runs_dir, name, description=f"a {name}", created=NOW - timedelta(hours=number))
    (runs_dir / "gas" / "results" / "loss.csv").write_text("step,loss\n1,0.5\n")
    return runs_dir


async def test_palette_runs_the_chosen_action(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("ctrl+p")
        await user.sees("next open failure")
        await user.press(*"reverse the sort order")
        await user.sees("reverse the sort order")
        await user.press("enter")
        await user.sees("created ▲")
        await user.sees_rows("a epidemic", "a fluid", "a gas")


async def test_dialog_hints_show_remapped_keys(runs: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[keys]\nsort_reverse = "f9"\n')
    async with browsing(runs, config=config) as user:
        await user.press("ctrl+p", *"reverse the sort")
        await user.sees("reverse the sort order  (f9)")


async def test_palette_shows_the_operation_to_undo(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("t", *"prod", "enter")
        await user.sees("tagged 1 run +prod")
        await user.press("ctrl+p", *"undo")
        await user.sees("undo: tagged 1 run +prod  (u)")


async def test_palette_offers_the_actions_of_a_results_screen(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("f")
        await user.sees("results/loss.csv")
        await user.press("enter")
        await user.sees("0.5")
        await user.press("ctrl+p")
        await user.sees("Search for commands")
        await user.sees("go to row")
        await user.press(*"next open failure")
        await user.sees("No matches found")


async def test_palette_offers_actions_and_the_theme_but_no_panels_of_the_framework(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("ctrl+p", *"theme")
        await user.sees("choose the theme")
        await user.sees("Colours; the choice is saved in the settings.")
        await user.press("ctrl+u", *"screenshot")
        await user.sees("No matches found")
