from __future__ import annotations

from pathlib import Path

from tests.tui.controllers.fakes import Browser, run_of


def test_selection_takes_precedence_over_the_cursor(tmp_path: Path) -> None:
    browser = Browser(tmp_path, run_of("ant"), run_of("bee"), run_of("cow"))
    browser.table.cursor = "ant"
    assert browser.targets.names == ("ant",)
    browser.table.select(["bee", "cow"])
    assert browser.targets.names == ("bee", "cow")
    assert browser.targets.under_cursor == browser.catalog.runs["ant"]
    browser.targets.clear_selection()
    assert browser.targets.names == ("ant",)


def test_removed_runs_are_not_targets(tmp_path: Path) -> None:
    browser = Browser(tmp_path, run_of("ant"))
    browser.table.select(["gone", "ant"])
    assert browser.targets.require() == ("ant",)
    assert browser.notices == []
    browser.table.select(["gone"])
    assert browser.targets.require() == ()
    assert len(browser.notices) == 1
