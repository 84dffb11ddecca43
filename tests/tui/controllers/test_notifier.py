from __future__ import annotations

from pathlib import Path

from tests.tui.controllers.fakes import Browser


def test_no_notice_without_a_problem(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    browser.notifier.warn_of("")
    assert browser.warnings == []
    browser.notifier.warn_of("[/] is full")
    assert browser.warnings == ["[/] is full"]
