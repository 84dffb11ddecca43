from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.catalog.catalog import CatalogUpdate, Health, SyncPhase
from runtui.catalog.query.model import EVERYTHING
from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST, Sort
from runtui.catalog.view import Wanted
from runtui.settings import ColumnChoice
from runtui.tui.controllers.rows import RowsController, needed_keys
from tests.tui.controllers.fakes import Browser, run_of, update_of


def test_needed_keys_come_from_filter_sort_group_and_columns() -> None:
    wanted = Wanted(parse_query("beta>1"), Sort("gamma", False), "delta")
    columns = [ColumnChoice("status"), ColumnChoice("epsilon")]
    assert needed_keys(wanted, columns) == {"beta", "gamma", "delta", "epsilon"}
    assert needed_keys(Wanted(EVERYTHING, NEWEST_FIRST), [ColumnChoice("status")]) == frozenset()


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    browser = Browser(tmp_path)
    browser.calls = []
    browser.table.view_changed = lambda: browser.calls.append("rows")
    return browser


@pytest.fixture
def rows(browser: Browser) -> RowsController:
    def note(what: str) -> Any:
        return lambda *given: browser.calls.append(what)

    frame: Any = SimpleNamespace(update=note("frame"), show_status=note("status"))
    navigator: Any = SimpleNamespace(rows_changed=note("navigator"))
    columns: Any = SimpleNamespace(shown=(ColumnChoice("status"),))
    sources: Any = SimpleNamespace(want_keys=lambda keys: browser.calls.append(sorted(keys)))
    notifier: Any = SimpleNamespace(inform=browser.calls.append)
    return RowsController(
        browser.view, browser.table, columns, navigator, frame, sources, browser.host, notifier
    )


def bring_in(rows: RowsController, browser: Browser, update: CatalogUpdate) -> None:
    """Apply an update as the screen does."""
    browser.view.note(browser.catalog.apply(update))
    rows.apply(update)


def test_changes_are_shown_immediately(rows: RowsController, browser: Browser) -> None:
    bring_in(rows, browser, update_of(run_of("ant"), health=Health(SyncPhase.FRESH)))
    assert len(browser.view) == 1
    assert browser.calls == ["rows", "navigator", "frame"]
    bring_in(rows, browser, update_of(removed=("ant",), health=Health(SyncPhase.FRESH)))
    assert len(browser.view) == 0


def test_row_updates_are_throttled_while_runs_are_read(rows: RowsController, browser: Browser) -> None:
    reading = Health(SyncPhase.READING)
    bring_in(rows, browser, update_of(run_of("ant"), health=reading))
    bring_in(rows, browser, update_of(run_of("bee"), health=reading))
    (timer,) = browser.host.running
    browser.calls.clear()
    bring_in(rows, browser, update_of(run_of("cow"), health=reading))
    assert browser.calls == ["status"]
    bring_in(rows, browser, update_of(health=Health(SyncPhase.FRESH)))
    assert timer.is_stopped
    assert len(browser.view) == 3


def test_keys_are_requested_once_the_user_stops_typing(rows: RowsController, browser: Browser) -> None:
    for text in ("beta>1", "beta>1 gamma>2"):
        rows.arrange(parse_query(text), NEWEST_FIRST)
    (timer,) = browser.host.running
    assert not any(isinstance(call, list) for call in browser.calls)
    timer.callback()
    assert browser.calls[-1] == ["beta", "gamma"]


def test_unknown_filter_key_is_reported_once_after_all_runs_are_read(
    rows: RowsController, browser: Browser
) -> None:
    has_beta = run_of("ant")._replace(values={"beta": 1})
    bring_in(rows, browser, update_of(has_beta, run_of("bee"), health=Health(SyncPhase.FRESH)))
    rows.arrange(parse_query("beta>1 -nosuch:2"), NEWEST_FIRST)
    browser.host.running[-1].callback()
    told = "no run has a value for nosuch"
    read = frozenset({"beta", "nosuch"})
    bring_in(rows, browser, update_of(health=Health(SyncPhase.READING, keys=read)))
    bring_in(rows, browser, update_of(health=Health(SyncPhase.FRESH)))
    assert told not in browser.calls
    for _again in range(2):
        bring_in(rows, browser, update_of(health=Health(SyncPhase.FRESH, keys=read)))
    assert browser.calls.count(told) == 1
    assert "no run has a value for beta" not in browser.calls


def test_a_key_that_cannot_be_read_is_told_and_not_said_to_be_missing(
    rows: RowsController, browser: Browser
) -> None:
    unread = run_of("bee")._replace(unread={"beta": "run_params.json is empty"})
    bring_in(rows, browser, update_of(run_of("ant"), unread, health=Health(SyncPhase.FRESH)))
    rows.arrange(parse_query("beta>1"), NEWEST_FIRST)
    browser.host.running[-1].callback()
    bring_in(rows, browser, update_of(health=Health(SyncPhase.FRESH, keys=frozenset({"beta"}))))
    told = (
        "beta is unreadable in 1 of 2 runs (bee: run_params.json is empty); no other run has a value for it"
    )
    assert told in browser.calls
    assert "no run has a value for beta" not in browser.calls
