from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.results.result_files import ResultFile, ViewerKind
from runtui.tui import screens
from runtui.tui.actions import NO_KEYS
from runtui.tui.controllers.results import ResultsController
from tests.tui.controllers.fakes import Browser, run_of


@pytest.fixture
def browser(runs_dir: Path) -> Browser:
    runs = [run_of(f"run-{number}") for number in range(screens.MOST_COMPARED + 1)]
    browser = Browser(runs_dir, run_of("parent"), run_of("child", parent="parent"), *runs)
    browser.files, browser.compared = [], []
    return browser


@pytest.fixture
def results(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> ResultsController:
    monkeypatch.setattr(
        screens,
        "ComparisonScreen",
        lambda places, _keys: browser.compared.append([place.name for place in places]),
    )
    panes: Any = SimpleNamespace(show_file=lambda name, path: browser.files.append((name, path)))
    return ResultsController(
        browser.targets,
        browser.sources,
        panes,
        browser.host,
        browser.background,
        browser.notifier,
        NO_KEYS,
        lambda: False,
    )


def test_a_single_run_is_compared_with_its_parent(results: ResultsController, browser: Browser) -> None:
    browser.table.cursor = "child"
    results.compare()
    assert browser.compared == [["parent", "child"]]
    browser.table.cursor = "parent"
    results.compare()
    assert len(browser.compared) == len(browser.notices) == 1


def test_too_many_runs_are_not_compared(results: ResultsController, browser: Browser) -> None:
    names = [name for name in browser.catalog.runs if name.startswith("run-")]
    browser.table.select(names[:-1])
    results.compare()
    assert browser.compared == [names[:-1]]
    browser.table.select(names)
    results.compare()
    assert len(browser.compared) == len(browser.notices) == 1


def test_only_text_files_are_shown_as_text(
    results: ResultsController, browser: Browser, runs_dir: Path
) -> None:
    browser.table.cursor = "child"
    (runs_dir / "child").mkdir()
    (runs_dir / "child" / "notes").write_text("text\n")
    (runs_dir / "child" / "state").write_bytes(b"\0\1\2" * 100)
    for name in ("notes", "state"):
        results.choose_file()
        browser.host.answer(ResultFile(name, ViewerKind.OTHER, 1, 0.0))
    assert browser.files == [("child", "notes")]
    assert len(browser.notices) == 1


def test_picture_without_its_library_says_what_to_install(
    results: ResultsController, browser: Browser
) -> None:
    browser.table.cursor = "child"
    results.choose_file()
    browser.host.answer(ResultFile("p.png", ViewerKind.PICTURE, 1, 0.0))
    assert len(browser.warnings) == 1
    assert len(browser.host.dialogs) == 1
