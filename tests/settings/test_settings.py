"""Where the settings are, and what there is without them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from runtui.settings import DEFAULTS, FIRST_VIEWS, read_settings, read_settings_soon, settings_path


def test_missing_settings_file_or_home_gives_the_defaults(tmp_path: Path) -> None:
    assert read_settings(str(tmp_path / "missing" / "s.toml")) == DEFAULTS
    assert read_settings(None) == DEFAULTS
    assert DEFAULTS.views == FIRST_VIEWS


def test_settings_file_is_in_the_users_config_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert settings_path() == "/somewhere/runtui/settings.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert settings_path() == "/home/somebody/.config/runtui/settings.toml"


def test_hanging_disk_gives_the_defaults_without_waiting(tmp_path: Path, monkeypatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr("runtui.settings.os.path.lexists", lambda _path: answered.wait(20))
    try:
        settings = read_settings_soon("/somewhere/s.toml", 0.01)
    finally:
        answered.set()
    assert settings.problem == "/somewhere/s.toml takes too long to read: using the defaults"
    assert settings.views == FIRST_VIEWS
