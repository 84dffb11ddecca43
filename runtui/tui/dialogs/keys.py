"""The list of keys: one that every run has, or any of the runs' own, to sort by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runtui.catalog import fields
from runtui.catalog.columns import Column, is_metric
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_LONGEST_KEY = 200


class KeysScreen(ChooserScreen[str]):
    """Lets the user choose a key.

    Args:
        title: What it is chosen for.
        own_keys: Keys of the runs' own that are known; others can be typed.
    """

    PLACEHOLDER = "type to search keys"

    def __init__(self, title: str, own_keys: Iterable[str]) -> None:
        super().__init__(title)
        self._own_keys = sorted(own_keys)

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        return narrowed(key_choices(fields.columns(), self._own_keys, typed), typed)


def key_choices(columns: Mapping[str, Column], own_keys: Sequence[str], typed: str) -> list[Choice[str]]:
    """Return keys to choose from: those of columns, of the runs' own, and what is typed as it stands.

    Args:
        columns: The columns.
        own_keys: Keys of the runs' own that are known.
        typed: What the user has typed.
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
    typed = safe_text(typed, _LONGEST_KEY)
    if typed and typed not in columns and typed not in own_keys:
        choices.append(Choice(typed, typed, f'use "{typed}" as typed (no run has it)'))
    return choices
