"""Notes and descriptions, written in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.failures import is_done, metadata, write_failures
from tests.tui.screen import Session, browsing

_SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


async def typed(user: Session, *keys: str) -> int:
    """Press keys; return how many."""
    await user.press(*keys)
    return len(keys)


@pytest.mark.parametrize("size", _SIZES, ids=["80x24", "120x40", "200x60"])
async def test_note_of_ten_letters_takes_at_most_13_keys(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size, notices=True) as user:
        count = await typed(user, "m", *"wrong mesh", "ctrl+s")
        await is_done(user, "saved the note on 1 run")
        assert count <= 13
        await user.has_cursor_on("✎ ")
    assert metadata(runs, "ant")["note"] == "wrong mesh"


async def test_note_has_several_lines_and_is_found_by_its_words(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("m", *"first line", "enter", *"see mail", "ctrl+s")
        await is_done(user, "saved the note on 1 run")
        await user.sees("note     first line")
        await user.sees("         see mail")
        await user.press("slash", *"note:mail", "enter")
        await user.sees_rows("✎ ")
    assert metadata(runs, "ant")["note"] == "first line\nsee mail"


async def test_note_is_edited_and_undone(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("m", *"one", "ctrl+s")
        await is_done(user, "saved the note on 1 run")
        await user.sees("note     one")
        await user.press("m")
        await user.sees("Note on")
        await user.press("enter", *"two", "ctrl+s")
        await user.sees("         two")
        await user.press("u")
        await is_done(user, "undid on 1 run")
        await user.sees_no("         two")
        await user.press("u")
        await user.sees_no("note     one")
    assert "note" not in metadata(runs, "ant")


async def test_emptied_note_is_removed(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("m", *"one", "ctrl+s")
        await user.sees("note     one")
        await user.press("m", "backspace", "backspace", "backspace", "ctrl+s")
        await is_done(user, "removed the note on 1 run")
        await user.sees_no("note     one")


async def test_escape_asks_before_it_discards_what_was_typed(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("m", "escape")
        await user.sees_no("Note on")
        await user.press("m", *"lost?", "escape")
        await user.sees("not saved: Esc again discards it")
        await user.press("x")
        await user.sees_no("not saved")
        await user.press("escape", "escape")
        await user.sees_no("Note on")
    assert "note" not in metadata(runs, "ant")


async def test_note_of_several_runs_says_that_it_replaces_theirs(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("m", *"one", "ctrl+s")
        await is_done(user, "saved the note on 1 run")
        await user.has_cursor_on("✎")
        await user.press("asterisk", "m")
        await user.sees("Note on 5 runs")
        await user.sees("replaces the notes of 1 run")
        await user.press(*"all", "ctrl+s")
        await is_done(user, "saved the note on 5 runs")
    assert {metadata(runs, name)["note"] for name in ("ant", "bee", "cow")} == {"all"}


async def test_pasted_control_characters_are_made_visible(runs: Path) -> None:
    from textual.events import Paste

    async with browsing(runs, notices=True) as user:
        await user.press("m")
        await user.sees("Note on")
        user.app.screen.focused.post_message(Paste("a\x1b[2Jb\r\nsecond"))
        await user.sees("a␛[2Jb")
        await user.press("ctrl+s")
        await is_done(user, "saved the note on 1 run")
    assert metadata(runs, "ant")["note"] == "a␛[2Jb\nsecond"


async def test_description_is_changed_in_place(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("M")
        await user.sees("Description of")
        await user.press("ctrl+u", *"finer grid", "enter")
        await is_done(user, "changed the description of 1 run")
        await user.has_cursor_on("finer grid")
        await user.press("u")
        await is_done(user, "undid on 1 run")
        await user.sees_no("finer grid")
