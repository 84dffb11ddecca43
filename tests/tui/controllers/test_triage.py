from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST
from runtui.operations.run_operations import Operation
from runtui.operations.triage_memory import recalled
from runtui.tui.controllers.triage import TriageController
from runtui.tui.dialogs.inbox import InboxChoice
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(runs_dir: Path) -> Browser:
    browser = Browser(
        runs_dir, run_of("ant", "failed", completed=10.0), run_of("bee", "failed", completed=20.0)
    )
    browser.found = []
    browser.table.move_to_failed = lambda is_open, *, forward: bool(
        [browser.found.append(run.name) for run in browser.catalog.runs.values() if is_open(run)]
    )
    return browser


class Queue:
    """Does operations at once, and notes what it was asked for."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.undone = 0

    def do(self, operation: Operation) -> None:
        self.done.append(operation.do(lambda _done, _total: True).text)

    def undo_own(self) -> None:
        self.undone += 1


@pytest.fixture
def queue() -> Queue:
    return Queue()


def _controller(browser: Browser, queue: Any) -> TriageController:
    async def show(text: str, names: Sequence[str], is_selected: bool) -> None:
        browser.shown = (text, tuple(names), is_selected)

    async def act(name: str) -> None:
        browser.action = name

    return TriageController(
        browser.catalog,
        browser.sources,
        browser.view,
        browser.table,
        browser.host,
        browser.background,
        queue,
        browser.notifier,
        show,
        act,
    )


@pytest.fixture
def triage(browser: Browser, queue: Queue) -> TriageController:
    return _controller(browser, queue)


def _open(triage: TriageController, browser: Browser) -> list[str]:
    browser.found.clear()
    triage.go_to_failed(forward=True)
    return browser.found


def test_operation_that_settles_failures_dismisses_them_until_it_is_undone(
    triage: TriageController, browser: Browser, runs_dir: Path
) -> None:
    triage.note_operation(["ant", "gone"], is_dismissal=True, is_undone=False)
    assert _open(triage, browser) == ["bee"]
    assert list(recalled(str(runs_dir)).dismissed) == ["ant"]
    triage.note_operation(["ant"], is_dismissal=True, is_undone=True)
    assert recalled(str(runs_dir)).dismissed == {}
    assert _open(triage, browser) == ["ant", "bee"]


def test_other_operation_makes_failures_known_until_it_is_undone(
    triage: TriageController, browser: Browser, runs_dir: Path
) -> None:
    triage.note_operation([], is_dismissal=True, is_undone=False)
    triage.note_operation(["ant"], is_dismissal=False, is_undone=False)
    assert (triage.failures(is_filtered=True).total, triage.failures(is_filtered=True).new) == (2, 1)
    assert recalled(str(runs_dir)).handled == {"ant": 10.0}
    triage.note_operation(["ant"], is_dismissal=False, is_undone=True)
    assert triage.failures(is_filtered=True).new == 2
    assert recalled(str(runs_dir)).handled == {}


def test_dismissal_of_another_session_is_kept(
    triage: TriageController, browser: Browser, queue: Queue
) -> None:
    triage.dismiss(["ant", "bee", "gone"])
    triage.dismiss(["ant"])
    assert queue.done == ["dismissed 2 runs"]
    other = Browser(Path(browser.sources.base), *browser.catalog.runs.values())
    other.table.move_to_failed = lambda is_open, *, forward: any(map(is_open, other.catalog.runs.values()))
    again = _controller(other, queue)
    assert not again.go_to_failed(forward=False)
    assert ["above" in notice for notice in other.notices] == [True]
    assert [group.failures.names for group in again.dismissed()] == [{"ant", "bee"}]
    again.bring_back(["bee"])
    assert queue.done[1:] == ["brought back 1 run"]
    assert again.go_to_failed(forward=False)
    again.undo()
    assert queue.undone == 1


async def test_inbox_shows_a_group_and_acts_on_it(triage: TriageController, browser: Browser) -> None:
    browser.view.arrange(parse_query("id:ant,bee"), NEWEST_FIRST)
    browser.view.advance()
    triage.open_inbox()
    groups = tuple(triage.failures(is_filtered=True).groups)
    await browser.host.answer(InboxChoice(groups, ("ant", "bee"), "tag", is_selected=True))
    text = "id:ant,bee is:failed"
    assert (browser.shown, browser.action) == ((text, ("ant", "bee"), True), "tag")
    browser.action = None
    await browser.host.answer(InboxChoice(groups, ("ant",), is_filtered=False))
    assert browser.shown == (text.removeprefix("id:ant,bee "), ("ant",), False)
    await browser.host.answer(None)
    assert browser.action is None


def test_unwritable_triage_memory_is_a_warning(
    triage: TriageController, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/no")
    triage.note_operation(["ant"], is_dismissal=True, is_undone=False)
    assert len(browser.warnings) == 1
