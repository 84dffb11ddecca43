from __future__ import annotations

from pathlib import Path

import pytest

from runtui.catalog.fields import FOLDER, QUEUE
from runtui.settings import DEFAULTS, ColumnChoice
from runtui.store.record import JobInfo
from runtui.tui.controllers.columns import ShownColumns
from runtui.tui.controllers.settings import SettingsController
from tests.tui.controllers.fakes import Browser, run_of

JOB = JobInfo("slurm", "41")
ID, STATUS, HOST = (ColumnChoice(key) for key in ("id", "status", "host"))


@pytest.fixture
def settings(tmp_path: Path) -> SettingsController:
    browser = Browser(tmp_path)
    return SettingsController(DEFAULTS, str(tmp_path / "s.toml"), browser.background, browser.notifier)


def keys(columns: ShownColumns) -> list[str]:
    return [choice.key for choice in columns.shown]


def test_default_columns_include_folder_and_queue_when_useful(
    settings: SettingsController,
) -> None:
    one = ShownColumns(settings, (), has_folders=False)
    assert FOLDER not in keys(one)
    assert QUEUE not in keys(one)
    several = ShownColumns(settings, (), has_folders=True)
    assert not several.update([run_of("a"), run_of("b", "completed", job=JOB), run_of("c", "running")])
    assert several.update([run_of("d", "running", job=JOB)])
    assert not several.update([run_of("e", "running", job=JOB)])
    assert keys(several)[0] == FOLDER
    assert QUEUE in keys(several)


def test_description_is_a_default_column_once_a_run_has_one(settings: SettingsController) -> None:
    columns = ShownColumns(settings, (), has_folders=False)
    assert not columns.update([run_of("a")._replace(description="")])
    assert "description" not in keys(columns)
    assert columns.update([run_of("b")._replace(description="tall mesh"), run_of("a")])
    assert not columns.update([run_of("b")._replace(description="")])
    assert keys(columns)[:3] == ["status", "id", "description"]


def test_folder_column_goes_with_the_last_run_in_a_folder(settings: SettingsController) -> None:
    columns = ShownColumns(settings, (), has_folders=False)
    assert columns.update([run_of("a"), run_of("x/b"), run_of("y/c")])
    assert not columns.update([], ["x/b"], ["a", "y/c"])
    assert keys(columns)[0] == FOLDER
    assert columns.update([], ["y/c"], ["a"])
    assert FOLDER not in keys(columns)
    several = ShownColumns(settings, (), has_folders=True)
    assert not several.update([], ["x/b"], ["a"])
    assert keys(several)[0] == FOLDER


def test_changing_view_columns_does_not_change_the_settings(settings: SettingsController) -> None:
    columns = ShownColumns(settings, (ID,), has_folders=False)
    columns.choose((ID, HOST))
    assert columns.shown == (ID, HOST)
    assert settings.current.columns == ()
    columns.of_view = ()
    assert columns.shown == columns.usual


def test_chosen_columns_are_saved_and_default_ones_are_not(settings: SettingsController) -> None:
    columns = ShownColumns(settings, (), has_folders=False)
    columns.choose((STATUS, ID))
    assert columns.shown == settings.current.columns == (STATUS, ID)
    columns.choose(columns.usual)
    assert settings.current.columns == ()
