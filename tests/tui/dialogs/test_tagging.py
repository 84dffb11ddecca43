from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from runtui.store.record import RunRecord
from runtui.tui.dialogs.tagging import tag_counts
from tests.run_dirs import write_run
from tests.tui.failures import (
    NOW,
    is_done,
    metadata,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_tag_completions_show_counts_and_one_line_adds_and_removes(runs: Path) -> None:
    async with browsing(runs, (80, 24), notices=True) as user:
        await user.press("asterisk", "t")
        await user.sees("Tags of 5 runs")
        await user.sees("on 2 of 5")
        await user.press("minus", "o", "tab", *"prod")
        await user.sees("adds prod to 5 runs, removes old from 2 of 5 runs")
        await user.press("enter")
        await is_done(user, "tagged 5 runs +prod -old")
        assert {tuple(metadata(runs, name)["tags"]) for name in ("ant", "bee", "cow")} == {("prod",)}
        await user.press("u")
        await is_done(user, "undid on 5 runs")
    assert metadata(runs, "ant")["tags"] == ["old"]
    assert metadata(runs, "cow")["tags"] == []


async def test_empty_input_tags_nothing_and_escape_cancels(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("t", "enter")
        await user.sees("Type a tag")
        await user.press("escape")
        await user.sees_no("Tags of ")
    assert not (runs / "ant" / ".runtui" / "history").exists()


async def test_tags_of_the_runs_are_offered_first_without_duplicates(runs: Path) -> None:
    write_run(runs, "fox", tags=["outer"], created=NOW - timedelta(days=1))
    async with browsing(runs, notices=True) as user:
        await user.press("t", "o")
        await user.sees("outer")
        offered = user.text.partition("Tags of")[2]
        (place,) = (found.start() for found in re.finditer(r"old +set", offered))
        assert place < offered.index("outer")
        await user.press("tab", "o")
        await user.press("tab", "enter")
        await is_done(user, "tagged 1 run +old +outer")
    assert metadata(runs, "ant")["tags"] == ["old", "outer"]


async def test_tag_both_added_and_removed_is_removed(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("t", *"old", "space", "minus", *"old")
        await user.sees("removes old from 1 run")
        await user.press("enter")
        await is_done(user, "tagged 1 run -old")
    assert metadata(runs, "ant")["tags"] == []


def test_tags_are_counted_by_run() -> None:
    counts = tag_counts([RunRecord("a", "a", tags=("x", "y")), RunRecord("b", "b", tags=("x",))])
    assert (counts["x"], counts["y"], counts["z"]) == (2, 1, 0)
