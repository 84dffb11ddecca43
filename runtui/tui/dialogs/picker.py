"""The base of pickers: typing narrows the list, a digit chooses an entry at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from runtui.text.folding import folded
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.dialog import Dialog
from runtui.tui.widgets.bars import hint_content
from runtui.tui.widgets.column_layout import fitted

T = TypeVar("T")

_WIDEST_LABEL_CELLS = 30
_DIGITS = 9  # number of entries that can be chosen by a digit


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """An entry of a picker.

    Attributes:
        value: The value that it stands for.
        label: Its label, safe to show.
        note: An explanation, safe to show.
        figure: A text at the end of its line, such as a number.
        mark: A text before its label.
    """

    value: T
    label: str
    note: str = ""
    figure: str = ""
    mark: str = ""


class ChooserScreen(Dialog[T], Generic[T]):
    """Base of the pickers. Returns the value chosen, or None.

    Args:
        title: The title; by default that of the class.
    """

    CSS_PATH = "picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.CHOOSER)
    TITLE_TEXT: ClassVar[str] = ""
    PLACEHOLDER: ClassVar[str] = ""
    HINT: ClassVar[str] = "{key:choose} choose  {key:cancel} cancel"

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self._heading = title or self.TITLE_TEXT
        self._line = _Line(self, placeholder=self.PLACEHOLDER, id="chooser-line", compact=True)
        self._list = OptionList(id="chooser-list", markup=False, compact=True)
        self._list.can_focus = False
        self._hint = Static(id="chooser-hint", markup=False)
        self._offered: Sequence[Choice[T]] = ()
        self._label_width = 0
        self._typed = ""

    @property
    def takes_digits(self) -> bool:
        """Whether a digit typed into the empty line chooses the entry with that number."""
        return True

    def keeps(self, key: str) -> bool:
        """Return whether a key that could be typed is an action now."""
        return False

    @abstractmethod
    def choices(self, typed: str) -> Sequence[Choice[T]]:
        """Return the entries for the text in the line, the likeliest first."""

    def compose(self) -> ComposeResult:
        with Vertical(id="chooser") as box:
            box.border_title = Content(self._heading)
            self._hint.update(hint_content(self.keys_hint))
            yield self._line
            yield self._list
            yield self._hint

    def on_mount(self) -> None:
        self._line.focus()
        self.show_choices()

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_choices)

    @property
    def marked(self) -> T | None:
        """The highlighted value, None if there is none."""
        place = self._list.highlighted
        return self._offered[place].value if place is not None and place < len(self._offered) else None

    def show_choices(self, place: int | None = None) -> None:
        """Update the list of entries.

        Args:
            place: The entry to highlight; by default the one at the same place as before.
        """
        before = self._list.highlighted if place is None else place
        self._offered = self.choices(self._line.value.strip())
        self._label_width = min(
            _WIDEST_LABEL_CELLS, max((cell_len(choice.label) for choice in self._offered), default=0)
        )
        self._list.clear_options()
        self._list.add_options(
            Option(self._prompt(number, choice)) for number, choice in enumerate(self._offered, 1)
        )
        if self._offered:
            self._list.highlighted = min(before or 0, len(self._offered) - 1)

    def write(self, text: str) -> None:
        """Put a text in the line without narrowing the list."""
        with self.prevent(Input.Changed):
            self._typed = text
            self._line.value = text
        self._line.cursor_position = len(text)

    def say(self, text: str) -> None:
        """Show a text below the list in place of the keys; ``""`` shows the keys again."""
        self._hint.update(Content(text) if text else hint_content(self.keys_hint))

    def _prompt(self, number: int, choice: Choice[T]) -> Content:
        lead = choice.mark
        if self.takes_digits:
            lead += f"{number} " if number <= _DIGITS and not self._line.value else "  "
        label = fitted(choice.label, self._label_width)
        room = max(0, self._list.scrollable_content_region.width - self._label_width - len(lead) - 4)
        note = choice.note
        figure = f" {choice.figure}" if choice.figure else ""
        space = max(0, room - cell_len(figure))
        if cell_len(note) > space:
            note = set_cell_size(note, max(0, space - 1)) + "…"
        return Content.assemble(
            (lead, "$text-muted"),
            f"{label}  ",
            (set_cell_size(note, space), "$text-muted"),
            (figure, "$text-primary"),
        )

    @on(Input.Changed)
    def _narrow_down(self, event: Input.Changed) -> None:
        event.stop()
        self.catch_up()

    def catch_up(self) -> None:
        """Update the list before the next key is handled, which may arrive along with letters."""
        before, typed = self._typed, self._line.value
        if typed == before:
            return
        self._typed = typed
        is_digit = not before and len(typed) == 1 and typed in "123456789"
        if is_digit and self.takes_digits and int(typed) <= len(self._offered):
            self.pick(self._offered[int(typed) - 1].value)
            return
        self.say("")
        self.show_choices(0)
        self.typed()

    def typed(self) -> None:
        """Handle a change of the text in the line, after the list was updated."""

    @on(OptionList.OptionSelected)
    def _click(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.take(self._offered[event.option_index].value)

    def take(self, value: T) -> None:
        """Handle a click on an entry."""
        self.pick(value)

    def pick(self, value: T) -> None:
        """Return the value of an entry, and close."""
        self.dismiss(value)

    def action_choose_next(self) -> None:
        self.catch_up()
        self._list.action_cursor_down()

    def action_choose_previous(self) -> None:
        self.catch_up()
        self._list.action_cursor_up()

    def action_choose(self) -> None:
        self.catch_up()
        if self.marked is not None:
            self.pick(self.marked)

    def action_cancel(self) -> None:
        self.dismiss(None)


class _Line(Input):
    """The input line, which leaves some keys to its screen."""

    def __init__(self, chooser: ChooserScreen[Any], *, placeholder: str, id: str, compact: bool) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=compact)
        self._chooser = chooser

    def watch_value(self) -> None:
        self._chooser.catch_up()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return not self._chooser.keeps(key) and super().check_consume_key(key, character)


def narrowed(choices: Sequence[Choice[T]], typed: str) -> list[Choice[T]]:
    """Return the choices that have the typed words in their label or note, those that begin so first."""
    words = folded(typed).split()
    fitting = [
        choice
        for choice in choices
        if all(word in folded(f"{choice.label}\n{choice.note}") for word in words)
    ]
    start = folded(typed)
    return sorted(
        fitting,
        key=lambda choice: (
            not folded(choice.label).startswith(start),
            start not in folded(choice.label),
        ),
    )
