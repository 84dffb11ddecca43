from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.store.failure import FailureKind, FailureSummary
from runtui.tui.controllers.panes import Panes
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    browser = Browser(tmp_path, run_of("ant", "failed"))
    browser.table.cursor = "ant"
    browser.lines, browser.cleared = [], []
    browser.details = SimpleNamespace(has_focus=False)
    browser.log = SimpleNamespace(
        has_focus_within=False,
        lines="lines",
        is_searching=False,
        show_line=lambda *line: browser.lines.append(line),
        show_last_error=lambda name: browser.lines.append((name, "last error")),
    )
    browser.log.end_search = lambda: browser.log.is_searching
    return browser


@pytest.fixture
def panes(browser: Browser) -> Panes:
    host: Any = browser.host
    bar: Any = SimpleNamespace(clear=lambda: browser.cleared.append(True))
    return Panes(host, browser.targets, browser.table, browser.details, browser.log, bar, browser.notifier)


def with_error(browser: Browser) -> None:
    """Say of the run where in its log the error is."""
    why = FailureSummary(FailureKind.UNKNOWN, "it failed", "logs/a.log", 7)
    browser.add(run_of("ant", "failed", digest=why))


def test_one_pane_is_enlarged_at_a_time(panes: Panes, browser: Browser) -> None:
    panes.open()
    assert (browser.host.classes, browser.host.focused) == ({"-details"}, browser.details)
    panes.show_log()
    assert (browser.host.classes, browser.host.focused) == ({"-log"}, "lines")
    panes.show_table()
    assert (browser.host.classes, browser.host.focused) == (set(), browser.table)


def test_opening_a_heading_folds_its_group(panes: Panes, browser: Browser) -> None:
    browser.table.heading = "group"
    panes.open()
    assert browser.table.folded == ["group"]
    assert browser.host.classes == set()


def test_opening_the_details_of_a_failure_again_shows_its_error(panes: Panes, browser: Browser) -> None:
    browser.table.has_focus, browser.details.has_focus = False, True
    panes.open()
    assert browser.lines == []
    with_error(browser)
    panes.open()
    assert browser.lines == [("ant", "logs/a.log", 7)]
    assert browser.host.classes == {"-log"}


def test_unknown_error_line_searches_for_the_last_error(panes: Panes, browser: Browser) -> None:
    panes.show_error()
    assert browser.lines == [("ant", "last error")]


def test_back_undoes_one_state_at_a_time(panes: Panes, browser: Browser) -> None:
    panes.show_log()
    browser.table.has_focus, browser.log.has_focus_within = False, True
    browser.log.is_searching = True
    panes.back()
    assert browser.host.classes == {"-log"}
    browser.log.is_searching = False
    browser.table.select(["ant"])
    panes.back()
    assert browser.host.classes == set()
    assert browser.table.selection.names == ("ant",)
    browser.table.has_focus, browser.log.has_focus_within = True, False
    panes.back()
    assert browser.table.selection.names == ()
    assert browser.cleared == []
    panes.back()
    assert browser.cleared == [True]


def test_close_returns_to_the_table_and_says_whether_something_was_open(
    panes: Panes, browser: Browser
) -> None:
    browser.host.focused = browser.table
    assert not panes.close()
    panes.show_log()
    assert panes.close()
    assert browser.host.classes == set()
    browser.host.focused = browser.details
    assert panes.close()
    assert browser.host.focused is browser.table


@pytest.mark.parametrize("status", ["completed", "resumed"])
def test_error_of_a_run_that_did_not_fail_is_not_searched(
    panes: Panes, browser: Browser, status: str
) -> None:
    browser.add(run_of("ant", status))
    panes.show_error()
    assert browser.notices == ["this run did not fail; l opens its log"]
    assert (browser.lines, browser.host.classes) == ([], set())
