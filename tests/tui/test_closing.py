"""One key closes what is open, wherever the user is, and quits only in the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from tests.tui.all_keys import SPOTS, Spot, go_to, make_lively
from tests.tui.screen import browsing

_IN_THE_TABLE = ("table", "selected", "grouped", "filtered")
_MOST_LAYERS = 4  # of what is open one above the other


def _typed(line: Input | TextArea) -> str:
    return line.value if isinstance(line, Input) else line.text


async def _closes(spot: Spot, runs_dir: Path) -> None:
    make_lively(runs_dir)
    async with browsing(runs_dir) as user:
        await go_to(user, spot)
        line = user.app.focused
        if isinstance(line, Input | TextArea):
            before = _typed(line)
            await user.press("q")
            assert _typed(line) == f"{before}q"
            return
        browser = user.app.screen_stack[0]
        for _layer in range(_MOST_LAYERS):
            await user.press("q")
            if user.app.screen is browser and browser.query_one("#runs").has_focus:
                break
        else:
            raise AssertionError(user.text)
        assert user.app.is_running
        assert user.app.return_code is None
        await user.sees("details: ")
        await user.press("q")
        assert user.app.return_code == 0


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
@pytest.mark.parametrize(
    "spot",
    [spot for spot in SPOTS if not spot.name.startswith(_IN_THE_TABLE)],
    ids=lambda spot: spot.name,
)
async def test_q_closes_what_is_open_and_is_a_letter_while_typing(spot: Spot, runs_dir: Path) -> None:
    await _closes(spot, runs_dir)


async def test_q_quits_from_the_table_whatever_is_filtered_or_selected(runs_dir: Path) -> None:
    make_lively(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("slash", *"fail", "enter", "asterisk")
        await user.sees("selected")
        await user.press("q")
        assert user.app.return_code == 0
