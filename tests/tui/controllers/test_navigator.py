from __future__ import annotations

from pathlib import Path

import pytest

from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import Sort
from runtui.tui.controllers.navigator import Navigator
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """A parent in the last row, its two children before it; the newest is first."""
    return Browser(
        tmp_path,
        run_of("parent", created=1.0),
        run_of("elder", created=2.0, parent="parent"),
        run_of("younger", created=3.0, parent="parent"),
        run_of("orphan", created=0.0, parent="gone"),
    )


@pytest.fixture
def navigator(browser: Browser) -> Navigator:
    return Navigator(browser.catalog, browser.view, browser.table, browser.notifier)


def test_cursor_goes_to_a_run_once_it_has_a_row(browser: Browser, navigator: Navigator) -> None:
    navigator.go_to_soon("newest")
    navigator.rows_changed()
    assert browser.table.rows == []
    browser.add(run_of("newest", created=4.0))
    navigator.rows_changed()
    assert browser.table.rows == [0]
    navigator.rows_changed()
    assert browser.table.rows == [0]


def test_cursor_moves_to_the_parent_and_the_newest_child(browser: Browser, navigator: Navigator) -> None:
    browser.table.cursor = "elder"
    navigator.go_to_parent()
    browser.table.cursor = "parent"
    navigator.go_to_child()
    assert browser.table.rows == [browser.view.row_of("parent"), browser.view.row_of("younger")]


def test_hidden_and_missing_relatives_have_different_notices(browser: Browser, navigator: Navigator) -> None:
    browser.table.cursor = "younger"
    navigator.go_to_child()
    browser.table.cursor = "orphan"
    navigator.go_to_parent()
    browser.view.arrange(parse_query("younger"), Sort("created", True))
    browser.view.advance()
    browser.table.cursor = "younger"
    navigator.go_to_parent()
    assert browser.table.rows == []
    none, gone, hidden = browser.notices
    assert "children" in none
    assert gone.startswith("gone is not in")
    assert hidden == "parent is filtered out; Esc clears the filter"
