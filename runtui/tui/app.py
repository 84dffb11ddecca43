"""The application: holds the screen, and leaves the terminal as it was."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.types import CSSPathType

from runtui.store.safe_text import safe_text
from runtui.tui.screens.browser import BrowserScreen

if TYPE_CHECKING:
    from textual.command import Provider

_HERE = Path(__file__).parent


def _actions_provider() -> type[Provider]:
    from runtui.tui.commands import ActionsProvider  # the palette is no part of the first paint

    return ActionsProvider


class RuntuiApp(App[None]):
    """The browser on runs directories.

    Args:
        bases: The runs directories.
    """

    TITLE = "runtui"
    # The default screen's own CSS_PATH would not be read.
    CSS_PATH: ClassVar[CSSPathType | None] = [_HERE / "app.tcss", _HERE / "screens" / "browser.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    COMMANDS = App.COMMANDS | {_actions_provider}
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, *bases: str) -> None:
        super().__init__()
        self._bases = bases
        self.sub_title = safe_text(" ".join(bases))

    def get_default_screen(self) -> BrowserScreen:
        return BrowserScreen(self._bases)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            try:
                loop.add_signal_handler(number, self._end_by_signal, number)
            except (NotImplementedError, RuntimeError, ValueError):
                # Only the main thread of a Unix process can; elsewhere the default stays.
                return

    def _end_by_signal(self, number: int) -> None:
        """End as a user's quitting would, so that the terminal is restored."""
        self.exit(return_code=128 + number)


def browse(bases: Sequence[str]) -> int:
    """Show the browser until the user quits; return the exit code."""
    app = RuntuiApp(*bases)
    app.run()
    return app.return_code or 0
