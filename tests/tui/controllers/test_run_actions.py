from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.operations.run_operations import Operation, Operations
from runtui.store.status import RunStatus
from runtui.tui.controllers.run_actions import RunActions
from runtui.tui.dialogs.cancelling import CancelScreen
from runtui.tui.dialogs.marking import Marking, MarkScreen
from runtui.tui.dialogs.resume_many import ResumeManyScreen
from runtui.tui.dialogs.resume_one import ResumeScreen
from runtui.tui.dialogs.resuming import Resuming
from runtui.tui.dialogs.tagging import Tagging, TagScreen
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(
        tmp_path,
        run_of("done"),
        run_of("alive", "running"),
        run_of("lost", "running", stale_reason="its process is gone", is_lost=True),
        run_of("doubtful", "running", stale_reason="its log is old"),
    )


@pytest.fixture
def given() -> list[tuple[Operation, tuple[str, ...]]]:
    """The operations that were asked for, with the runs that they are for."""
    return []


@pytest.fixture
def actions(browser: Browser, given: list[Any]) -> RunActions:
    operations: Any = SimpleNamespace(
        operations=Operations(browser.sources.directories),
        do=lambda operation, names=(), *, is_dismissal=False: (
            given.append((operation, tuple(names))),
            browser.dismissals.append(is_dismissal),
        ),
    )
    browser.dismissals = []
    return RunActions(browser.targets, browser.sources, operations, browser.host, browser.notifier)


def test_no_dialog_opens_without_a_run(actions: RunActions, browser: Browser) -> None:
    for action in (actions.tag, actions.mark, actions.resume, actions.clean, actions.mark_lost):
        action()
    assert browser.host.dialogs == []
    assert len(browser.notices) == 5


def test_a_cancelled_dialog_does_nothing(actions: RunActions, browser: Browser, given: list[Any]) -> None:
    browser.table.cursor = "alive"
    for action in (actions.tag, actions.mark, actions.resume, actions.cancel, actions.clean_by_rule):
        action()
        browser.host.answer(None)
    assert len(browser.host.dialogs) == 5
    assert given == []


def test_tag_and_mark_apply_to_the_targets_at_the_key_press(
    actions: RunActions, browser: Browser, given: list[Any]
) -> None:
    browser.table.select(["done", "alive"])
    actions.tag()
    browser.table.clear_selection()
    browser.host.answer(Tagging(("prod",), ()))
    browser.table.cursor = "lost"
    actions.mark()
    browser.host.answer(Marking(RunStatus.FAILED, ""))
    assert [type(dialog) for dialog in browser.host.dialogs] == [TagScreen, MarkScreen]
    assert [names for _operation, names in given] == [("done", "alive"), ("lost",)]
    assert given[0][0].title == "tag 2 runs +prod"
    assert browser.dismissals == [False, True]  # a tag does not take a failure out of the inbox


def test_only_runs_known_to_be_lost_are_marked_lost(
    actions: RunActions, browser: Browser, given: list[Any]
) -> None:
    browser.table.select(browser.catalog.runs)
    actions.mark_lost()
    assert [names for _operation, names in given] == [("lost",)]
    for name in ("doubtful", "alive"):
        browser.table.select([name])
        actions.mark_lost()
    assert len(given) == 1
    doubtful, alive = browser.warnings
    assert doubtful != alive


def test_only_runs_that_have_not_ended_are_cancelled(
    actions: RunActions, browser: Browser, given: list[Any]
) -> None:
    browser.table.select(["done"])
    actions.cancel()
    assert browser.host.dialogs == []
    assert len(browser.warnings) == 1
    browser.table.select(["done", "alive"])
    actions.cancel()
    assert isinstance(browser.host.dialogs[0], CancelScreen)
    browser.host.answer(False)
    assert given == []
    browser.host.answer(True)
    assert [names for _operation, names in given] == [("alive",)]


def test_resume_opens_its_dialog_and_clears_the_selection(
    actions: RunActions, browser: Browser, given: list[Any]
) -> None:
    browser.table.cursor = "done"
    actions.resume()
    browser.table.select(["done", "alive"])
    actions.resume()
    assert [type(dialog) for dialog in browser.host.dialogs] == [ResumeScreen, ResumeManyScreen]
    browser.host.answer(Resuming({}, pipelines=("done",)))
    assert browser.table.selection.names == ()
    assert [names for _operation, names in given] == [("done",)]
