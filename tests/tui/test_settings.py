"""The settings of a user, as the browser follows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.settings import SavedView
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing
from tests.waiting import until

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Four runs, two failed and two completed, with a parameter."""
    for number, (name, status) in enumerate(
        [("gas", "failed"), ("fluid", "completed"), ("epidemic", "failed"), ("plate", "completed")]
    ):
        run = write_run(
            runs_dir, name, status=status, description=f"a {name}", created=NOW - timedelta(hours=number)
        )
        (run / "run_params.json").write_text(json.dumps({"beta": (7 * number) % 5}))
    return runs_dir


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def notices(user: Session) -> str:
    """Return what stands at the upper right edge of the screen, where notices are, its lines joined."""
    parts = (line.rpartition("▌")[2].strip(" │╯") for line in user.text.splitlines() if "▌" in line)
    return " ".join("".join(f"{part} " for part in parts).split())


async def test_browser_starts_with_the_given_view_and_order(runs: Path, config: Path) -> None:
    config.parent.mkdir()
    config.write_text('sort = "-beta"\n')
    async with browsing(runs, (80, 24), config=config, view=SavedView("x", "status:failed")) as user:
        await user.sees(" /status:failed")
        await user.sees_rows("a epidemic", "a gas")
        await user.press("escape")
        await user.sees_rows("a epidemic", "a fluid", "a plate", "a gas")


async def test_remapped_keys_work(runs: Path, config: Path) -> None:
    config.parent.mkdir()
    config.write_text('[keys]\nfilter = "Q,ctrl+f5"\nsort_next = "O"\nsort_reverse = "o"\n')
    async with browsing(runs, config=config) as user:
        await user.sees("Q filter")
        await user.press("slash", "Q", *"gas off", *["backspace"] * 4)
        await user.sees_rows("a gas")
        await user.press("escape", "o")
        await user.sees("created ▲")
        await user.press("O")
        await user.sees("time ▼")
        await user.press("question_mark")
        await user.press("slash", *"ctrl+f5", "enter")
        await user.sees("Q Ctrl+f5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "nord"\nsort = 3\n', "line 2: sort must be text"),
        ("theme = \n", "line 1: Invalid value"),
        ('[keys]\nfilterr = "f"\n', "did you mean filter?"),
        ('[keys]\nfilter = "q"\n', "keys.filter has q, which does quit already"),
        ('theme = "[@click=x]pink"\n', "[@click=x]pink is none of"),
    ],
)
async def test_settings_problem_is_reported_and_the_browser_works(
    runs: Path, config: Path, text: str, said: str
) -> None:
    config.parent.mkdir()
    config.write_text(text)
    async with browsing(runs, (120, 40), config=config, notices=True) as user:
        await until(user.pilot, lambda: said in notices(user), f"{said!r} in a notice", lambda: user.text)
        await user.press("slash", *"gas")
        await user.sees_rows("a gas")


async def test_broken_settings_file_is_kept_and_changes_last_for_the_session(
    runs: Path, config: Path
) -> None:
    config.parent.mkdir()
    config.write_text("views = 3\n")
    async with browsing(runs, (120, 40), config=config, notices=True) as user:
        await user.press("v", *"mine too", "ctrl+s")
        await user.sees(" mine too")
        await user.press("escape")
        said = "not saved, the settings file has errors"
        await until(user.pilot, lambda: said in notices(user), "a notice", lambda: user.text)
        assert config.read_text() == "views = 3\n"
