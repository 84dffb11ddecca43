"""The prompt at the bottom of the log for searching, filtering, moving and saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from runtui.text.sanitize import safe_text


class PromptKind(Enum):
    """A kind of prompt; the value is its label."""

    SEARCH = "/"
    FILTER = "&"
    PLACE = ":"
    FILE = "save as: "


_EXAMPLES = {
    PromptKind.SEARCH: "words or a regular expression; capitals make it case-sensitive",
    PromptKind.FILTER: "show only matching lines, or with !PATTERN the others; empty shows all",
    PromptKind.PLACE: "50%  1234  12:30:05  2026-01-31 12:30",
    PromptKind.FILE: "new file name",
}


class LogPrompt(Horizontal):
    """A line to type in, above the log's lower border while it is used.

    Args:
        take: Called with the text typed when the user is done; returns what is wrong with it, or ``""``.
        done: Called when the line is hidden again, whether something was typed or not.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave the line", show=False, priority=True),
        Binding("enter", "take", "take what was typed", show=False, priority=True),
    ]

    @dataclass
    class Changed(Message):
        """The text in the line has changed."""

        kind: PromptKind
        text: str

    def __init__(self, take: Callable[[PromptKind, str], str], done: Callable[[], None]) -> None:
        super().__init__(id="log-prompt")
        # Callbacks and not messages: the next key may have arrived already, and must go to the new focus.
        self._take, self._done = take, done
        self._kind = PromptKind.SEARCH
        self._sign = Static("/", id="log-prompt-sign", markup=False)
        self._line = Input(id="log-prompt-line", compact=True, select_on_focus=False)
        self._line.cursor_blink = False
        self._note = Static("", id="log-prompt-note", markup=False)

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self._line
        yield self._note

    def ask(self, kind: PromptKind, text: str = "") -> None:
        """Show the line and let the user type."""
        self._kind = kind
        self._sign.update(kind.value)
        self._line.placeholder = _EXAMPLES[kind]
        with self.prevent(Input.Changed):
            self._line.value = text
        self._line.cursor_position = len(text)
        self.complain("")
        self.display = True
        # Immediately, and not at the next refresh as focus() does: the next key may have been typed already.
        self.screen.set_focus(self._line)

    def complain(self, text: str) -> None:
        """Show what is wrong with the text typed."""
        self._note.update(safe_text(text, 200))

    @on(Input.Changed)
    def _tell_change(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self._kind, event.value))

    def action_take(self) -> None:
        complaint = self._take(self._kind, self._line.value)
        self.complain(complaint)
        if not complaint:
            self.action_leave()

    def action_leave(self) -> None:
        self.display = False
        self._done()
