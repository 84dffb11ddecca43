from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from runtui.store.record import RunRecord
from runtui.tui.dialogs.cleaning import parse_rule
from tests.run_dirs import write_run
from tests.tui.failures import (
    NOW,
    is_done,
    is_healthy,
    old,
    write_failures,
)
from tests.tui.screen import browsing


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_plan_shows_kept_runs_and_runs_can_be_excluded(runs: Path) -> None:
    old(write_run(runs, "keeper", description="a keeper", tags=["keep"], created=NOW - timedelta(days=1)))
    (runs / "cow" / "results" / "big").write_bytes(bytes(3_000_000))
    async with browsing(runs, notices=True) as user:
        await user.press("asterisk", "d")
        await user.sees("it is tagged keep")
        await user.sees("5 runs to the trash, 2.9 MiB; 1 run stays")
        await user.press("space")
        await user.sees("4 runs to the trash, ")
        await user.sees("excluded")
        await user.press("enter")
        await is_done(user, "moved 4 runs to the trash")
        await user.sees("a keeper")
    assert len([path for path in runs.iterdir() if path.name in ("ant", "bee", "cow", "dog", "eel")]) == 1
    assert is_healthy(runs)


async def test_run_of_another_program_is_to_be_adopted_first(runs_dir: Path) -> None:
    (runs_dir / "case").mkdir(parents=True)
    (runs_dir / "case" / "config.yaml").write_text("a: 1\n")
    (runs_dir / "case" / "run.log").write_text("step 1\n")
    async with browsing(runs_dir) as user:
        await user.press("d")
        await user.sees("it is a run of another program: adopt it first (a)")


async def test_cleanup_by_rule_updates_the_plan_while_typing(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("D")
        await user.sees("Type a filter, or keep N.")
        await user.press(*"keep", "space", *"4")
        await user.sees("1 run to the trash")
        await user.sees("not among the 4 newest")
        await user.press("space", *"nosuch:")
        await user.sees("a value is missing after nosuch:")
        await user.press(*["backspace"] * 8)
        await user.sees("1 run to the trash")
        await user.sees("Enter move to the trash  Tab to the list")
        await user.press("backspace", "3")
        await user.sees("2 runs to the trash")
        await user.press("enter")
        await user.sees_rows("a ant", "a bee", "a cow")


async def test_few_runs_that_stay_are_listed_before_many_that_move(runs_dir: Path) -> None:
    for number in range(40):
        old(write_run(runs_dir, f"run{number:02}", status="failed", created=NOW - timedelta(hours=number)))
    old(write_run(runs_dir, "keeper", tags=["keep"], created=NOW - timedelta(days=9)))
    async with browsing(runs_dir, (80, 24), notices=True) as user:
        await user.press("D", *"keep 0")
        await user.sees("40 runs to the trash")
        await user.sees("keeper")
        await user.sees("it is tagged keep")
        await user.sees("Enter move to the trash")
        await user.press("tab")
        await user.sees("Space exclude")
        await user.press("space")
        await user.sees("39 runs to the trash")


# The rule


RUNS = [
    RunRecord("old", "old", "failed", created=100.0),
    RunRecord("middle", "middle", "completed", created=200.0),
    RunRecord("new", "new", "failed", created=300.0),
]


def taken(text: str) -> dict[str, str]:
    """Return the runs that a rule takes, each with why."""
    rule = parse_rule(text)
    assert rule is not None
    return {decision.name: decision.reason for decision in rule(RUNS)}


def test_rule_keeps_the_newest_runs_that_match_its_filter() -> None:
    assert taken("keep 1 status:failed") == {"old": "not among the 1 newest"}
    assert set(taken("keep 2")) == {"old"}
    assert taken("status:failed") == {"old": "matches status:failed", "new": "matches status:failed"}


def test_empty_text_is_not_a_rule() -> None:
    assert parse_rule("") is None
    assert parse_rule("  ") is None
    assert parse_rule("keep 0") is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keep", "type how many of the newest to keep: keep 20"),
        ("keep some", "type how many of the newest to keep: keep 20"),
        ("keep -3", "type how many of the newest to keep: keep 20"),
        ("beta>0.3", "a rule cannot use parameters"),
        ("keep 5 -has:checkpoint", "a rule cannot use checkpoints"),
        ("keep 5 reason:oom", "a rule cannot use reasons"),
        ("status:", "a value is missing"),
    ],
)
def test_invalid_rule_is_reported(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_rule(text)
