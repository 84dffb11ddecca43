from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.tui.controllers.preview import Preview
from tests.run_dirs import write_run
from tests.tui.controllers.fakes import Browser, run_of, update_of


@pytest.fixture
def browser(runs_dir: Path) -> Browser:
    for name in ("ant", "bee"):
        write_run(runs_dir, name, beta=1)
    browser = Browser(runs_dir, run_of("ant"), run_of("bee"))
    browser.shown = []
    return browser


@pytest.fixture
def preview(browser: Browser) -> Preview:
    def note(what: str) -> Any:
        return lambda *given: browser.shown.append((what, *given[:1]))

    details: Any = SimpleNamespace(
        show_run=lambda run, _catalog: browser.shown.append(("overview", run and run.name)),
        show_details=lambda details, _catalog: browser.shown.append(("details", details.name)),
        show_group=note("group"),
        own_keys=frozenset({"beta"}),
    )
    log: Any = SimpleNamespace(show_run=note("log"), look_soon=note("log grew"))
    return Preview(
        browser.sources,
        browser.catalog,
        browser.view,
        browser.table,
        details,
        log,
        browser.background,
        browser.host,
    )


def test_first_run_is_read_at_once(preview: Preview, browser: Browser) -> None:
    preview.show("ant")
    assert browser.shown == [("overview", "ant"), ("log", "ant"), ("details", "ant")]
    assert preview.own_keys == {"beta"}


def test_runs_passed_by_the_cursor_are_not_read(preview: Preview, browser: Browser) -> None:
    preview.show("ant")
    browser.shown.clear()
    preview.show("bee")
    preview.show("ant")
    preview.show("bee")
    assert browser.shown == [("overview", "bee"), ("overview", "ant"), ("overview", "bee")]
    (timer,) = browser.host.running
    timer.callback()
    assert browser.shown[3:] == [("log", "bee"), ("details", "bee")]


def test_only_changes_of_the_shown_run_are_read(preview: Preview, browser: Browser) -> None:
    preview.show("ant")
    browser.shown.clear()
    preview.apply(update_of(run_of("bee")))
    assert browser.shown == []
    preview.apply(update_of(run_of("ant")))
    assert browser.shown.pop() == ("overview", "ant")
    for touched in ("logs", "slurm-1.out"):
        preview.apply(update_of(touched=[touched]))
        assert browser.shown.pop() == ("log grew",)


def test_many_changes_reload_the_details_once(preview: Preview, browser: Browser) -> None:
    preview.show("ant")
    browser.shown.clear()
    for _ in range(3):
        preview.apply(update_of(touched=["results"]))
    (timer,) = browser.host.running
    assert browser.shown == []
    timer.callback()
    assert browser.shown == [("details", "ant")]


def test_group_summary_is_updated_when_a_run_changes(preview: Preview, browser: Browser) -> None:
    browser.table.heading = SimpleNamespace(runs=(), key=SimpleNamespace(label="failed"))
    preview.show(None)
    browser.shown.clear()
    preview.apply(update_of(run_of("bee")))
    (timer,) = browser.host.running
    timer.callback()
    assert [what for what, *_given in browser.shown] == ["group"]
