"""What is shown while the terminal is too small for anything else."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST_SIZE = Size(50, 12)
"""Below this, in cells, a row of the table or a box has no room for what it must say."""


def is_too_small(size: Size) -> bool:
    """Return whether a terminal has no room for the browser."""
    return size.width < LEAST_SIZE.width or size.height < LEAST_SIZE.height


class TooSmallScreen(ModalScreen[None]):
    """Says that the terminal is too small, and goes when it is no longer; no key does what nobody sees."""

    CSS_PATH = "too_small.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+c", "quit_all", show=False, priority=True)]

    def compose(self) -> ComposeResult:
        yield Static(id="too-small", markup=False)

    def on_resize(self) -> None:
        size = self.app.size
        if not is_too_small(size):
            # Below another one it goes when that has gone.
            if self.is_current:
                self.dismiss()
            return
        said = f"{size.width}×{size.height} is too small for runtui: make it {LEAST_SIZE.width}×"
        said += f"{LEAST_SIZE.height} or more to go on; q quits"
        self.query_one("#too-small", Static).update(Content(said))

    def on_screen_resume(self) -> None:
        self.on_resize()

    def action_quit_all(self) -> None:
        self.app.exit()
