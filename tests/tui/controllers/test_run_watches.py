from __future__ import annotations

from pathlib import Path

import pytest

from runtui.settings import Notify
from runtui.tui.controllers.run_watches import RunWatches
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path, *(run_of(f"run-{number}", "running") for number in range(5)), run_of("done"))


@pytest.fixture
def told() -> list[list[str]]:
    """The names of the runs of each alert."""
    return []


@pytest.fixture
def choice() -> list[Notify]:
    """Which runs the user wants to hear of: the last of them."""
    return [Notify.WATCHED]


@pytest.fixture
def watches(browser: Browser, told: list[list[str]], choice: list[Notify]) -> RunWatches:
    return RunWatches(
        browser.targets,
        browser.notifier,
        lambda: choice[-1],
        lambda runs: told.append([run.name for run in runs]),
    )


def ended(*numbers: int, status: str = "completed") -> list:
    return [run_of(f"run-{number}", status, description=f"number {number}") for number in numbers]


def running(*numbers: int) -> list:
    return [run_of(f"run-{number}", "running") for number in numbers]


def test_user_is_notified_once_of_a_watched_run(
    watches: RunWatches, browser: Browser, told: list[list[str]]
) -> None:
    watches.add(["run-0", "run-1"])
    watches.update([*running(0), *ended(2)], is_fresh=True)
    assert (browser.notices, browser.warnings, told) == ([], [], [])
    for _ in range(2):
        watches.update([*ended(0), *ended(1, status="failed")], is_fresh=True)
    assert ["number 0" in notice for notice in browser.notices] == [True]
    assert ["number 1" in warning for warning in browser.warnings] == [True]
    assert told == [["run-0", "run-1"]]


@pytest.mark.parametrize(
    ("which", "expected"),
    [(Notify.WATCHED, []), (Notify.FAILED, [["run-1"]]), (Notify.ALL, [["run-0", "run-1"]])],
    ids=list(Notify),
)
def test_settings_add_runs_that_nobody_watches(
    watches: RunWatches,
    told: list[list[str]],
    choice: list[Notify],
    which: Notify,
    expected: list[list[str]],
) -> None:
    choice.append(which)
    watches.update(running(0, 1, 2), is_fresh=True)
    for _ in range(2):
        watches.update([*ended(0), *ended(1, status="failed"), *running(2)], is_fresh=True)
    assert told == expected


def test_runs_that_ended_before_the_browser_was_opened_are_no_news(
    watches: RunWatches, told: list[list[str]], choice: list[Notify]
) -> None:
    choice.append(Notify.ALL)
    watches.update(running(0, 1), is_fresh=False)
    watches.update(ended(0), is_fresh=True)
    watches.update(ended(2), is_fresh=True)
    assert told == []
    watches.update(ended(1), is_fresh=True)
    assert told == [["run-1"]]


def test_watched_run_that_looks_dead_is_reported(
    watches: RunWatches, browser: Browser, told: list[list[str]]
) -> None:
    watches.add(["run-0"])
    watches.update([run_of("run-0", "running", stale_reason="its log is old")], is_fresh=True)
    assert len(browser.warnings) == 1
    assert told == [["run-0"]]


def test_many_runs_that_end_together_are_counted(watches: RunWatches, browser: Browser) -> None:
    watches.add([f"run-{number}" for number in range(5)])
    watches.update(ended(*range(5)), is_fresh=True)
    assert len(browser.notices) == 3
    assert "3 runs more" in browser.notices[-1]


def test_watching_is_toggled_for_runs_that_have_not_ended(watches: RunWatches, browser: Browser) -> None:
    browser.table.select(["run-0", "run-1", "done"])
    watches.toggle()
    assert "watching 2" in browser.notices[-1]
    browser.table.select(["run-1", "run-2"])
    watches.toggle()
    assert "watching 3" in browser.notices[-1]
    watches.toggle()
    watches.update(ended(0, 1, 2), is_fresh=True)
    assert ["number 0" in notice for notice in browser.notices[3:]] == [True]


def test_ended_run_is_not_watched(watches: RunWatches, browser: Browser) -> None:
    browser.table.select(["done"])
    watches.toggle()
    assert len(browser.notices) == 1
    browser.table.clear_selection()
    watches.update(ended(0), is_fresh=True)
    assert len(browser.notices) == 1
