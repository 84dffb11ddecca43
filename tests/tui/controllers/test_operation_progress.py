from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.operations.run_operations import Operation, Report
from runtui.store.edits.run_edits import Outcome, edit_tags
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.operation_progress import OperationsController
from runtui.tui.dialogs.failures import FailuresScreen
from runtui.tui.operation_queue import OperationQueue
from tests.run_dirs import write_run
from tests.tui.controllers.fakes import Browser, run_of


class Queue:
    """A queue that does nothing, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[Operation, Any]] = []
        self.is_busy = False
        self.undoable = ""

    def do(self, operation: Operation, names: Any, *, is_dismissal: bool) -> None:
        self.given.append((operation, names))

    def undo(self) -> bool:
        had_one, self.undoable = bool(self.undoable), ""
        return had_one

    def stop_operation(self) -> bool:
        return self.is_busy


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def status() -> Any:
    """A status line that notes what it shows."""
    shown = SimpleNamespace(task=None, undoable=None)
    shown.show_task = lambda text: setattr(shown, "task", text)
    shown.show_undoable = lambda text: setattr(shown, "undoable", text)
    return shown


@pytest.fixture
def browser(runs_dir: Path) -> Browser:
    write_run(runs_dir, "ant")
    browser = Browser(runs_dir, run_of("ant"), run_of("bee"))
    browser.table.cursor = "ant"
    return browser


@pytest.fixture
def operations(browser: Browser, queue: Any, status: Any) -> OperationsController:
    return OperationsController(
        queue,
        browser.sources,
        browser.targets,
        Navigator(browser.catalog, browser.view, browser.table, browser.notifier),
        status,
        browser.host,
        browser.background,
        browser.notifier,
    )


def test_progress_is_shown_during_an_operation(
    operations: OperationsController, queue: Queue, status: Any
) -> None:
    progress = OperationQueue.Progressed("tag 5,000 runs", 1200, 5000)
    operations.show_progress(progress)
    assert status.task is None
    queue.is_busy = True
    operations.show_progress(progress)
    assert status.task.startswith("tag 5,000 runs: 1,200 of 5,000  ")
    operations.show_result(Report("tagged"))
    assert status.task != ""
    queue.is_busy = False
    operations.show_result(Report("tagged"))
    assert status.task == ""


def test_one_failure_is_a_warning_and_several_are_a_list(
    operations: OperationsController, browser: Browser
) -> None:
    failures = (Outcome("ant", False, "is locked"), Outcome("bee", False, "is gone"))
    operations.show_result(Report("tagged", failures[:1]))
    assert browser.warnings == ["ant: is locked"]
    operations.show_result(Report("tagged", failures))
    assert isinstance(browser.host.dialogs[-1], FailuresScreen)
    browser.host.answer("bee")
    assert browser.table.rows == [browser.view.row_of("bee")]
    assert browser.notices == []


def test_undo_reverts_this_sessions_operation_first(
    operations: OperationsController, browser: Browser, queue: Queue, status: Any
) -> None:
    queue.undoable = "undo tag 1 run"
    operations.undo()
    assert queue.undoable == status.undoable == ""
    assert browser.background.kinds == []


def test_edit_of_another_session_is_undone_after_confirmation(
    operations: OperationsController, browser: Browser, queue: Queue, runs_dir: Path
) -> None:
    edit_tags(str(runs_dir), ["ant"], ["prod"], [])
    operations.undo()
    assert queue.given == []
    assert len(browser.notices) == 1
    assert "+prod" in browser.notices[0]
    browser.table.cursor = "bee"  # has none
    operations.undo()
    assert queue.given == []
    browser.table.cursor = "ant"
    operations.undo()
    assert queue.given == []
    operations.undo()
    assert [names for _operation, names in queue.given] == [()]


def test_a_run_without_edits_has_nothing_to_undo(
    operations: OperationsController, browser: Browser, queue: Queue
) -> None:
    operations.undo()
    operations.undo()
    assert len(browser.warnings) == 2
    assert queue.given == []


def test_stop_without_an_operation_shows_a_notice(
    operations: OperationsController, browser: Browser, queue: Queue
) -> None:
    queue.is_busy = True
    operations.stop()
    assert browser.notices == []
    queue.is_busy = False
    operations.stop()
    assert len(browser.notices) == 1
