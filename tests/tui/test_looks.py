"""How the screens look: each compared, character for character, with what was looked at and found good.

``pytest tests/tui/test_looks.py --write-looks`` writes the pictures anew; look at what changed in them.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from runtui.cli import main
from tests.run_dirs import write_log, write_run
from tests.tui.all_keys import write_foreign
from tests.tui.screen import Session, browsing
from tests.waiting import until

LOOKS = Path(__file__).parent / "looks"

_CHANGING = re.compile(
    r"\d+d\d\dh ago|\d+h\d\dm ago|\d+m\d\ds ago|\d+s ago"  # how long ago
    r"|\d+d ago|\d+d old"
    r"|written \d\d-\d(?:\d \d\d:\d\d|…)|\d\d-…|● live.*$"
    r"|/\S*/runs"
)


_SCROLL_BAR = re.compile("[▁▂▃▄▅▆▇█]")


@pytest.fixture(autouse=True)
def _in_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have dates shown as they are there."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Runs of every kind, the same ones each time."""
    for number, (name, status, description) in enumerate(
        [
            ("b7c1f8a0-plate", "completed", "Plate of copper, reference"),
            ("c0ffee00-gas", "failed", "Gas with two solute particles put in at step 700"),
            ("d15ea5e0-seir", "failed", "SEIR, beta from the spreadsheet"),
            ("e1f00d00-melt", "checkpointed", "Melt, 3,000 particles"),
            ("f00dcafe-warm", "resumed", "Warm start"),
        ]
    ):
        run = write_run(runs_dir, name)
        (run / "checkpoints" / "step-1000").write_text("state" * 100)
        write_run(
            runs_dir,
            name,
            status=status,
            description=description,
            tags=["prod"] if number % 2 else ["sweep", "beta"],
            created=f"2026-01-0{9 - number}T10:00:00Z",
            started_at=f"2026-01-0{9 - number}T10:00:01Z",
            completed_at=f"2026-01-0{9 - number}T11:30:01Z",
            parent_run_id="b7c1f8a0-plate" if number == 4 else None,
            checkpoints=[
                {"name": "step-1000", "created_at": "2026-01-01T00:00:00Z", "path": "checkpoints/step-1000"},
                {"name": "step-2000", "created_at": "2026-01-01T00:01:00Z", "path": "checkpoints/step-2000"},
            ],
        )
        (run / "run_params.json").write_text('{"beta": 0.3, "model": {"grid": 64, "dt": 0.001}}')
        os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    write_log(
        runs_dir / "c0ffee00-gas", "step 700\nTraceback (most recent call last):\nValueError: no room\n"
    )
    write_log(runs_dir / "d15ea5e0-seir", "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    main(["-C", str(runs_dir), "doctor", "--fix"])
    return runs_dir


def pictured(user: Session) -> str:
    """Return the screen as text, with what differs from one time to the next made the same."""
    rows = user.text.splitlines()
    rows[0] = re.sub(r"^ .*?  (?=\d)", " (the directory)  ", rows[0])
    rows[0] = re.sub(r" {2,}(?=\d+/\d+$)", "  …  ", rows[0].rstrip())  # at the right end
    # What is read meanwhile moves the scroll bars.
    return "".join(_SCROLL_BAR.sub(" ", _CHANGING.sub(_as_dots, row)).rstrip() + "\n" for row in rows)


def _as_dots(found: re.Match[str]) -> str:
    return "● live" if found[0].startswith("● live") else "·" * len(found[0])


async def _rests(user: Session, log: str) -> None:
    """Wait until the panes show the run under the cursor, whose log has a text."""
    await user.sees(log)
    if user.app.size.width > 100:
        await user.sees("model.grid  64")
        await user.sees_no("reading…")


async def _inbox(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("i")
    await user.sees("2 open, 2 new")
    await user.sees("Detected 1 oom_kill")
    await user.sees("exception")


async def _browser(user: Session) -> None:
    await _rests(user, "this run has no log yet")


async def _tags(user: Session) -> None:
    await user.press("j", "V", "j")
    await _rests(user, "oom_kill event")
    await user.press("t", *"prod -")
    await user.sees("adds prod to 1 of 2 runs")


async def _note(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("m", *"wrong mesh", "enter", *"see mail")
    await user.sees("see mail")


async def _note_and_pin(user: Session) -> None:
    await user.press("m", *"wrong mesh", "enter", *"see mail", "ctrl+s")
    await user.sees("✎")
    await user.press("G", "P")
    await user.sees("›▴")
    await _rests(user, "this run has no log yet")


async def _sort_then(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("S", "S")
    await user.sees("Sort by created, then by")


async def _mark(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("s", *"fail disk")
    await user.sees("disk")


async def _resume(user: Session) -> None:
    await user.press("n")
    await _rests(user, "Traceback (most recent call last)")
    await user.press("r")
    await user.sees("resumes at step-1000")


async def _resume_many(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("asterisk", "r")
    await user.sees("5 runs can be resumed")


async def _cleanup(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("asterisk", "d")
    await user.sees("to the trash, ")
    await user.sees_no("KiB+")
    await user.sees_no("Bytes+")


async def _adopt(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("asterisk", "a")
    await user.sees("1 run to adopt")


async def _rule(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("D", *"keep 3")
    await user.sees("not among the 3 newest")
    await user.sees_no("Bytes+")
    await user.sees_no("KiB+")


async def _trash(user: Session) -> None:
    await user.press("G", "d")
    await user.sees("1 run to the trash, ")
    await user.press("enter")
    await user.sees("4 runs")
    await user.press("g", "T")
    await user.sees("1 run, ")
    await user.sees_no("Bytes+")
    await user.sees_no("KiB+")
    await _rests(user, "this run has no log yet")


async def _log(user: Session) -> None:
    await user.press("n")
    await _rests(user, "Traceback (most recent call last)")
    await user.press("l")
    await user.sees("Esc back")


async def _log_matches(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("A", *"error", "enter")
    await user.sees("2 matches in 2 runs · 5 runs searched")


async def _log_search(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("A", *"err")
    await user.sees("search the logs of 5 runs: err")


async def _details(user: Session) -> None:
    await user.press("n")
    await _rests(user, "Traceback (most recent call last)")
    await user.press("enter")
    await user.sees("exception: ValueError: no room")
    await user.sees_no("reading…")


async def _views(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("v")
    await user.sees("failed today")
    # How many runs each has is counted meanwhile.
    await until(
        user.pilot,
        lambda: re.search(r"group reason +2\b", user.text),
        "all views are counted",
        lambda: user.text,
    )


async def _comparison(user: Session) -> None:
    await user.press("j", "V", "j", "c")
    await user.sees("c0ffee00")
    await user.sees("description")


async def _help(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("question_mark")
    await user.sees("The ten keys you need")


def add_results(run: Path) -> None:
    """Give a run tables, a picture and notes."""
    results = run / "results"
    rows = [
        f"{step},{300 + 200 * math.exp(-step / 40):.3f},{math.exp(-step / 25):.5f}" for step in range(120)
    ]
    (results / "cooling.csv").write_text("step,temperature,residual\n" + "\n".join(rows) + "\n")
    (results / "notes.txt").write_text("the plate was cooled from one side\n")
    picture = Image.new("RGB", (32, 32))
    picture.putdata([(8 * x, 8 * y, 128) for y in range(32) for x in range(32)])
    picture.save(results / "field.png")


async def _files(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("f")
    await user.sees("Results of b7c1f8a0")
    await user.sees("cooling.csv")


async def _table(user: Session) -> None:
    await _files(user)
    await user.press(*"cool", "enter")
    await user.sees("3 columns · row 1")
    await user.sees("500.000")
    await user.press("G")
    await user.sees("row 120")


async def _chart(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("p", "enter")
    await user.sees("120 rows")


async def _charts(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("p")
    await user.sees("› temperature · cooling.csv")
    await user.sees("last 0.0")
    await user.sees("┤")  # the axes are drawn
    await user.press("right")
    await user.sees("› residual · cooling.csv")


async def _values_in_a_chart(user: Session) -> None:
    await _chart(user)
    await user.press("left", "left")
    await user.sees(" at 1")


async def _chart_of_logarithms(user: Session) -> None:
    await _chart(user)
    await user.press("m", *"resid", "enter")
    await user.sees("residual · cooling.csv")
    await user.press("l", "plus")
    await user.sees("logarithmic · smoothing")


async def _picture(user: Session) -> None:
    await _files(user)
    await user.press(*"field", "enter")
    await user.sees("field.png · 32 x 32")
    await user.sees("▓▓▓▓")


SCREENS: dict[str, Callable[[Session], Awaitable[None]]] = {
    "browser": _browser,
    "inbox": _inbox,
    "tags": _tags,
    "mark": _mark,
    "note": _note,
    "noted-and-pinned": _note_and_pin,
    "sort-then": _sort_then,
    "resume": _resume,
    "resume-many": _resume_many,
    "cleanup": _cleanup,
    "cleanup-by-rule": _rule,
    "adopt": _adopt,
    "trash": _trash,
    "log": _log,
    "log-matches": _log_matches,
    "log-search": _log_search,
    "details": _details,
    "views": _views,
    "comparison": _comparison,
    "help": _help,
    "files": _files,
    "table": _table,
    "charts": _charts,
    "chart": _chart,
    "chart-values": _values_in_a_chart,
    "chart-of-logarithms": _chart_of_logarithms,
    "picture": _picture,
}
WITH_RESULTS = ("files", "table", "charts", "chart", "chart-values", "chart-of-logarithms", "picture")


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
@pytest.mark.parametrize(
    ("screen", "size"),
    [
        *product(SCREENS, [(80, 24), (120, 40)]),
        *product(["browser", "charts", "details", "help", "inbox"], [(200, 60)]),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
async def test_screen_matches_the_approved_look(
    runs: Path, screen: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    if screen in WITH_RESULTS:
        add_results(runs / "b7c1f8a0-plate")
    if screen == "adopt":
        created = datetime(2026, 1, 4, 10, tzinfo=UTC)
        write_foreign(runs, created, "Normal termination\n")
        os.utime(runs / "foreign" / "job.out", (created.timestamp() + 5400.0,) * 2)
    async with browsing(runs, size) as user:
        for text in ("● live", "exception: ", "oom: "):
            await user.sees(text)
        await SCREENS[screen](user)
        seen = pictured(user)
    path = LOOKS / f"{screen}-{size[0]}x{size[1]}.txt"
    if request.config.getoption("--write-looks"):
        LOOKS.mkdir(exist_ok=True)
        path.write_text(seen, encoding="utf-8")
    assert seen == path.read_text(encoding="utf-8")
