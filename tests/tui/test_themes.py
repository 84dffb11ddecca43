from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from runtui.settings import read_settings
from runtui.tui.contrast import contrast
from runtui.tui.themes import FOR_FEW_COLOURS, OWN_THEMES, SHORT_NAMES
from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.waiting import until


@pytest.mark.parametrize("theme", OWN_THEMES, ids=lambda theme: theme.name)
def test_high_contrast_theme_text_is_readable(theme) -> None:
    muted = theme.variables["text-muted"]
    for name, colour in {
        "foreground": theme.foreground,
        "warning": theme.warning,
        "error": theme.error,
        "success": theme.success,
        "text-muted": muted,
    }.items():
        assert contrast(Color.parse(theme.background), Color.parse(colour)) >= 7, name


@pytest.mark.parametrize("name", [*SHORT_NAMES, *(theme.name for theme in OWN_THEMES)])
async def test_theme_of_the_settings_is_used(runs_dir: Path, tmp_path: Path, name: str) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(f'theme = "{name}"\n')
    write_run(runs_dir, "gas")
    async with browsing(runs_dir, config=config) as user:
        assert user.app.theme == SHORT_NAMES.get(name, name)


def test_the_theme_for_few_colours_has_a_short_name() -> None:
    assert SHORT_NAMES["ansi"] == FOR_FEW_COLOURS


async def test_chosen_theme_is_kept_for_the_next_session(runs_dir: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    write_run(runs_dir, "gas")
    async with browsing(runs_dir, config=config) as user:
        user.app.theme = "nord"
        await until(
            user.pilot,
            lambda: read_settings(str(config)).theme == "nord",
            "the theme was saved",
        )
    async with browsing(runs_dir, config=config) as user:
        assert user.app.theme == "nord"
