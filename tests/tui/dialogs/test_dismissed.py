from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runtui.catalog.grouping import GroupKey
from runtui.operations.dismissing import DismissedGroup
from runtui.operations.triage import FailureGroup
from runtui.tui.dialogs.dismissed import DismissedScreen
from tests.run_dirs import write_run
from tests.tui.controllers.fakes import run_of
from tests.tui.screen import browsing


def _group(label: str, *names: str, at: float = 0.0) -> DismissedGroup:
    runs = tuple(run_of(name, "failed", reason=label) for name in names)
    return DismissedGroup(at, FailureGroup(GroupKey(1, 0.0, label, label), runs, 0))


async def test_selected_failures_are_brought_back_or_those_under_the_cursor(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    groups = [_group("disk full", "ant", "bee"), _group("no nodes", "cow")]
    back: list[Sequence[str]] = []
    undone: list[bool] = []
    async with browsing(runs_dir) as user:
        user.app.push_screen(DismissedScreen(lambda: groups, back.append, lambda: undone.append(True)))
        await user.sees("3 runs, in the inbox again if they fail again")
        await user.sees("2 runs  dismissed earlier  disk full")
        await user.press("j", "enter")
        await user.press("k", "space", "space", "enter", "u")
        await user.sees("* ")
        await user.press("q")
        await user.sees_no("Dismissed failures")
    assert [sorted(names) for names in back] == [["cow"], ["ant", "bee", "cow"]]
    assert undone == [True]
