"""The list of what can be copied of runs."""

from __future__ import annotations

import os
from collections.abc import Sequence

from runtui.catalog.deeds import run_count
from runtui.store.safe_text import is_safe, safe_text
from runtui.store.shell_word import directory_word
from runtui.tui.screens.chooser import Choice, ChooserScreen, narrowed


class CopyScreen(ChooserScreen[str]):
    """Lets the user choose what is copied; ends with the text.

    Args:
        places: The runs: of each its directory and its name there.
    """

    HINT = "Enter copies it  Esc leaves"

    def __init__(self, places: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"copy, of {run_count(len(places))}")
        self._places = places

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        paths = [os.path.join(os.path.abspath(base), name) for base, name in self._places]
        texts = {
            "id": "\n".join(safe_text(name) for _base, name in self._places),
            # What it is pasted into may obey what stands in it.
            "path": "\n".join(path if is_safe(path) else directory_word(path) for path in paths),
        }
        if len(paths) == 1:
            texts["cd"] = f"cd -- {directory_word(paths[0])}"
        choices = [Choice(text, what, safe_text(text, 120)) for what, text in texts.items()]
        return narrowed(choices, typed)
