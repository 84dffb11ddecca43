from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runtui.catalog.grouping import GroupKey
from runtui.operations.dismissing import DismissedGroup
from runtui.operations.triage import FailureGroup, GroupOrder, Inbox
from runtui.settings import FIRST_VIEWS
from runtui.store.failure import FailureKind, FailureSummary
from runtui.tui.dialogs.inbox import InboxChoice, InboxScreen
from tests.run_dirs import write_log, write_run
from tests.tui.controllers.fakes import run_of
from tests.tui.failures import (
    NOW,
    is_done,
    metadata,
    write_failures,
)
from tests.tui.screen import browsing
from tests.waiting import until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def test_dismissal_is_undone_listed_and_brought_back(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1))
    write_log(run, "CUDA out of memory\nslurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs, notices=True) as user:
        await user.sees("oom")
        await user.press("i")
        await user.sees("3 open, 3 new")
        await user.sees_no("reading the reasons")
        await user.press("space", "x")
        await user.sees("dismissed 2 runs (u: undo)")
        await user.sees("1 open, 1 new")
        await user.press("u")
        await user.sees("3 open, 3 new")
        await user.sees("undid: dismissed 2 runs")
        await user.press("g", "space", "x")
        await user.sees("1 open, 1 new")
        # The latest change is undone first, from the table as well.
        await user.press("q", "t", *"big", "enter")
        await is_done(user, "tagged 1 run +big")
        await user.press("u")
        await user.sees("undid on 1 run")
        await user.press("u")
        await user.sees("undid: dismissed 2 runs")
        await user.press("i")
        await user.sees("3 open, 3 new")
        await user.press("space", "x")
        await user.sees("1 open, 1 new")
        await user.press("X")
        await user.sees("Dismissed failures")
        await user.sees("2 runs  dismissed ")
        await user.press("enter")
        await user.sees("no dismissed failures")
        await user.sees("brought back 2 runs (u: undo)")
        await user.press("u")
        await user.sees("2 runs  dismissed ")
        await user.press("q")
        await user.sees("1 open, 1 new")
        await user.press("X")
        await user.sees("2 runs  dismissed ")
    # Another session knows it.
    async with browsing(runs) as user:
        await user.press("i")
        await user.sees("1 open, 1 new")
        await user.press("X")
        await user.sees("2 runs  dismissed ")


async def test_looking_keeps_failures_new_and_a_tag_keeps_them_open(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2 open, 2 new")
        await user.press("q", "i")
        await user.sees("2 open, 2 new")
        await user.press("q", "n", "t", *"big", "enter")
        await is_done(user, "tagged 1 run +big")
        await user.press("i")
        await user.sees("2 open, 1 new")
        await user.press("u")
        await user.sees("2 open, 2 new")
    assert metadata(runs, "bee")["tags"] == ["old"]


async def test_inbox_respects_the_filter_and_opens_a_group_as_one(runs: Path) -> None:
    write_log(write_run(runs, "fox", status="failed", description="a fox", created=NOW), "killed\n")
    async with browsing(runs, notices=True) as user:
        await user.press("slash", *"age>30m", "enter")
        await user.sees("4 of 6 runs")
        await user.press("i")
        await user.sees("2 open, 2 new")
        await user.sees("only those of the filter age>30m; 1 more (a: all)")
        await user.press("a")
        await user.sees("3 open, 3 new")
        await user.press("a")
        await user.sees("2 open, 2 new")
        await user.sees("message")
        await user.sees("ValueError: no beta")
        await user.press("enter")
        await user.sees('age>30m is:failed reason_pattern="exception: ValueError: no beta"')
        await user.sees_rows("a bee", "a dog")
        assert "selected" not in user.text
        await user.press("escape")
        await user.sees("a ant")


async def test_groups_are_ordered_by_count_or_age(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW)
    write_log(run, "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs) as user:
        await user.press("i")
        await user.sees("count ▼")
        await user.sees("oom    ")
        await user.sees("ago  ValueError: no beta")
        await user.sees_no("reading the reasons")
        listed = user.text[user.text.index("count ▼") :]
        assert listed.index("ValueError: no beta") < listed.index("oom    ")
        await user.press("o")
        await user.sees("last ▼")
        assert user.text.index("oom_kill", user.text.index("last ▼")) < user.text.rindex(
            "ValueError: no beta"
        )


async def test_three_keys_group_the_failures_of_today(runs: Path) -> None:
    number = [view.name for view in FIRST_VIEWS].index("failed today") + 1
    async with browsing(runs) as user:
        await user.press("v", str(number), "i")
        await user.sees("only those of the filter is:failed completed:today")


async def test_a_group_can_be_marked_from_the_inbox(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2 open, 2 new")
        await user.sees_no("reading the reasons")
        await user.press("space", "s", *"completed", "enter")
        await is_done(user, "marked 2 runs completed")
        await user.press("i")
        await user.sees("no open failures")
    assert {metadata(runs, name)["status"] for name in ("bee", "dog")} == {"completed"}


async def test_filter_typed_in_the_inbox_changes_nothing(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("2 open, 2 new")
        await user.press(*"is:failed", "x")
        await user.sees("Press Space to select a group first.")
        await user.sees("2 open, 2 new")
        await user.press("enter")
        await user.sees_rows("a bee", "a dog")
        assert len(user.app.screen_stack) == 1
    assert [metadata(runs, name)["status"] for name in ("bee", "dog")] == ["failed", "failed"]


async def test_actions_apply_to_all_selected_groups(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1))
    write_log(run, "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs, notices=True) as user:
        await user.press("i")
        await user.sees("3 open, 3 new")
        await user.sees_no("reading the reasons")
        await user.press("space", "space")
        await user.sees("* ")
        await user.press("t", *"night", "enter")
        await is_done(user, "tagged 3 runs +night")
    assert all("night" in metadata(runs, name)["tags"] for name in ("bee", "dog", "fox"))


class Host:
    """Groups that the test sets, and the runs that were dismissed."""

    def __init__(self, groups: list[FailureGroup]) -> None:
        self.order = GroupOrder.COUNT
        self.filter_text = ""
        self.groups = groups
        self.gone: list[Sequence[str]] = []

    def failures(self, *, is_filtered: bool) -> Inbox:
        return Inbox(list(self.groups))

    def dismissed(self) -> Sequence[DismissedGroup]:
        return ()

    def dismiss(self, names: Sequence[str]) -> None:
        self.gone.append(names)

    def bring_back(self, names: Sequence[str]) -> None:
        raise AssertionError(names)

    def undo(self) -> None:
        raise AssertionError("nothing was done")


async def test_selected_runs_stay_selected_when_their_reason_is_read(runs: Path) -> None:
    groups = [
        FailureGroup(GroupKey(2, 0.0, "", "none"), (run_of("bee", "failed"), run_of("dog", "failed")), 0)
    ]
    choices: list[InboxChoice | None] = []
    async with browsing(runs) as user:
        user.app.push_screen(InboxScreen(Host(groups)), choices.append)
        await user.sees("none")
        await user.press("space", "space")
        groups[0] = replace(groups[0], key=GroupKey(1, 0.0, "oom", "oom"))
        await user.sees("oom  ")
        await user.press("t")
        await until(user.pilot, lambda: choices, "the choice")
    assert choices == [InboxChoice((groups[0],), ("bee", "dog"), "tag", is_selected=True)]


def _group(label: str, *names: str, digest: FailureSummary | None = None) -> FailureGroup:
    runs = tuple(run_of(name, "failed", digest=digest) for name in names)
    return FailureGroup(GroupKey(1, 0.0, label, label), runs, 0)


async def test_group_whose_reasons_are_being_read_is_selected_when_confirmed(runs: Path) -> None:
    groups = [_group("exit code 1", "bee", "dog", "fox")]
    read = FailureSummary(FailureKind.OOM, "CUDA out of memory")
    host = Host(groups)
    async with browsing(runs) as user:
        user.app.push_screen(InboxScreen(host))
        await user.sees("3 open, 0 new; reading the reasons of 3")
        await user.press("space", "x")
        await user.sees("Press Space to select a group first.")
        # The reason of one is known meanwhile: what was confirmed is not the group that is shown.
        groups[:] = [_group("exit code 1", "bee", "dog"), _group("oom: memory", "fox", digest=read)]
        await user.sees("reading the reasons of 2")
        await user.press("space")
        await user.sees("Still reading the reasons of 2 of these 2: press Space again to select them all.")
        await user.press("space")
        await user.sees("* ")
        groups[:] = [
            _group("other", "cow"),
            _group("exit code 1", "dog"),
            _group("oom: x", "fox", "bee", digest=read),
        ]
        await user.sees(" 1 of 2 ")
        await user.press("x")
    assert [sorted(names) for names in host.gone] == [["bee", "dog"]]


async def test_group_whose_reasons_are_known_is_selected_at_once(runs: Path) -> None:
    read = FailureSummary(FailureKind.OOM, "CUDA out of memory")
    groups = [_group("a", "bee", digest=read), _group("b", "dog", digest=read)]
    async with browsing(runs) as user:
        user.app.push_screen(InboxScreen(Host(groups)))
        await user.sees("2 open, 0 new")
        assert "reading the reasons" not in user.text
        await user.press("down")
        groups.insert(0, _group("c", "fox", digest=read))  # the cursor stays on its group
        await user.sees("3 open")
        await user.press("space")
        await user.sees("* ")
        assert next(line for line in user.text.split("\n") if "* " in line).rstrip(" │").endswith("b")


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
