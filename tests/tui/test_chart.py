"""Charts of metrics, as users look at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import until

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Two runs with metrics, the newest first, and one without."""
    for number, name in enumerate(["one", "two", "none"]):
        run = write_run(runs_dir, name, description=f"a {name}", created=NOW - timedelta(hours=number))
        if name != "none":
            rows = "".join(f"{step},{step * step},{number}\n" for step in range(50))
            (run / "results" / "x.csv").write_text(f"step,loss,[b]odd\n{rows}")
    return runs_dir


def has_curve(text: str) -> bool:
    return any("\u2800" < char <= "\u28ff" or char == "●" for char in text.replace("● live", ""))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_metric_of_selected_runs_is_plotted(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size) as user:
        await user.press("space", "space", "p", "enter")
        await user.sees("loss · x.csv · vs step")
        await until(user.pilot, lambda: has_curve(user.text), "a curve", lambda: user.text)
        await user.sees("━━ one  last 2401  50 rows")
        await user.sees("━━ two  last 2401  50 rows")
        assert "2000┤" in user.text
        await user.press("l")
        await user.sees("logarithmic")
        await user.sees("1 not above 0 not shown")
        await user.press("plus", "plus", "minus")
        await user.sees("smoothing 0.5")
        await user.press("x")
        await user.sees("vs row")
        await user.press("right_square_bracket")
        await user.sees("[b]odd · x.csv")
        await user.press("m", *"step", "enter")
        await user.sees("step · x.csv")
        await user.press("q")
        await user.sees("2 metrics")
        await user.press("q")
        await user.sees_rows("a one", "a two", "a none")


async def test_cursor_reads_the_values_of_all_curves_and_zoom_shows_a_part(runs: Path) -> None:
    async with browsing(runs, (120, 40)) as user:
        await user.press("space", "space", "p", "enter")
        await user.sees("━━ one  last 2401  50 rows")
        await user.press("left")
        await user.sees("━━ one  2401 at 49")
        await user.press("left")
        await user.sees("━━ two  2304 at 48")
        await user.press("z", "z")
        await until(user.pilot, lambda: " 46 " in user.text, "a part of the range", lambda: user.text)
        await user.press("0")
        await until(user.pilot, lambda: " 46 " not in user.text, "the whole range", lambda: user.text)
        await user.press("right", "right", "right")
        await user.sees("━━ one  2401 at 49")


async def test_runs_are_called_by_the_parameters_in_which_they_differ(runs: Path) -> None:
    for name, beta in (("one", 0.3), ("two", 0.5)):
        (runs / name / "run_params.json").write_text(f'{{"beta": {beta}, "mesh": "fine"}}')
    async with browsing(runs, (120, 40)) as user:
        await user.press("space", "space", "p", "enter")
        await user.sees("━━ beta=0.3  last 2401  50 rows")
        await user.sees("━━ beta=0.5  last 2401  50 rows")


async def test_curve_is_broken_where_steps_go_back(runs: Path) -> None:
    rows = [*range(100), *range(50, 100)]
    (runs / "one" / "results" / "x.csv").write_text("step,loss\n" + "".join(f"{row},{row}\n" for row in rows))
    async with browsing(runs, (120, 40)) as user:
        await user.press("p")
        await user.sees("last 99  150 rows")
        drawn = [line for line in user.text.splitlines() if "┤" in line or "│" in line]
        # A line back from the end to the middle would be below the curve, on its right.
        assert not any("\u2800" < char <= "\u28ff" for line in drawn[-8:] for char in line[100:])


async def test_chart_follows_a_growing_table(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("p", "enter")
        await user.sees("last 2401  50 rows")
        with (runs / "one" / "results" / "x.csv").open("a") as file:
            file.write("50,7777,1\n51,")
        await user.sees("last 7777  51 rows")


async def test_run_without_metrics_is_reported(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("G", "p")
        await user.sees("No table with numbers in the run or in results/")
        await user.press("l", "x", "plus", "m", "right_square_bracket", "R", "escape")
        await user.sees_rows("a one", "a two", "a none")


async def test_curves_differ_without_colours(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with browsing(runs, (80, 24)) as user:
        await user.press("space", "space", "p", "enter")
        await user.sees("bb two  last 2401")
        await until(user.pilot, lambda: "bbb" in user.text, "a curve of letters", lambda: user.text)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light"])
async def test_charts_are_drawn_in_any_theme(runs: Path, theme: str) -> None:
    async with browsing(runs, (80, 24)) as user:
        user.app.theme = theme
        await user.press("p", "enter")
        await until(user.pilot, lambda: has_curve(user.text), "a curve", lambda: user.text)


@pytest.mark.parametrize(
    "values",
    [
        [1e308, -1e308, 0],
        [1.7e308] * 3,
        [5e-324, 0, 1e-323],
        [1e308, float("inf"), float("nan"), 1],
        [1e15, 1e15 + 1, 1e15 + 2],
        [-7.0, -7.0, -7.0],
        [0, 0],
    ],
)
async def test_extreme_numbers_can_be_plotted(runs: Path, values: list[float]) -> None:
    text = "step,loss\n" + "".join(f"{value!r},{value!r}\n" for value in values)
    (runs / "one" / "results" / "x.csv").write_text(text)
    async with browsing(runs, (80, 24)) as user:
        await user.press("p")
        await until(user.pilot, lambda: has_curve(user.text), "a curve", lambda: user.text)
        await user.press("l")
        await user.sees("logarithmic")
        await user.press("x", "x")
        await user.sees("vs row")


async def test_palette_offers_the_actions_of_a_chart(runs: Path) -> None:
    async with browsing(runs, (80, 24)) as user:
        await user.press("p", "enter")
        await user.sees("loss · x.csv")
        await user.press("ctrl+p", *"logarithmic")
        await user.sees("logarithmic or linear scale  (l)")
        await user.press("enter")
        await user.sees("vs step · logarithmic")
