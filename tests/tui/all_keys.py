"""Pressing every key of the table of actions at every place where a user can be."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import PIL.Image

from runtui.settings import ALL
from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
from runtui.store.edits.run_edits import edit_tags
from runtui.tui.actions import ACTIONS
from runtui.tui.screens.browser import BrowserScreen
from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session
from tests.waiting import PATIENCE, until

_NOW = datetime.now(UTC)

_ATTEMPTS = 2
"""Attempts to get to a place that wait for it a while only."""

_A_WHILE = 4.0
"""Seconds."""

# They choose from lists.
_DIGITS = ("1", "2")

EVERY_KEY = tuple(dict.fromkeys([*(key for action in ACTIONS for key in action.keys), *_DIGITS]))
"""All keys that do something, each once."""

# The layout lasts for the session, and is no place.
_LAYOUT = ("Z", "plus", "minus")

# What is pressed last, since little is left to be done on a screen after it; in the log `m` merges the logs,
# of which another one than at first is shown afterwards.
_LAST = ("m", "enter", "escape", "q")

KEYS = (*(key for key in EVERY_KEY if key not in (*_LAYOUT, *_LAST)), *_LAST)
"""All keys, in the order in which they are pressed."""


class Spot(NamedTuple):
    """A place where a user can be.

    Attributes:
        name: What it is called.
        keys: The keys that lead there from the table.
        shows: What is on the screen then.
        run: The run under the cursor there.
    """

    name: str
    keys: tuple[str, ...]
    shows: str
    run: str = "failed"


SPOTS = (
    Spot("table", (), "details: failed"),
    Spot("table-of-a-running-run", (), "details: running", "running"),
    Spot("table-of-a-lost-run", (), "details: lost", "lost"),
    Spot("selected", ("asterisk",), "selected"),
    Spot("grouped", ("b", *"status", "enter", "g"), "completed"),
    Spot("filter", ("slash", *"fail"), "fail"),
    Spot("filtered", ("slash", *"fail", "enter"), "fail"),
    Spot("details", ("enter",), "details: failed"),
    Spot("log", ("l",), "ValueError: lost"),
    Spot("log-of-a-running-run", ("l",), "all is well", "running"),
    Spot("log-searched", ("l", "slash", *"lost", "enter"), "lost"),
    Spot("log-search", ("l", "slash", *"los"), "los"),
    Spot("log-filter", ("l", "ampersand", *"lost"), "lost"),
    Spot("log-filtered", ("l", "ampersand", *"lost", "enter"), "lost"),
    Spot("log-place", ("l", "F", "colon", "1"), "ValueError"),
    Spot("log-selected", ("l", "V", "k"), "log: failed"),
    Spot("log-save", ("l", "W"), "ValueError"),
    Spot("logs", ("l", "L"), "other.log"),
    Spot("logs-as-one", ("l", "m"), "ValueError: lost"),
    Spot("inbox", ("i",), "ValueError: lost"),
    Spot("log-matches", ("A", *"lost", "enter"), "ValueError: lost"),
    Spot("log-matches-search", ("A", *"lost"), "search the logs of"),
    Spot("dismissed", ("i", "X"), "Dismissed failures"),
    Spot("sort-by", ("S",), "Sort by"),
    Spot("group-by", ("b",), "Group by"),
    Spot("columns", ("C",), "Columns"),
    Spot("views", ("v",), "Views"),
    Spot("comparison", ("c",), "beta"),
    Spot("comparison-save", ("c", "w"), "beta"),
    Spot("charts", ("p",), "2 metrics"),
    Spot("chart", ("p", "enter"), "vs step"),
    Spot("chart-metrics", ("p", "enter", "m"), "loss"),
    Spot("files", ("f",), "m.csv"),
    Spot("grid", ("f", *"csv", "enter"), "step"),
    Spot("grid-find", ("f", *"csv", "enter", "slash", "9"), "step"),
    Spot("grid-found", ("f", *"csv", "enter", "slash", "9", "enter"), "step"),
    Spot("grid-chart", ("f", *"csv", "enter", "p"), "loss"),
    Spot("picture", ("f", *"png", "enter"), "s.png"),
    Spot("tag", ("t",), "Tags of"),
    Spot("mark", ("s",), "Set status of"),
    Spot("note", ("m", *"word"), "Note on"),
    Spot("describe", ("M",), "Description of"),
    Spot("resume", ("r",), "step_1"),
    Spot("resume-several", ("asterisk", "r"), "can be resumed"),
    Spot("cancel", ("x",), "Stop ", "running"),
    Spot("clean", ("d",), "1 run"),
    Spot("clean-by-rule", ("D", *"keep 1"), "to the trash"),
    Spot("clean-by-rule-list", ("D", *"keep 1", "tab"), "to the trash"),
    Spot("adopt", ("a",), "0 runs to adopt", "foreign"),
    Spot("trash", ("T",), "thrown away"),
    Spot("copy", ("y",), "Copy from"),
    Spot("help", ("question_mark",), "The ten keys you need"),
    Spot("palette", ("ctrl+p",), "Search"),
)


def write_foreign(base: Path, created: datetime, output: str) -> None:
    """Write a run of another program, whose output was written just now."""
    run = base / "foreign"
    run.mkdir()
    (run / "run.sh").write_text("#!/bin/sh\n")
    (run / "job.out").write_text(output)
    os.utime(run / "run.sh", (created.timestamp(),) * 2)


def make_lively(base: Path) -> None:
    """Fill a runs directory with a run of each kind that some key does something to."""

    def at(hours: int) -> datetime:
        return _NOW - timedelta(hours=hours)

    write_run(base, "parent", description="a parent", created=at(8), beta=0.1)
    failed = write_run(
        base,
        "failed",
        status="failed",
        description="a failed one",
        created=at(1),
        completed_at=at(0).isoformat(),
        parent_run_id="parent",
        beta=0.2,
        checkpoints=[{"name": f"step_{n}", "path": f"checkpoints/step_{n}.npz"} for n in range(2)],
    )
    for number in range(2):
        (failed / "checkpoints" / f"step_{number}.npz").write_text("state")
    old = at(5).timestamp()
    os.utime(write_log(failed, "other line\n", "other.log"), (old, old))
    write_log(failed, "".join(f"line {n}\n" for n in range(200)) + "ValueError: lost\n")
    results = failed / "results"
    (results / "m.csv").write_text("step,loss,acc\n" + "".join(f"{n},{n * n % 7},{n}\n" for n in range(100)))
    PIL.Image.new("RGB", (30, 20)).save(results / "s.png")
    (results / "t.txt").write_text("text\n")
    (failed / "run_params.json").write_text(json.dumps({"beta": 0.2}))
    running = write_run(base, "running", status="running", description="a running one", created=at(2))
    write_log(running, "all is well\n")
    lost = write_run(base, "lost", status="running", description="a lost one", created=at(3))
    write_log(lost, "it was well\n")
    for path in (lost / "logs" / "simulation.log", lost / "metadata.json"):
        os.utime(path, (old, old))
    write_run(base, "child", description="a child", created=at(4), parent_run_id="failed")
    write_foreign(base, at(24), "step 1\n")  # nothing is written into a live run
    write_run(base, "thrown", description="thrown away", created=at(9))
    carry_out(str(base), plan_on_disk(str(base), lambda _runs: [Decision("thrown", "asked for")]))
    edit_tags(str(base), ["child"], ["a"], [])


def place_of(user: Session) -> tuple[object, ...]:
    """Return what tells one place where a user is from another."""
    app = user.app
    return *app.screen_stack, app.focused


async def _leave_dialogs(user: Session) -> None:
    while len(user.app.screen_stack) > 1 or not isinstance(user.app.screen, BrowserScreen):
        await user.press("escape")


async def go_to(user: Session, spot: Spot) -> None:
    """Go to a place, from wherever the user is, and wait until what is there has been read.

    What was waited for elsewhere may open later than the keys were pressed, and take them: then begin anew.
    """
    for _attempt in range(_ATTEMPTS):
        await _set_out(user, spot, _A_WHILE)
        if spot.shows in user.text:
            return
    await _set_out(user, spot, PATIENCE)
    assert spot.shows in user.text, user.text


async def _set_out(user: Session, spot: Spot, patience: float) -> None:
    """Press the keys that lead to a place, and wait for it, but no longer than a number of seconds."""
    user.app.clear_notifications()
    await _leave_dialogs(user)
    await user.press(*["escape"] * 4)
    # An answer that was waited for may have opened another one meanwhile.
    await _leave_dialogs(user)
    browser = user.app.screen
    assert isinstance(browser, BrowserScreen)
    await browser.show_view(ALL)
    await until(user.pilot, lambda: browser.go_to(spot.run), f"the run {spot.run}", lambda: user.text)
    keys = spot.keys
    deadline = time.monotonic() + patience

    def is_there(text: str) -> bool:
        return text in user.text or time.monotonic() > deadline

    if keys[:1] == ("f",):
        await user.press("f")
        await until(user.pilot, lambda: is_there("m.csv"), "the results are listed", lambda: user.text)
        keys = keys[1:]
    await user.press(*keys)
    await until(user.pilot, lambda: is_there(spot.shows), spot.shows, lambda: user.text, patience + 1.0)
