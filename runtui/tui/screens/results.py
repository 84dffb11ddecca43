"""The base of the results screens: a title, a body, and a line with the keys."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from runtui.logs.read.saving import save_pieces
from runtui.store.errors import explain
from runtui.store.user_dirs import shown_path
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Keys, Place, bindings_of, hints, key_of
from runtui.tui.background import Background
from runtui.tui.screens.help import HelpScreen
from runtui.tui.widgets.bars import hint_content
from runtui.tui.widgets.line_prompt import LinePrompt

_MESSAGE_SECONDS = 6.0
_SILENCE_INTERVAL = 1.0  # seconds between checks whether the file system answers
_LONG_SILENCE = 3.0  # seconds without an answer after which the user is told
_EVERYWHERE = ("help", "command_palette")


class RunPlace(NamedTuple):
    """A run whose results are shown: its runs directory, its name there, and its name in the browser."""

    base: str
    name: str
    shown_as: str

    @property
    def run_dir(self) -> str:
        """The run's directory."""
        return os.path.join(self.base, self.name)


def results_bindings(*places: Place) -> list[BindingType]:
    """Return the key bindings of a results screen: those of all results screens, its own, and the help."""
    everywhere = [
        binding
        for binding in bindings_of(Place.EVERYWHERE)
        if isinstance(binding, Binding) and binding.action in _EVERYWHERE
    ]
    return [*bindings_of(Place.RESULTS, *places), *everywhere]


class ResultsScreen(Screen[None]):
    """Base of the results screens, which replace the browser on screen.

    Args:
        keys: The keys that the user remapped.
    """

    CSS_PATH = "results.tcss"
    PLACE: ClassVar[Place] = Place.RESULTS

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys
        self.background = Background(self)
        self._title = Static("", id="results-title", markup=False)
        self._hint = Static(hint_content(f" {hints(keys, self.PLACE)}"), id="results-hint", markup=False)
        self._prompt = LinePrompt(self._go_back_to_body)
        self._forgetting: Timer | None = None

    @abstractmethod
    def body(self) -> Widget:
        """Return the widget that shows the results, always the same one; it gets the focus."""

    @abstractmethod
    def read(self) -> None:
        """Begin to read the results in the background."""

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.body()
        yield self._prompt
        yield self._hint

    def on_mount(self) -> None:
        self.body().focus()
        self.read()
        self.set_interval(_SILENCE_INTERVAL, self._tell_silence)

    def _tell_silence(self) -> None:
        silence = self.background.unanswered_for()
        if silence > _LONG_SILENCE:
            close = key_of("leave", self.keys)
            self.say(f"no answer from the file system for {silence:.0f} s; {close} close")

    def on_unmount(self) -> None:
        self.background.stop()

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the prompt while the user types there."""
        return not self._prompt.has_focus_within

    def show_title(self, text: str) -> None:
        """Change the title; the text must be safe to show."""
        self._title.update(Content(f" {text}"))

    def say(self, text: str) -> None:
        """Show a message for a moment in place of the keys; the text must be safe to show."""
        self._hint.update(Content(f" {text}"))
        if self._forgetting is not None:
            self._forgetting.stop()
        self._forgetting = self.set_timer(_MESSAGE_SECONDS, self._forget)

    def _forget(self) -> None:
        self._hint.update(hint_content(f" {hints(self.keys, self.PLACE)}"))

    def ask(self, question: str, text: str, take: Callable[[str], None]) -> None:
        """Ask the user for a text, and call `take` with it."""
        self._prompt.ask(question, text, take)

    def _go_back_to_body(self) -> None:
        self.body().focus()

    def save(self, text: str, path: str, *, replace: bool = False) -> None:
        """Save a text to a file; ask the user before replacing one, unless `replace`."""

        def take(outcome: str | None) -> None:
            if outcome is not None:
                self.say(outcome)
                return
            question = "this file exists; replace it (yes or no)?"
            self.ask(question, "", partial(self._replace, text, path))

        self.background.submit("save", partial(_saved, text, path, replace), take)

    def _replace(self, text: str, path: str, answer: str) -> None:
        if answer.casefold() in ("y", "yes"):
            self.save(text, path, replace=True)
        else:
            self.say("not saved")

    def action_leave(self) -> None:
        self.dismiss()

    def action_read_again(self) -> None:
        self.read()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.keys, place=self.PLACE))


def _saved(text: str, path: str, replace: bool) -> str | None:
    """Save a text and return what to say of it; None where there is a file already."""
    try:
        save_pieces([text.encode("utf-8", "replace")], path, replace=replace)
    except FileExistsError:
        return None
    except OSError as error:
        return safe_text(f"not saved: {explain(error)}")
    return safe_text(f"saved to {shown_path(os.path.abspath(path))}")
