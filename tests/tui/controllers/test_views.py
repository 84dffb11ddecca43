from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST, Sort
from runtui.settings import ALL, DEFAULTS, ColumnChoice, SavedView
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.settings import SettingsController
from runtui.tui.controllers.views import ViewsController, query_of
from tests.tui.controllers.fakes import Browser, FakeRows


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    browser = Browser(tmp_path)
    browser.calls = []
    browser.settings = SettingsController(DEFAULTS, None, browser.background, browser.notifier)
    browser.columns = ShownColumns(browser.settings, (), has_folders=False)
    return browser


@pytest.fixture
def views(browser: Browser) -> ViewsController:
    calls = browser.calls

    async def show_filter(query: Any) -> None:
        calls.append(f"filter {query.text}")

    rows: Any = FakeRows(browser.view)
    bar: Any = SimpleNamespace(show=show_filter)
    chooser: Any = SimpleNamespace(show=lambda: calls.append("columns"))
    panes: Any = SimpleNamespace(show_table=lambda: calls.append("table"))
    return ViewsController(
        browser.view,
        browser.settings,
        browser.columns,
        chooser,
        rows,
        bar,
        panes,
        browser.host,
        browser.notifier,
    )


async def test_chosen_view_becomes_the_present_view(views: ViewsController, browser: Browser) -> None:
    assert views.present_view() == ALL._replace(name="", is_own=True)
    mine = SavedView("mine", "user:me", "-status", (ColumnChoice("id"),), "host")
    await views.show(mine)
    assert views.present_view() == mine._replace(name="")
    assert browser.calls == ["columns", "filter user:me", "table"]
    await views.show(None)
    assert views.present_view() == mine._replace(name="")
    await views.show(ALL)
    assert browser.view.wanted == (query_of(ALL), NEWEST_FIRST, "")
    assert browser.columns.shown == browser.columns.usual


def test_default_order_and_columns_are_not_saved_in_a_view(views: ViewsController, browser: Browser) -> None:
    browser.view.arrange(parse_query("ant"), NEWEST_FIRST)
    assert views.present_view() == SavedView("", "ant")
    browser.view.arrange(parse_query("ant"), Sort("status", True))
    assert views.present_view() == SavedView("", "ant", "-status")
