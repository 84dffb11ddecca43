from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import Sort
from runtui.settings import ColumnChoice
from runtui.tui.controllers.arrangement import Arrangement, next_key
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.metric_keys import MetricKeys
from tests.tui.controllers.fakes import Browser, FakeRows

QUERY = parse_query("ant")


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    browser = Browser(tmp_path)
    browser.view.arrange(QUERY, Sort("status", False), "host")
    browser.view.advance()
    return browser


@pytest.fixture
def arrangement(browser: Browser) -> Arrangement:
    rows: Any = FakeRows(browser.view, {"beta"})
    columns: Any = SimpleNamespace(
        shown=[ColumnChoice(key) for key in ("status", "metric:loss", "id", "duration")]
    )
    preview: Any = SimpleNamespace(own_keys={"gamma"})
    metric_keys = MetricKeys(browser.targets, browser.sources, browser.background)
    key_index = KeyIndex(browser.view, browser.sources, browser.background)
    return Arrangement(
        browser.view,
        rows,
        columns,
        browser.table,
        preview,
        metric_keys,
        key_index,
        browser.host,
        browser.notifier,
    )


def test_sorting_by_the_same_column_reverses_the_order(arrangement: Arrangement, browser: Browser) -> None:
    arrangement.sort_by_column("status")
    assert browser.view.wanted == (QUERY, Sort("status", True), "host")
    arrangement.sort_by_column("id")
    assert browser.view.wanted == (QUERY, Sort("id", False), "host")
    arrangement.sort_by_column("created")
    assert browser.view.wanted.sort == Sort("created", True)


def test_next_sort_column_is_never_a_metric(arrangement: Arrangement, browser: Browser) -> None:
    keys = []
    for _ in range(3):
        arrangement.sort_by_next()
        keys.append(browser.view.wanted.sort.key)
    assert keys == ["id", "duration", "status"]


def test_runs_are_sorted_by_a_metric(arrangement: Arrangement, browser: Browser) -> None:
    arrangement.sort_by_column("metric:loss")
    assert browser.view.wanted.sort == Sort("metric:loss", False)


def test_choosing_the_current_group_key_ungroups(arrangement: Arrangement, browser: Browser) -> None:
    arrangement.choose_group()
    browser.host.answer(None)
    assert browser.view.group == "host"
    browser.host.answer("user")
    assert browser.view.group == "user"
    arrangement.fold_all()
    assert browser.table.folded == [None]
    browser.host.answer("user")
    assert browser.view.group == ""
    arrangement.fold_all()
    assert browser.table.folded == [None]


def test_known_keys_include_requested_keys_and_keys_of_the_shown_run(arrangement: Arrangement) -> None:
    assert arrangement.known_keys() == {"beta", "gamma"}


def test_next_key_wraps_around() -> None:
    assert [next_key(["a", "b"], now) for now in ("a", "b", "c")] == ["b", "a", "a"]
