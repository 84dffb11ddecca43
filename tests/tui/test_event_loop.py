"""The event loop never touches the runs: whatever is asked of a file system is asked in other threads."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key

from runtui.tui.actions import ACTIONS, Place
from tests.tui.all_keys import KEYS, SPOTS, Spot, go_to, make_lively, place_of
from tests.tui.screen import browsing
from tests.tui.watching import touches_of_this_thread


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
@pytest.mark.parametrize("spot", SPOTS, ids=[spot.name for spot in SPOTS])
async def test_event_loop_never_accesses_the_runs(
    runs_dir: Path, spot: Spot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what is saved to files lies beside the runs
    make_lively(runs_dir)
    async with browsing(runs_dir) as user:
        await user.has_cursor_on("failed")
        with touches_of_this_thread(runs_dir) as touches:
            await go_to(user, spot)
            here = place_of(user)
            for key in KEYS:
                if place_of(user) != here:
                    await go_to(user, spot)
                    here = place_of(user)
                before = len(touches.found)
                await user.press(key)
                touches.found[before:] = [f"{key}: {touch}" for touch in touches.found[before:]]
    assert touches.found == [], "\n".join(touches.found)


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
async def test_every_action_is_reachable_from_a_tested_place(runs_dir: Path) -> None:
    make_lively(runs_dir)
    offered: set[str] = set()
    async with browsing(runs_dir) as user:
        for spot in SPOTS:
            await go_to(user, spot)
            for _owner, bindings in user.app.screen._binding_chain:
                offered.update(binding.action for _key, binding in bindings)
    in_reach = {action.name for action in ACTIONS if action.place is not Place.TOO_SMALL}
    assert in_reach <= offered


async def test_enter_and_escape_in_one_packet_close_only_the_palette(runs_dir: Path) -> None:
    make_lively(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("ctrl+p", *"help: all keys")
        await user.sees("help: all keys  (?)")
        await user.press("down", "enter")
        for key in ("enter", "escape"):  # in one packet
            user.app.post_message(Key(key, None))
        await user.sees("The ten keys you need")
