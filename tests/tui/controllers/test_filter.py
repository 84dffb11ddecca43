from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.catalog.query.model import EVERYTHING, Query
from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST
from runtui.catalog.view import Wanted
from runtui.tui.controllers import filter as filters
from runtui.tui.controllers.filter import FilterController
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.widgets import filter_bar
from tests.tui.controllers.fakes import Browser, run_of


class Bar:
    """A filter line that notes what it shows."""

    def __init__(self, _home: Any) -> None:
        self.has_focus_within = False
        self.shown: Query | None = None

    def open(self) -> None:
        self.has_focus_within = True

    def show(self, query: Query) -> None:
        self.shown = query

    def add_keys(self, keys: Iterable[str]) -> None:
        pass

    def clear(self) -> None:
        self.shown = None


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(filter_bar, "FilterBar", Bar)
    browser = Browser(tmp_path, run_of("ant", "failed"), run_of("bee"))
    browser.mounted, browser.arranged, browser.expected = [], [], []
    return browser


@pytest.fixture
def controller(browser: Browser) -> FilterController:
    async def mount(bar: Any) -> None:
        browser.mounted.append(bar)

    rows: Any = SimpleNamespace(
        wanted=Wanted(EVERYTHING, NEWEST_FIRST),
        arrange=lambda query, _sort: browser.arranged.append(query.text),
        expect_words=lambda: browser.expected.append(True),
    )
    navigator = Navigator(browser.catalog, browser.view, browser.table, browser.notifier)
    key_index = KeyIndex(browser.view, browser.sources, browser.background)
    return FilterController(rows, browser.table, navigator, mount, key_index)


async def test_filter_line_is_mounted_once_when_needed(
    controller: FilterController, browser: Browser
) -> None:
    await controller.show(EVERYTHING)
    controller.clear()
    assert browser.mounted == []
    assert not controller.has_focus
    await controller.show(parse_query("ant"))
    await controller.open()
    (bar,) = browser.mounted
    assert bar.shown.text == "ant"
    assert controller.has_focus
    await controller.show(EVERYTHING)
    assert bar.shown.is_empty


async def test_word_search_is_prepared_while_the_user_types(
    controller: FilterController, browser: Browser
) -> None:
    controller.apply(parse_query("a"))
    assert browser.expected == []
    await controller.open()
    controller.apply(parse_query("an"))
    assert browser.arranged == ["a", "an"]
    assert len(browser.expected) == 2


@pytest.mark.parametrize(("is_selected", "selected"), [(True, ("ant",)), (False, ())])
async def test_runs_of_a_query_are_shown_and_selected_if_wanted(
    controller: FilterController, browser: Browser, is_selected: bool, selected: tuple[str, ...]
) -> None:
    browser.table.select(["bee"])
    await controller.show_runs("is:failed", ["ant"], is_selected)
    assert browser.mounted[0].shown.text == browser.arranged[0] == "is:failed"
    assert browser.table.selection.names == selected
    assert browser.table.rows == [browser.view.row_of("ant")]


async def test_runs_are_shown_alone_by_a_filter_of_their_ids(
    controller: FilterController, browser: Browser
) -> None:
    await controller.show_only_runs([run_of("bee"), run_of("it, a bee")])
    assert browser.arranged == ['id=bee,"it, a bee"']
    query = parse_query(browser.arranged[0])
    assert [query.matches(run_of(name)) for name in ("bee", "it, a bee", "bees", "ant")] == [
        True,
        True,
        False,
        False,
    ]
    assert browser.mounted[0].shown.text == query.text


async def test_too_many_runs_for_a_filter_are_selected(
    controller: FilterController, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "_MOST_IDS", 1)
    await controller.show_only_runs([run_of("ant"), run_of("bee")])
    assert browser.arranged == []
    assert set(browser.table.selection.names) == {"ant", "bee"}
