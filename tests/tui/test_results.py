"""The results of a run, as users look through them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import PIL.Image
import pytest
from textual.app import App, ComposeResult

from runtui.tui.actions import NO_KEYS
from runtui.tui.screens.picture import PictureScreen
from runtui.tui.screens.results import RunPlace
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing
from tests.waiting import until

NOW = datetime.now(UTC)


@pytest.fixture
def run(runs_dir: Path) -> Path:
    """A run with results of several kinds, and an older one without any."""
    run = write_run(runs_dir, "one", description="a one", created=NOW)
    write_run(runs_dir, "two", description="a two", created=NOW - timedelta(hours=1))
    results = run / "results"
    rows = "".join(f"{row},{row * 7 % 1000},text {row}\n" for row in range(50_000))
    (results / "large.csv").write_text(f"step,value,note\n{rows}")
    (results / "notes.txt").write_text("first line\nsecond line\n")
    (results / "state.bin").write_bytes(bytes(range(256)) * 10)
    (results / "[b]\x1b[2J.jsonl").write_text(json.dumps({"step": 1, "[/x]": "\x1b[2J"}) + "\n")
    return run


def rows_of(user: Session) -> list[str]:
    """Return the rows of the table on the screen."""
    if not user.app.screen.query("#table"):
        return []
    view = user.app.screen.query_one("#table")
    rows = [view.render_line(y).text.rstrip() for y in range(1, view.size.height)]
    return [row for row in rows if row.strip()]


async def shows_rows(user: Session, first: int, last: int) -> None:
    await until(
        user.pilot,
        lambda: (
            bool(rows := rows_of(user))
            and f"text {first}" == rows[0][-len(f"text {first}") :]
            and f"text {last}" == rows[-1][-len(f"text {last}") :]
        ),
        f"rows {first} to {last}",
        lambda: user.text,
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_results_are_listed_and_a_table_is_opened(
    runs_dir: Path, run: Path, size: tuple[int, int]
) -> None:
    async with browsing(runs_dir, size) as user:
        await user.press("f")
        await user.sees("Results of one")
        for text in ("large.csv", "notes.txt", "state.bin", "[b]␛[2J.jsonl", "table, written "):
            await user.sees(text)
        await user.press(*"large", "enter")
        await user.sees("large.csv · ")
        await user.sees("3 columns · row 1")
        height = size[1] - 3
        await shows_rows(user, 0, height - 1)
        await user.press("G")
        await shows_rows(user, 50_000 - height, 49_999)
        await user.sees("row 50,000")
        await user.press("g")
        await shows_rows(user, 0, height - 1)
        await user.press("escape")
        await user.sees_rows("a one", "a two")


async def test_long_table_is_scrolled_page_by_page(runs_dir: Path, run: Path) -> None:
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"large", "enter")
        await shows_rows(user, 0, 20)
        for page in range(1, 60):
            await user.press("pagedown")
            await shows_rows(user, page * 21, page * 21 + 20)
        for page in reversed(range(59)):
            await user.press("pageup")
            await shows_rows(user, page * 21, page * 21 + 20)


async def test_table_rows_are_found_by_number_percentage_and_pattern(runs_dir: Path, run: Path) -> None:
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"large", "enter")
        await shows_rows(user, 0, 20)
        await user.press(*":30001", "enter")
        await user.sees("row 30,001")
        await until(
            user.pilot,
            lambda: any(row.split()[:2] == ["›", "30000"] for row in rows_of(user)),
            "row 30001",
            lambda: user.text,
        )
        await user.press(*":50%", "enter")
        await until(user.pilot, lambda: "row 2" in user.text, "the middle", lambda: user.text)
        await user.press(*":50001", "enter")
        await user.sees("no row 50001")
        await user.press("g", *"/text 4999[0-9]$", "enter")
        await user.sees("row 49,991")
        await user.press("n")
        await user.sees("row 49,992")
        await user.press("N", "N")
        await user.sees("no match above this row")
        await user.press(*"/(", "enter")
        await user.sees("missing ), unterminated subpattern")
        await user.press(*"/note", "enter")
        await user.sees("no match below this row")


async def test_growing_table_is_followed_at_its_end(runs_dir: Path, run: Path) -> None:
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"large", "enter")
        await shows_rows(user, 0, 20)
        await user.press("G")
        await shows_rows(user, 49_979, 49_999)
        with (run / "results" / "large.csv").open("a") as file:
            file.write("50000,1,text 50000\n")
        await shows_rows(user, 49_980, 50_000)


async def test_table_opens_a_chart_of_its_columns(runs_dir: Path, run: Path) -> None:
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"large", "enter")
        await shows_rows(user, 0, 20)
        await user.press("p")
        await user.sees("value · large.csv · vs step")
        await user.press("escape")
        await shows_rows(user, 0, 20)


async def test_text_files_are_shown_in_the_log_pane_and_binary_files_are_not(
    runs_dir: Path, run: Path
) -> None:
    async with browsing(runs_dir, (120, 40), notices=True) as user:
        await user.press("f", *"notes", "enter")
        await user.sees("second line")
        await user.press("escape", "f", *"state", "enter")
        await user.sees("cannot show ")


async def test_markup_and_control_sequences_in_a_table_are_shown_as_text(runs_dir: Path, run: Path) -> None:
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"jsonl", "enter")
        await user.sees("[/x]")
        await user.sees("␛[2J")


async def test_run_without_results_is_reported(runs_dir: Path, run: Path) -> None:
    async with browsing(runs_dir, notices=True) as user:
        await user.press("j", "f")
        await user.sees("Results of two")
        await user.sees("No files in results/")
        await user.press("enter", "escape")
        await user.sees_rows("a one", "a two")


async def test_table_without_rows_is_reported(runs_dir: Path, run: Path) -> None:
    (run / "results" / "large.csv").write_bytes(b"\0\0")
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"large", "enter")
        await user.sees("Cannot read this file as a table")
        await user.press("j", "G", "g", "pagedown", "n", "escape", ":", *"3", "enter", "R")
        (run / "results" / "large.csv").write_text("a,b\n1,text 1\n")
        await shows_rows(user, 1, 1)


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
async def test_a_picture_is_shown(runs_dir: Path, run: Path) -> None:
    PIL.Image.new("RGB", (60, 40), "white").save(run / "results" / "field.png")
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("f", *"field", "enter")
        await user.sees("field.png · 60 x 40")
        await user.sees("████")
        (run / "results" / "field.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        await user.press("R")
        await user.sees("Cannot show this picture: it is cut off")
        await user.sees_no("████")
        await user.press("escape")
        await user.sees_rows("a one", "a two")


async def test_missing_library_is_reported_with_install_advice(
    runs_dir: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run / "results" / "field.png").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "textual_image", None)
    monkeypatch.delitem(sys.modules, "textual_image.widget", raising=False)
    async with browsing(runs_dir, (120, 40), notices=True) as user:
        await user.press("f", *"field", "enter")
        await user.sees("Pictures need two more libraries: ")


async def test_picture_area_is_empty_until_the_picture_is_read(tmp_path: Path) -> None:
    class Empty(App[None]):
        def compose(self) -> ComposeResult:
            yield PictureScreen(RunPlace(str(tmp_path), "one", "one"), "field.png", NO_KEYS).body()

    async with Empty().run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        assert not "".join(strip.text for strip in pilot.app.screen._compositor.render_strips()).strip()
