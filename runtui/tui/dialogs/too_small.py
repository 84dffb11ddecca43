"""The message shown while the terminal is too small."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from runtui.tui.actions import Place, bindings_of, key_of, keys_in

LEAST_SIZE = Size(50, 12)
"""The least size, in cells, at which rows of the table and dialogs show everything they must."""


def is_too_small(size: Size) -> bool:
    """Return whether a terminal has no room for the browser."""
    return size.width < LEAST_SIZE.width or size.height < LEAST_SIZE.height


class TooSmallScreen(ModalScreen[None]):
    """Message that the terminal is too small. Closes when it is enlarged; no other key works meanwhile."""

    CSS_PATH = "too_small.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.TOO_SMALL)

    def compose(self) -> ComposeResult:
        yield Static(id="too-small", markup=False)

    def on_resize(self) -> None:
        size = self.app.size
        if not is_too_small(size):
            # If another screen is on top, this one closes when that one has closed.
            if self.is_current:
                self.dismiss()
            return
        said = f"{size.width}×{size.height} is too small for runtui: make it {LEAST_SIZE.width}×"
        said += f"{LEAST_SIZE.height} or larger, or press {key_of('quit_all', keys_in(self.app))} to quit"
        self.query_one("#too-small", Static).update(Content(said))

    def on_screen_resume(self) -> None:
        self.on_resize()

    def action_quit_all(self) -> None:
        self.app.exit()
