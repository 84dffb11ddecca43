"""The key picker for sorting and grouping: columns, and any metadata or parameter key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runtui.catalog import fields
from runtui.catalog.columns import Column, is_metric
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_LONGEST_KEY_CHARACTERS = 200


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

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        return narrowed(key_choices(fields.columns(), self._own_keys, typed), typed)


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
