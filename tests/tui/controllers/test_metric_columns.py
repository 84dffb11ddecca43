from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.settings import ColumnChoice
from runtui.tui.controllers import metric_columns
from runtui.tui.controllers.metric_columns import MetricColumns
from tests.tui.controllers.fakes import Browser, run_of

STATUS, LOSS = ColumnChoice("status"), ColumnChoice("metric:loss")


class Cells:
    """Cells that note which are wanted."""

    def __init__(self, _owner: Any, _place_of: Any, changed: Any) -> None:
        self.changed = changed
        self.texts: dict[Any, str] = {}
        self.wanted: list[Any] = []
        self.is_stopped = False

    def want(self, runs: Any, keys: Any) -> None:
        self.wanted.append(([run.name for run in runs], keys))

    def stop(self) -> None:
        self.is_stopped = True


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> list[Cells]:
    made: list[Cells] = []

    def make(*given: Any) -> Cells:
        made.append(Cells(*given))
        return made[-1]

    monkeypatch.setattr(metric_columns, "MetricCells", make)
    return made


def test_metrics_are_read_once_there_is_a_metric_column(tmp_path: Path, cells: list[Cells]) -> None:
    browser = Browser(tmp_path, run_of("ant"))
    browser.table.visible_runs = [run_of("ant")]
    refreshed: list[bool] = []
    browser.table.refresh = lambda: refreshed.append(True)
    owner: Any = None
    columns: Any = SimpleNamespace(shown=(STATUS,))
    metrics = MetricColumns(owner, browser.sources, browser.table, columns, browser.host, slowdown=2)
    metrics.begin()
    metrics.stop()
    assert cells == browser.host.intervals == []
    columns.shown = (STATUS, LOSS)
    metrics.begin()
    metrics.begin()
    (made,), (interval,) = cells, browser.host.intervals
    assert browser.table.metric_texts is made.texts
    interval.callback()
    assert made.wanted == [(["ant"], ["metric:loss"])]
    made.changed()  # and there may be more to read
    assert refreshed == [True]
    assert len(made.wanted) == 2
    metrics.stop()
    assert made.is_stopped
