from __future__ import annotations

from pathlib import Path

import pytest

from runtui.tui.controllers.run_watches import RunWatches
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path, *(run_of(f"run-{number}", "running") for number in range(5)), run_of("done"))


@pytest.fixture
def bells() -> list[str]:
    return []


@pytest.fixture
def watches(browser: Browser, bells: list[str]) -> RunWatches:
    return RunWatches(browser.targets, browser.notifier, lambda: bells.append("rings"))


def ended(*numbers: int, status: str = "completed") -> list:
    return [run_of(f"run-{number}", status, description=f"number {number}") for number in numbers]


def test_user_is_notified_once_of_a_watched_run(
    watches: RunWatches, browser: Browser, bells: list[str]
) -> None:
    watches.add(["run-0", "run-1"])
    watches.update([run_of("run-0", "running"), *ended(2)], with_bell=True)
    assert (browser.notices, browser.warnings, bells) == ([], [], [])
    for _ in range(2):
        watches.update([*ended(0), *ended(1, status="failed")], with_bell=True)
    assert ["number 0" in notice for notice in browser.notices] == [True]
    assert ["number 1" in warning for warning in browser.warnings] == [True]
    assert bells == ["rings"]


def test_watched_run_that_looks_dead_is_reported(
    watches: RunWatches, browser: Browser, bells: list[str]
) -> None:
    watches.add(["run-0"])
    watches.update([run_of("run-0", "running", stale_reason="its log is old")], with_bell=False)
    assert len(browser.warnings) == 1
    assert bells == []


def test_many_runs_that_end_together_are_counted(watches: RunWatches, browser: Browser) -> None:
    watches.add([f"run-{number}" for number in range(5)])
    watches.update(ended(*range(5)), with_bell=False)
    assert len(browser.notices) == 4
    assert "2 more" in browser.notices[-1]


def test_watching_is_toggled_for_runs_that_have_not_ended(watches: RunWatches, browser: Browser) -> None:
    browser.table.select(["run-0", "run-1", "done"])
    watches.toggle()
    assert "watching 2" in browser.notices[-1]
    browser.table.select(["run-1", "run-2"])
    watches.toggle()
    assert "watching 3" in browser.notices[-1]
    watches.toggle()
    watches.update(ended(0, 1, 2), with_bell=False)
    assert ["number 0" in notice for notice in browser.notices[3:]] == [True]


def test_ended_run_is_not_watched(watches: RunWatches, browser: Browser) -> None:
    browser.table.select(["done"])
    watches.toggle()
    assert len(browser.notices) == 1
    browser.table.clear_selection()
    watches.update(ended(0), with_bell=False)
    assert len(browser.notices) == 1
