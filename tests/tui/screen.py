"""What a user sees of a running app, as text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from runtui.settings import ALL, SavedView, read_settings
from runtui.tui.app import RuntuiApp
from tests.waiting import until

_CHARACTERS = {
    "ampersand": "&",
    "backspace": "\b",
    "colon": ":",
    "enter": "\r",
    "left_square_bracket": "[",
    "minus": "-",
    "plus": "+",
    "question_mark": "?",
    "right_square_bracket": "]",
    "slash": "/",
    "space": " ",
    "tab": "\t",
}


def screen_text(app: RuntuiApp) -> str:
    """Return the text on the screen, line by line."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width].rstrip() for strip in list(lines)[:height])


def table_rows(app: RuntuiApp) -> list[str]:
    """Return the visible rows of the table, without the heading; empty ones are left out."""
    table = app.screen.query_one("#runs")
    rows = [table.render_line(y).text.rstrip() for y in range(1, table.size.height)]
    return [row for row in rows if row.strip()]


def log_lines(app: RuntuiApp) -> list[str]:
    """Return the lines of the log on the screen, with the sign before those that are marked."""
    view = app.screen.query_one("#log-view")
    lines = [view.render_line(y).text.rstrip() for y in range(view.size.height)]
    return [line.removeprefix(" ") for line in lines if line.strip()]


def cursor_row(app: RuntuiApp) -> str:
    """Return the row that the cursor is on."""
    return next((row[2:] for row in table_rows(app) if row.startswith("›")), "")


class Session:
    """A user's session with the browser."""

    def __init__(self, app: RuntuiApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def rows(self) -> list[str]:
        return table_rows(self.app)

    @property
    def cursor(self) -> str:
        return cursor_row(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until all that waits for each of them was done.

        Textual's own way waits until the whole program rests, which it does not while it reads or searches.
        """
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
            event = Key(name, key if len(key) == 1 else _CHARACTERS.get(key))
            event.set_sender(self.app)
            self.app.post_message(event)
            await self.pilot.pause(0)

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await self._until(lambda: text in self.text, f"{text!r} on the screen")

    async def sees_no(self, text: str) -> None:
        """Wait until a text is no longer on the screen."""
        await self._until(lambda: text not in self.text, f"{text!r} gone from the screen")

    async def sees_rows(self, *texts: str) -> None:
        """Wait until the table has exactly as many rows as `texts`, each with its text, in that order."""
        await self._until(
            lambda: (
                len(self.rows) == len(texts)
                and all(text in row for text, row in zip(texts, self.rows, strict=True))
            ),
            f"rows with {texts}",
        )

    async def has_cursor_on(self, text: str) -> None:
        """Wait until the cursor's row has a text."""
        await self._until(lambda: text in self.cursor, f"the cursor on {text!r}")

    async def _until(self, condition: Callable[[], object], what: str) -> None:
        await until(self.pilot, condition, what, lambda: self.text)


@asynccontextmanager
async def browsing(
    base: Path,
    size: tuple[int, int] = (120, 40),
    *,
    config: Path | None = None,
    view: SavedView = ALL,
    notices: bool = False,
) -> AsyncIterator[Session]:
    """Open the browser on a runs directory, with a settings file, and wait until it has read them."""
    path = None if config is None else str(config)
    app = RuntuiApp(str(base), settings=read_settings(path), view=view, settings_path=path)
    async with app.run_test(size=size, notifications=notices) as pilot:
        session = Session(app, pilot)
        await until(pilot, lambda: "● live" in session.text, "the directory was read")
        yield session
