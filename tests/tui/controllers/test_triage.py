from __future__ import annotations

from pathlib import Path

import pytest

from runtui.operations.triage import recalled
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


@pytest.fixture
def triage(browser: Browser) -> TriageController:
    async def show(names: list[str]) -> None:
        browser.shown = tuple(names)

    async def act(name: str) -> None:
        browser.action = name

    return TriageController(
        browser.catalog,
        browser.sources,
        browser.table,
        browser.host,
        browser.background,
        browser.notifier,
        show,
        act,
    )


def test_dismissed_failure_is_not_open_and_is_saved(
    triage: TriageController, browser: Browser, runs_dir: Path
) -> None:
    triage.settle(["ant", "gone"])
    triage.go_to_failed(forward=True)
    assert browser.found == ["bee"]
    assert recalled(str(runs_dir)).settled == {"ant": 10.0}
    triage.unsettle(["ant"])
    assert recalled(str(runs_dir)).settled == {}
    triage.settle([])
    triage.unsettle([])
    assert recalled(str(runs_dir)).settled == {}


def test_dismissal_of_another_session_is_kept(
    triage: TriageController, browser: Browser, runs_dir: Path
) -> None:
    triage.settle(["ant", "bee"])
    other = Browser(runs_dir, *browser.catalog.runs.values())
    other.table.move_to_failed = lambda is_open, *, forward: any(map(is_open, other.catalog.runs.values()))
    again = TriageController(
        other.catalog, other.sources, other.table, other.host, other.background, other.notifier, None, None
    )
    again.go_to_failed(forward=False)
    assert len(other.notices) == 1
    assert "above" in other.notices[0]


async def test_inbox_shows_a_group_and_acts_on_it(
    triage: TriageController, browser: Browser, runs_dir: Path
) -> None:
    triage.open_inbox()
    assert recalled(str(runs_dir)).looked == 0
    await browser.host.answer(InboxChoice(("ant", "bee"), "tag"))
    assert (browser.shown, browser.action) == (("ant", "bee"), "tag")
    assert recalled(str(runs_dir)).looked > 0


def test_unwritable_triage_memory_is_a_warning(
    triage: TriageController, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/no")
    triage.settle(["ant"])
    assert len(browser.warnings) == 1
