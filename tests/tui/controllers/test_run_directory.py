from __future__ import annotations

from pathlib import Path

import pytest

from runtui.tui.controllers import run_directory
from runtui.tui.controllers.run_directory import RunDirectory
from runtui.tui.terminal.clipboard import Copied, Told
from tests.tui.controllers.fakes import Browser, FakeBackground, run_of


@pytest.fixture
def browser(runs_dir: Path) -> Browser:
    (runs_dir / "ant").mkdir()
    browser = Browser(runs_dir, run_of("ant"), run_of("gone"))
    browser.background = FakeBackground(at_once=False)
    browser.copied, browser.shells = [], []
    return browser


@pytest.fixture
def directory(browser: Browser) -> RunDirectory:
    def open_shell(path: str) -> str:
        browser.shells.append(path)
        return ""

    def copy_text(text: str, told: Told) -> None:
        browser.copied.append(text)
        told(Copied("the tmux buffer", is_known=True))

    return RunDirectory(
        browser.targets,
        browser.sources,
        browser.host,
        browser.background,
        browser.notifier,
        copy_text,
        open_shell,
    )


def test_shell_opens_once_the_directory_responds(
    directory: RunDirectory, browser: Browser, runs_dir: Path
) -> None:
    directory.shell()
    assert browser.background.kinds == []
    browser.table.cursor = "ant"
    directory.shell()
    assert browser.shells == []
    browser.background.finish()
    assert browser.shells == [str(runs_dir / "ant")]
    assert browser.warnings == []


def test_shell_does_not_open_in_a_slow_or_missing_directory(
    directory: RunDirectory, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.table.cursor = "gone"
    directory.shell()
    browser.background.finish()
    assert len(browser.warnings) == 1
    assert browser.warnings[0].startswith("gone ")
    monkeypatch.setattr(run_directory, "_SHELL_PATIENCE", -1.0)
    browser.table.cursor = "ant"
    directory.shell()
    browser.background.finish()
    assert "late" in browser.warnings[1]
    assert browser.shells == []


def test_notice_shows_or_counts_the_copied_text(directory: RunDirectory, browser: Browser) -> None:
    browser.table.cursor = "ant"
    directory.copy()
    browser.host.answer(None)
    browser.host.answer("ant")
    browser.host.answer("ant\nbee")
    assert browser.copied == ["ant", "ant\nbee"]
    assert browser.notices == ["copied ant to the tmux buffer", "copied 2 lines to the tmux buffer"]
