"""A prompt at the bottom of a screen, for example for a file name."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from runtui.tui.actions import Place, bindings_of


class LinePrompt(Horizontal):
    """A line to type in; hidden unless it asks something.

    Args:
        leave: Called when the user is done or cancels.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.PROMPT)

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__(id="line-prompt")
        self._leave = leave
        self._take: Callable[[str], None] | None = None
        self._question = Static("", id="line-prompt-question", markup=False)
        self._line = Input(id="line-prompt-line", compact=True, select_on_focus=False)
        self._line.cursor_blink = False
        self.display = False

    def compose(self) -> ComposeResult:
        yield self._question
        yield self._line

    def ask(self, question: str, text: str, take: Callable[[str], None]) -> None:
        """Show the line, and let the user type.

        Args:
            question: The label of the line.
            text: The initial text.
            take: Called with the text typed.
        """
        self._take = take
        self._question.update(question)
        self._line.value = text
        self._line.cursor_position = len(text)
        self.display = True
        self.screen.set_focus(self._line)  # at once: what is typed next may have arrived already
        self._line.focus()  # and later: a screen that is being opened chooses its focus meanwhile

    def action_submit_prompt(self) -> None:
        take, text = self._take, self._line.value.strip()
        self.action_cancel_prompt()
        if take is not None and text:
            take(text)

    def action_cancel_prompt(self) -> None:
        self.display = False
        self._leave()
