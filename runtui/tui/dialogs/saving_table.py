"""The dialog that asks for the file that the table is saved to."""

from __future__ import annotations

import os
import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from runtui.text.format import run_count
from runtui.text.table_text import TABLE_TEXTS
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.dialog import Dialog


class SaveTableScreen(Dialog[str]):
    """Asks for a file. Returns its path.

    Args:
        count: How many rows are to be saved.
    """

    CSS_PATH = "noting.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.PROMPT)
    HINT = "{key:submit_prompt} save  {key:cancel_prompt} cancel"

    def __init__(self, count: int) -> None:
        super().__init__()
        self._title = f"Save the table of {run_count(count)}"
        name = time.strftime("runs-%Y%m%d-%H%M%S.csv")
        self._line = Input(name, id="describe-line", compact=True, select_on_focus=False)
        self._hint = Static(id="note-hint", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="note-box") as box:
            box.border_title = Content(self._title)
            yield self._line
            yield self._hint

    def on_mount(self) -> None:
        self._line.cursor_blink = False
        self._line.focus()
        self._line.selection = Selection(0, len(self._line.value))  # at once: what is typed replaces it
        self._say(f"As its name ends: {', '.join(TABLE_TEXTS)}.")

    def action_submit_prompt(self) -> None:
        path = os.path.expanduser(self._line.value.strip())
        if os.path.splitext(path)[1].lower() not in TABLE_TEXTS:
            self._say(f"The name must end with one of {', '.join(TABLE_TEXTS)}.")
        else:
            self.dismiss(path)

    def action_cancel_prompt(self) -> None:
        self.dismiss(None)

    def _say(self, text: str) -> None:
        self._hint.update(Content(f"{text}\n{self.keys_hint}"))
