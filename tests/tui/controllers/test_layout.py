from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from runtui.settings import DEFAULTS, Panes
from runtui.tui.controllers.layout import LayoutController
from runtui.tui.controllers.settings import SettingsController
from tests.run_dirs import write_log, write_run
from tests.tui.controllers.fakes import Browser
from tests.tui.screen import Session, browsing
from tests.waiting import until


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path)


@pytest.fixture
def layout(browser: Browser) -> LayoutController:
    settings = SettingsController(DEFAULTS, None, browser.background, browser.notifier)
    made = LayoutController(browser.host, settings, browser.notifier)
    made.apply()
    return made


def test_choices_follow_each_other_and_begin_anew(layout: LayoutController, browser: Browser) -> None:
    seen = []
    for _ in range(5):
        seen.append(next(name for name in browser.host.classes if name.startswith("-panes-")))
        layout.next()
    assert seen == ["-panes-both", "-panes-log", "-panes-details", "-panes-none", "-panes-both"]


def test_share_stays_within_bounds(layout: LayoutController, browser: Browser) -> None:
    for step, share in ((1, 60), (1, 75), (1, 75), (-1, 60), (-1, 45), (-1, 30), (-1, 30)):
        layout.resize(step)
        assert browser.host.classes == {"-panes-both", f"-share-{share}"}


def shown(user: Session) -> dict[str, tuple[int, int, int, int]]:
    """Return where the table, the details and the log are, those that are shown."""
    widgets = {name: user.app.screen.query_one(f"#{name}") for name in ("runs", "details", "log")}
    return {name: tuple(widget.region) for name, widget in widgets.items() if widget.region.area}


async def test_layout_is_kept_for_the_next_time(runs_dir: Path, tmp_path: Path) -> None:
    write_log(write_run(runs_dir, "ant"), "step 1\n")
    config = tmp_path / "settings.toml"
    async with browsing(runs_dir, config=config, notices=True) as user:
        assert set(shown(user)) == {"runs", "details", "log"}
        rows = shown(user)["runs"][3]
        await user.press("Z", "plus")
        await user.sees("the log alone")
        await until(user.pilot, lambda: set(shown(user)) == {"runs", "log"}, "the details are hidden")
        assert shown(user)["runs"][3] < rows
        await until(user.pilot, lambda: "panes_share = 60" in _text(config), "it is saved")
    assert tomllib.loads(_text(config)) == {"panes": "log", "panes_share": 60}
    async with browsing(runs_dir, config=config) as user:
        assert set(shown(user)) == {"runs", "log"}
        await user.press("enter")  # the details are asked for
        await until(user.pilot, lambda: "details" in shown(user), "the details are shown")
        await user.press("escape")
        await until(user.pilot, lambda: "details" not in shown(user), "the details are hidden again")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("panes", Panes)
async def test_log_and_details_are_shown_when_asked_for(
    runs_dir: Path, tmp_path: Path, panes: Panes, size: tuple[int, int]
) -> None:
    write_log(write_run(runs_dir, "ant"), "step 1\n")
    config = tmp_path / "settings.toml"
    config.write_text(f'panes = "{panes}"\n')
    async with browsing(runs_dir, size, config=config) as user:
        before = shown(user)
        await user.press("l")
        await until(user.pilot, lambda: set(shown(user)) == {"log"}, "only the log is shown")
        assert shown(user)["log"][2] == size[0]
        await user.press("escape", "enter")
        await until(user.pilot, lambda: "details" in shown(user), "the details are shown")
        await user.press("escape")
        await until(user.pilot, lambda: shown(user) == before, "it looks as before")


async def test_panes_stand_beside_the_table_on_a_very_wide_terminal(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "ant"), "step 1\n")
    async with browsing(runs_dir, (200, 60)) as user:
        places = shown(user)
        assert places["runs"][3] > 50
        assert places["details"][0] == places["log"][0] >= places["runs"][2]


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
