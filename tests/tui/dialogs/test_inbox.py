from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.catalog.grouping import GroupKey
from runtui.operations.triage import FailureGroup
from runtui.store.failure import FailureKind, FailureSummary
from runtui.tui.dialogs.inbox import InboxChoice, InboxScreen
from tests.run_dirs import write_log, write_run
from tests.tui.controllers.fakes import run_of
from tests.tui.failures import (
    NOW,
    TRACEBACK,
    is_done,
    metadata,
    write_failures,
)
from tests.tui.screen import browsing
from tests.waiting import until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_inbox_groups_new_failures_and_remembers_dismissed_ones(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1))
    write_log(run, "CUDA out of memory\nslurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs, notices=True) as user:
        await user.sees("oom")
        await user.press("i")
        await user.sees("3 open, 3 new since your last visit")
        await user.sees("2  2 new")
        await user.sees_no("reading the reasons")
        await user.press("space", "x")
        await user.sees("1 open, 1 new since")
        await user.sees_no("reading the reasons")
        await user.press("space", "t", *"big", "enter")
        await user.sees("1 selected")
        await is_done(user, "tagged 1 run +big")
        await user.press("escape", "escape", "g", "n")
        await user.has_cursor_on("a ant")
        await user.press("i")
        await user.sees("no open failures")
        await user.press("escape")
    assert metadata(runs, "fox")["tags"] == ["big"]
    # Another session knows it, and what failed since is new.
    async with browsing(runs) as user:
        run = write_run(
            runs,
            "gnu",
            status="failed",
            description="a gnu",
            created=NOW - timedelta(days=2),
            completed_at=datetime.now(UTC).isoformat(),
        )
        write_log(run, TRACEBACK)
        await user.sees("a gnu")
        await user.press("i")
        await user.sees("1 open, 1 new since")
        await user.press("enter")
        await user.has_cursor_on("a gnu")


async def test_a_group_can_be_marked_from_the_inbox(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2  2 new")
        await user.sees_no("reading the reasons")
        await user.press("space", "s", *"completed", "enter")
        await is_done(user, "marked 2 runs completed")
        await user.press("i")
        await user.sees("no open failures")
    assert {metadata(runs, name)["status"] for name in ("bee", "dog")} == {"completed"}


async def test_filter_typed_in_the_inbox_changes_nothing(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2 open, 2 new since your last visit")
        await user.press(*"is:failed", "x")
        await user.sees("Press Space to select a group first.")
        await user.sees("2 open, 2 new")
        await user.press("enter")
        await user.sees("2 selected")
        assert len(user.app.screen_stack) == 1
    assert [metadata(runs, name)["status"] for name in ("bee", "dog")] == ["failed", "failed"]


async def test_actions_apply_to_all_selected_groups(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1))
    write_log(run, "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2  2 new")
        await user.sees("1  1 new")
        await user.sees_no("reading the reasons")
        await user.press("space", "space")
        await user.sees("* 1")
        await user.press("t", *"night", "enter")
        await is_done(user, "tagged 3 runs +night")
    assert all("night" in metadata(runs, name)["tags"] for name in ("bee", "dog", "fox"))


async def test_selected_runs_stay_selected_when_their_reason_is_read(runs: Path) -> None:
    groups = [
        FailureGroup(GroupKey(2, 0.0, "", "none"), (run_of("bee", "failed"), run_of("dog", "failed")), 0)
    ]
    choices: list[InboxChoice | None] = []
    async with browsing(runs) as user:
        user.app.push_screen(InboxScreen(lambda: groups, lambda _names: None), choices.append)
        await user.sees("none")
        await user.press("space", "space")
        groups[0] = replace(groups[0], key=GroupKey(1, 0.0, "oom", "oom"))
        await user.sees("oom  ")
        await user.press("t")
        await until(user.pilot, lambda: choices, "the choice")
    assert choices == [InboxChoice(("bee", "dog"), "tag")]


def _group(label: str, *names: str, digest: FailureSummary | None = None) -> FailureGroup:
    runs = tuple(run_of(name, "failed", digest=digest) for name in names)
    return FailureGroup(GroupKey(1, 0.0, label, label), runs, 0)


async def test_group_whose_reasons_are_being_read_is_selected_when_confirmed(runs: Path) -> None:
    groups = [_group("exit code 1", "bee", "dog", "fox")]
    read = FailureSummary(FailureKind.OOM, "CUDA out of memory")
    settled: list[Sequence[str]] = []
    async with browsing(runs) as user:
        user.app.push_screen(InboxScreen(lambda: list(groups), settled.append))
        await user.sees("3 open, 0 new since your last visit; reading the reasons of 3")
        await user.press("space", "x")
        await user.sees("Press Space to select a group first.")
        # The reason of one is known meanwhile: what was confirmed is not the group that is shown.
        groups[:] = [_group("exit code 1", "bee", "dog"), _group("oom: memory", "fox", digest=read)]
        await user.sees("reading the reasons of 2")
        await user.press("space")
        await user.sees("Still reading the reasons of 2 of these 2: press Space again to select them all.")
        await user.press("space")
        await user.sees("* 2")
        groups[:] = [
            _group("other", "cow"),
            _group("exit code 1", "dog"),
            _group("oom: x", "fox", "bee", digest=read),
        ]
        await user.sees("* 1 of 2")
        await user.press("x")
    assert [sorted(names) for names in settled] == [["bee", "dog"]]


async def test_group_whose_reasons_are_known_is_selected_at_once(runs: Path) -> None:
    read = FailureSummary(FailureKind.OOM, "CUDA out of memory")
    groups = [_group("a", "bee", digest=read), _group("b", "dog", digest=read)]
    async with browsing(runs) as user:
        user.app.push_screen(InboxScreen(lambda: list(groups), lambda _names: None))
        await user.sees("2 open, 0 new since your last visit")
        assert "reading the reasons" not in user.text
        await user.press("down")
        groups.insert(0, _group("c", "fox", digest=read))  # the cursor stays on its group
        await user.sees("3 open")
        await user.press("space")
        await user.sees("* 1")
        assert next(line for line in user.text.split("\n") if "* 1" in line).rstrip(" │").endswith("b")


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_q_and_escape_close_the_inbox(runs: Path, key: str) -> None:
    async with browsing(runs) as user:
        await user.press("i")
        await user.sees("2 open")
        await user.press("space", key)
        await user.sees_no("2 open")
        await user.press("i")
        await user.sees("2 open, ")
        await user.press(key)
        await user.sees_rows("a ant", "a bee", "a cow", "a dog", "a eel")
