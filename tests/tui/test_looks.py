"""How the screens look: each compared, character for character, with what was looked at and found good.

``pytest tests/tui/test_looks.py --write-looks`` writes the pictures anew; look at what changed in them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session, browsing

LOOKS = Path(__file__).parent / "looks"

_CHANGING = re.compile(
    r"\d+d\d\dh ago|\d+h\d\dm ago|\d+m\d\ds ago|\d+s ago"  # how long ago
    r"|\d+d ago|\d+d old"
    r"|written \d\d-\d\d \d\d:\d\d|live: .*$"
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
    # What is read meanwhile moves the scroll bars.
    return "".join(_SCROLL_BAR.sub(" ", _CHANGING.sub(_as_dots, row)).rstrip() + "\n" for row in rows)


def _as_dots(found: re.Match[str]) -> str:
    return "live: …" if found[0].startswith("live:") else "·" * len(found[0])


async def _rests(user: Session, log: str) -> None:
    """Wait until the panes show the run under the cursor, whose log has a text."""
    await user.sees(log)
    if user.app.size.width > 100:
        await user.sees("model.grid  64")
        await user.sees_no("reading…")


async def _inbox(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("i")
    await user.sees("2 runs, 2 failed since")
    await user.sees("oom")
    await user.sees("exception")


async def _browser(user: Session) -> None:
    await _rests(user, "this run has no log yet")


async def _tags(user: Session) -> None:
    await user.press("j", "V", "j")
    await _rests(user, "oom_kill event")
    await user.press("t", *"prod -")
    await user.sees("adds prod to 1 of 2 runs")


async def _mark(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("s", *"fail disk")
    await user.sees("disk")


async def _resume(user: Session) -> None:
    await user.press("n")
    await _rests(user, "ValueError: no room")
    await user.press("r")
    await user.sees("goes on from step-1000")


async def _resume_many(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("asterisk", "r")
    await user.sees("5 runs can go on")


async def _cleanup(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("asterisk", "d")
    await user.sees("to the trash, ")
    await user.sees_no("KiB+")
    await user.sees_no("Bytes+")


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
    await _rests(user, "ValueError: no room")
    await user.press("l")
    await user.sees("Esc back")


async def _details(user: Session) -> None:
    await user.press("n")
    await _rests(user, "ValueError: no room")
    await user.press("enter")
    await user.sees("exception: ValueError: no room")
    await user.sees_no("reading…")


async def _views(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("v")
    await user.sees("failed today")
    await user.sees("stale")


async def _comparison(user: Session) -> None:
    await user.press("j", "V", "j", "c")
    await user.sees("c0ffee00")
    await user.sees("description")


async def _help(user: Session) -> None:
    await _rests(user, "this run has no log yet")
    await user.press("question_mark")
    await user.sees("all keys")


SCREENS: dict[str, Callable[[Session], Awaitable[None]]] = {
    "browser": _browser,
    "inbox": _inbox,
    "tags": _tags,
    "mark": _mark,
    "resume": _resume,
    "resume-many": _resume_many,
    "cleanup": _cleanup,
    "cleanup-by-rule": _rule,
    "trash": _trash,
    "log": _log,
    "details": _details,
    "views": _views,
    "comparison": _comparison,
    "help": _help,
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", SCREENS)
async def test_a_screen_looks_as_it_was_found_good(
    runs: Path, screen: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    async with browsing(runs, size) as user:
        if size[0] > 100:
            await user.sees("exception: ")
            await user.sees("oom: ")
        await SCREENS[screen](user)
        seen = pictured(user)
    path = LOOKS / f"{screen}-{size[0]}x{size[1]}.txt"
    if request.config.getoption("--write-looks"):
        LOOKS.mkdir(exist_ok=True)
        path.write_text(seen, encoding="utf-8")
    assert seen == path.read_text(encoding="utf-8")
