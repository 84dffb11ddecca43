"""The key picker for sorting and grouping: columns, and any metadata or parameter key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from runtui.catalog import fields
from runtui.catalog.columns import Column, is_metric
from runtui.catalog.sorting import Sort, usual_sort
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_LONGEST_KEY_CHARACTERS = 200
_LONGEST_SHOWN_CHARACTERS = 20


class KeysScreen(ChooserScreen[str]):
    """Lets the user choose a key.

    Args:
        title: The title.
        own_keys: The known metadata and parameter keys; others can be typed.
    """

    PLACEHOLDER = "type to search keys"

    def __init__(self, title: str, own_keys: Iterable[str]) -> None:
        super().__init__(title)
        self._own_keys = sorted(own_keys)

    def add_keys(self, keys: Iterable[str]) -> None:
        """Offer further keys; the highlight stays where it is."""
        if self.is_attached:
            self._own_keys = list(dict.fromkeys([*self._own_keys, *keys]))
            self.show_choices()

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        return narrowed(key_choices(fields.columns(), self._own_keys, typed), typed)


class SortScreen(ChooserScreen[Sort]):
    """Lets the user choose the keys to sort by, one after another.

    Args:
        present: The present order, to which a key can be added.
        own_keys: The known metadata and parameter keys; others can be typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.SORTING)
    PLACEHOLDER = "type to search keys"
    HINT = "{key:choose} sort  {key:sort_then} then by…  {key:cancel} cancel"

    def __init__(self, present: Sort, own_keys: Iterable[str]) -> None:
        super().__init__("Sort by")
        self._present = present
        self._own_keys = sorted(own_keys)
        self._is_adding = False

    def add_keys(self, keys: Iterable[str]) -> None:
        """Offer further keys; the highlight stays where it is."""
        if self.is_attached:
            self._own_keys = list(dict.fromkeys([*self._own_keys, *keys]))
            self.show_choices()

    def choices(self, typed: str) -> Sequence[Choice[Sort]]:
        return [
            Choice(
                self._present.and_by(choice.value) if self._is_adding else usual_sort(choice.value),
                choice.label,
                choice.note,
            )
            for choice in self._keys(typed)
        ]

    def _keys(self, typed: str) -> list[Choice[str]]:
        """Return the keys for the text in the line: known ones first, so that ``loss`` finds the metric."""
        choices = narrowed(key_choices(fields.columns(), self._own_keys, typed), typed)
        return sorted(choices, key=lambda choice: choice.label == typed and choice.note.startswith("use "))

    def keeps(self, key: str) -> bool:
        """Return whether a key is an action: the letter that adds a key until the user types."""
        return key == "S" and not self._typed

    def action_sort_then(self) -> None:
        self._is_adding = not self._is_adding
        keys = ", ".join(safe_text(key, _LONGEST_SHOWN_CHARACTERS) for key in self._present.keys)
        title = f"Sort by {keys}, then by" if self._is_adding else "Sort by"
        self.query_one("#chooser").border_title = Content(title)
        self.show_choices()


def key_choices(columns: Mapping[str, Column], own_keys: Sequence[str], typed: str) -> list[Choice[str]]:
    """Return keys to choose from: of columns, metadata and parameters, and the text typed.

    Args:
        columns: The columns.
        own_keys: The known metadata and parameter keys.
        typed: The text that the user has typed.
    """
    choices = [
        Choice(key, key, "" if column.title == key else column.title) for key, column in columns.items()
    ]
    choices += [
        Choice(
            key,
            safe_text(key),
            "metric: sparkline and latest value" if is_metric(key) else "parameter or metadata key",
        )
        for key in own_keys
        if key not in columns
    ]
    typed = safe_text(typed, _LONGEST_KEY_CHARACTERS)
    if typed and typed not in columns and typed not in own_keys:
        choices.append(Choice(typed, typed, f'use "{typed}" as typed (no run has it)'))
    return choices
