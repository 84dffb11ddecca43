"""Contrast of all text on the screen, in all themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import BLACK, WHITE, Color
from textual.theme import BUILTIN_THEMES

from runtui.tui.app import RuntuiApp
from runtui.tui.contrast import (
    LEAST_CONTRAST,
    ON_DARK,
    XTERM_COLOURS,
    contrast,
    readable_colour,
    readable_style,
)
from runtui.tui.themes import OWN_THEMES
from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session, browsing

THEMES = sorted({*BUILTIN_THEMES, *(theme.name for theme in OWN_THEMES)})


def drawn(colour: RichColor | None, default: Color) -> Color:
    """Return a colour as a terminal with xterm's sixteen colours draws it."""
    if colour is None or colour.type is ColorType.DEFAULT:
        return default
    if colour.type is ColorType.STANDARD:
        return Color.parse(XTERM_COLOURS[colour.number or 0])
    return Color.from_rich_color(colour)


def faint_texts(app: RuntuiApp) -> list[str]:
    """Return the texts on the screen that are hard to read, each with its contrast."""
    text, background = (WHITE, BLACK) if app.current_theme.dark else (BLACK, WHITE)
    found = []
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style or Style.null()
            ratio = contrast(drawn(style.color, text), drawn(style.bgcolor, background))
            if ratio < LEAST_CONTRAST and any(map(str.isalnum, segment.text)):
                found.append(f"{ratio:.2f} {segment.text.strip()!r} {style}")
    return found


async def is_readable(user: Session, what: str) -> None:
    await user.sees(what)
    assert not faint_texts(user.app), what


@pytest.mark.parametrize("theme", THEMES)
async def test_all_text_is_readable(runs_dir: Path, theme: str) -> None:
    for number, status in enumerate(
        ["completed", "failed", "checkpointed", "resumed", "running", "initialising", "odd"]
    ):
        run = write_run(runs_dir, f"run{number}00-gas", status=status, tags=["prod"], description="melt")
        if number != 6:
            write_log(run, "ERROR: no room\nWARNING: cold\nstep 1\n")
    async with browsing(runs_dir) as user:
        user.app.theme = theme
        await user.sees("this run has no log yet")
        await is_readable(user, "odd")
        await user.press("space", "space")
        await is_readable(user, "2 selected")
        for _row in range(5):
            await user.press("j")
            assert not faint_texts(user.app), user.cursor
        await user.press("l")
        await is_readable(user, "WARNING: cold")
        await user.press("slash", *"cold", "enter")
        assert not faint_texts(user.app), "matches"
        await user.press("escape", "escape", "C")
        await is_readable(user, "[x] id")
        await user.press("escape", "i")
        await is_readable(user, "open")
        await user.press("escape", "question_mark")
        await is_readable(user, "Keys")
        await user.press("escape", "slash", *"tag:none", "enter")
        await is_readable(user, "No run matches")


def test_faint_colour_becomes_readable_and_a_readable_one_stays() -> None:
    grey = Color.parse("#888888")
    better = readable_colour(grey, WHITE)
    assert LEAST_CONTRAST <= contrast(better, WHITE) < 6
    assert readable_colour(BLACK, WHITE) is BLACK
    assert contrast(readable_colour(grey, grey), grey) >= LEAST_CONTRAST


@pytest.mark.parametrize("is_dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize("behind", [None, *range(16)])
@pytest.mark.parametrize("number", range(16))
def test_sixteen_colours_are_readable(number: int, behind: int | None, is_dark: bool) -> None:
    bgcolor = RichColor.default() if behind is None else RichColor.from_ansi(behind)
    default = BLACK if is_dark else WHITE
    style = readable_style(Style(color=RichColor.from_ansi(number), bgcolor=bgcolor), BLACK, is_dark=is_dark)
    assert contrast(drawn(style.color, WHITE), drawn(style.bgcolor, default)) >= LEAST_CONTRAST


def test_reversed_text_is_readable() -> None:
    faint = Style(color="#101010", bgcolor="#000000", reverse=True)
    style = readable_style(faint, BLACK, is_dark=True)
    assert contrast(drawn(style.color, WHITE), drawn(style.bgcolor, BLACK)) >= LEAST_CONTRAST


def test_drawings_keep_their_colours() -> None:
    faint = Style(color="#101010", bgcolor="#000000")
    lines, words = ON_DARK.apply([Segment("│─ ", faint), Segment("words", faint)], BLACK)
    assert lines.style == faint
    assert words.style != faint
