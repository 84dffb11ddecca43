"""The list of what can be copied of runs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from runtui.catalog.deeds import run_count
from runtui.store.safe_text import safe_text
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
            "id": "\n".join(name for _base, name in self._places),
            "path": "\n".join(paths),
        }
        if len(paths) == 1:
            texts["cd"] = f"cd -- {shlex.quote(paths[0])}"
        choices = [Choice(text, what, safe_text(text, 120)) for what, text in texts.items()]
        return narrowed(choices, typed)
