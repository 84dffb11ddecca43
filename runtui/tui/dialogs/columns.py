"""The column picker: which columns are shown, and in which order; any key of a run can be a column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from runtui.catalog import fields
from runtui.settings import ColumnChoice
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.keys import key_choices
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

Columns = tuple[ColumnChoice, ...]


class ColumnsScreen(ChooserScreen[Columns]):
    """Lets the user choose columns; returns all columns to be shown.

    Args:
        shown: The current columns.
        usual: The default columns.
        own_keys: The known metadata and parameter keys.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.COLUMNS)
    TITLE_TEXT = "Columns"
    PLACEHOLDER = "type to search keys"
    HINT = (
        "{key:toggle_column} show/hide  {key:column_later} {key:column_earlier} move  "
        "{key:usual_columns} defaults  {key:choose} apply  {key:cancel} cancel"
    )

    def __init__(self, shown: Columns, usual: Columns, own_keys: Iterable[str]) -> None:
        super().__init__()
        self._shown = list(shown)
        self._usual = usual
        self._own_keys = sorted(own_keys)

    @property
    def takes_digits(self) -> bool:
        return False

    def add_keys(self, keys: Iterable[str]) -> None:
        """Offer further keys; the highlight stays where it is."""
        if self.is_attached:
            self._own_keys = list(dict.fromkeys([*self._own_keys, *keys]))
            self.show_choices()

    def choices(self, typed: str) -> Sequence[Choice[Columns]]:
        keys = {choice.key for choice in self._shown}
        chosen = [self._choice(choice, "[x] ") for choice in self._shown]
        others: list[Choice[Columns]] = [
            Choice((ColumnChoice(choice.value),), choice.label, choice.note, mark="[ ] ")
            for choice in key_choices(fields.columns(), self._own_keys, typed)
            if choice.value not in keys
        ]
        return narrowed([*chosen, *others], typed)

    def _choice(self, column: ColumnChoice, mark: str) -> Choice[Columns]:
        width = "" if column.width is None else f"{column.width} wide"
        return Choice((column,), safe_text(column.key), width, mark=mark)

    def take(self, value: Columns) -> None:
        """Show or hide a column."""
        self._toggle(value[0])

    def keeps(self, key: str) -> bool:
        """Return whether a key is an action: the space always; letters until the user types."""
        return key == "space" or (key in ("J", "K") and not self._typed)

    def action_toggle_column(self) -> None:
        if self.marked is not None:
            self._toggle(self.marked[0])

    def action_column_earlier(self) -> None:
        self._move(-1)

    def action_column_later(self) -> None:
        self._move(1)

    def action_usual_columns(self) -> None:
        self._shown = list(self._usual)
        self.write("")
        self.show_choices(0)

    def action_choose(self) -> None:
        if self._shown:
            self.dismiss(tuple(self._shown))
        else:
            self.say("Choose at least one column.")

    def _toggle(self, column: ColumnChoice) -> None:
        if column in self._shown:
            self._shown.remove(column)
        else:
            self._shown.append(column)
        self._mark(column)

    def _move(self, step: int) -> None:
        column = None if self.marked is None else self.marked[0]
        if column not in self._shown:
            self.say("This column is hidden; show it before moving it.")
            return
        place = self._shown.index(column)
        self._shown.remove(column)
        self._shown.insert(max(0, min(place + step, len(self._shown))), column)
        self._mark(column)

    def _mark(self, column: ColumnChoice) -> None:
        """Update the list, and highlight this column."""
        self.write("")
        keys = [choice.value[0].key for choice in self.choices("")]
        self.show_choices(keys.index(column.key) if column.key in keys else None)
