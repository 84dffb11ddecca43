from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.settings import DEFAULTS, ColumnChoice
from runtui.tui.controllers.column_chooser import ColumnChooser
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.key_index import KeyIndex
from runtui.tui.controllers.metric_keys import MetricKeys
from runtui.tui.controllers.settings import SettingsController
from tests.run_dirs import write_run
from tests.tui.controllers.fakes import Browser, FakeBackground, run_of

ID = ColumnChoice("id")


@pytest.fixture
def browser(runs_dir: Path) -> Browser:
    run = write_run(runs_dir, "ant")
    (run / "results" / "m.csv").write_text("step,loss\n1,2\n2,3\n")
    browser = Browser(runs_dir, run_of("ant"))
    browser.calls = []
    settings = SettingsController(DEFAULTS, None, FakeBackground(at_once=False), browser.notifier)
    browser.columns = ShownColumns(settings, (), has_folders=False)
    return browser


@pytest.fixture
def chooser(browser: Browser) -> ColumnChooser:
    rows: Any = SimpleNamespace(ask_for_keys=lambda: browser.calls.append("keys"))
    metrics: Any = SimpleNamespace(begin=lambda: browser.calls.append("metrics"))
    arrangement: Any = SimpleNamespace(known_keys=lambda: {"beta"})
    return ColumnChooser(
        browser.columns,
        browser.table,
        metrics,
        rows,
        arrangement,
        MetricKeys(browser.targets, browser.sources, browser.background),
        KeyIndex(browser.view, browser.sources, browser.background),
        browser.host,
    )


def test_chosen_columns_are_shown_and_read(chooser: ColumnChooser, browser: Browser) -> None:
    chooser.choose()
    browser.host.answer(None)
    assert browser.table.columns is None
    assert browser.calls == []
    browser.host.answer((ID,))
    assert browser.table.columns == browser.columns.shown == (ID,)
    assert browser.calls == ["metrics", "keys"]


def test_metrics_of_the_run_under_the_cursor_are_offered(
    chooser: ColumnChooser, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtui.tui.dialogs.columns import ColumnsScreen

    offered: list[str] = []
    monkeypatch.setattr(ColumnsScreen, "add_keys", lambda _self, keys: offered.extend(keys))
    chooser.choose()
    assert offered == []
    browser.table.cursor = "ant"
    chooser.choose()
    assert "metric:loss" in offered
