from __future__ import annotations

import tomllib
from pathlib import Path

from runtui.settings import DEFAULTS, ColumnChoice
from runtui.settings.saving import set_columns
from runtui.tui.controllers.settings import SettingsController
from tests.tui.controllers.fakes import Browser, FakeBackground

COLUMNS = (ColumnChoice("id"), ColumnChoice("status"))


def test_changes_apply_at_once_and_are_all_saved(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    background = FakeBackground(at_once=False)
    path = tmp_path / "settings.toml"
    settings = SettingsController(DEFAULTS, str(path), background, browser.notifier)
    assert settings.change(set_columns(COLUMNS)).columns == COLUMNS
    settings.keep_theme("nord")
    assert (settings.current.columns, settings.current.theme) == (COLUMNS, "nord")
    assert len(set(background.kinds)) == 2  # of two of one kind the first would be dropped
    background.finish()
    assert tomllib.loads(path.read_text()) == {"columns": ["id", "status"], "theme": "nord"}
    settings.keep_theme("nord")
    assert len(background.kinds) == 2


def test_unsaved_change_lasts_for_the_session(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    settings = SettingsController(DEFAULTS, None, browser.background, browser.notifier)
    settings.keep_theme("nord")
    assert settings.current.theme == "nord"
    assert len(browser.warnings) == 1
