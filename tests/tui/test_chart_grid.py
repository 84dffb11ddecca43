"""The charts of all metrics beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.tui.test_chart import has_curve
from tests.waiting import until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Two runs with eleven metrics."""
    for number, name in enumerate(["one", "two"]):
        run = write_run(runs_dir, name)
        columns = ["loss", "acc", *(f"flux{place}" for place in range(9))]
        rows = [",".join(str(step * (place + number)) for place in range(11)) for step in range(20)]
        text = f"step,{','.join(columns)}\n" + "".join(f"{step},{row}\n" for step, row in enumerate(rows))
        (run / "results" / "m.csv").write_text(text)
    return runs_dir


@pytest.mark.parametrize(
    ("size", "pages"), [((80, 24), 3), ((120, 40), 2), ((200, 60), 0)], ids=["80x24", "120x40", "200x60"]
)
async def test_all_metrics_are_seen_at_once_or_in_pages(
    size: tuple[int, int], pages: int, runs: Path
) -> None:
    async with browsing(runs, size) as user:
        await user.press("*", "p")
        await user.sees("› loss · m.csv")
        await user.sees("11 metrics" + (f" · page 1 of {pages}" if pages else ""))
        await until(user.pilot, lambda: has_curve(user.text), "curves", lambda: user.text)
        await user.sees("last 0 to 19")


async def test_arrows_choose_a_chart_and_enter_shows_it_alone(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("p")
        await user.sees("› loss · m.csv")
        await user.press("right")
        await user.sees("› acc · m.csv")
        await user.press("down")
        await user.sees("› flux1 · m.csv")
        await user.press("enter")
        await user.sees("flux1 · m.csv · vs step")
        await user.press("q")
        await user.sees("› flux1 · m.csv")
        await user.press("pagedown")
        await user.sees("page 2 of")
        await user.press("q")
        await user.sees_no("page 2 of")


async def test_only_metrics_with_a_text_in_their_names_are_shown(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("p")
        await user.sees("11 metrics")
        await user.press("slash", *"acc", "enter")
        await user.sees("1 metrics · with “acc”")
        await user.sees_no("flux")
        await user.press("slash", "ctrl+u", *"nothing", "enter")
        await user.sees("no metric has this in its name")
        await user.press("a")
        await user.sees("11 metrics")


async def test_new_rows_and_new_tables_appear(runs: Path) -> None:
    async with browsing(runs, (200, 60)) as user:
        await user.press("p")
        await user.sees("11 metrics")
        (runs / "one" / "results" / "n.csv").write_text("step,energy\n0,1\n1,7\n")
        (runs / "two" / "results" / "n.csv").write_text("step,energy\n0,1\n1,7\n")
        await user.sees("energy · n.csv")
        await user.sees("last 7")


async def test_enter_before_the_metrics_are_known_is_not_lost(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("p", "enter")
        await user.sees("loss · m.csv · vs step")
