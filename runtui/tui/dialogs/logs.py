"""The picker of a run's text files: its logs and others."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runtui.logs.read.log_files import FoundTexts, LogFile
from runtui.text.format import moment_text, size_text
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_LONGEST_TARGET = 60  # characters


class LogsScreen(ChooserScreen[str]):
    """Lets the user choose a text file of a run; returns its path below the run.

    Args:
        found: The run's logs and other files, and what could not be looked at.
    """

    TITLE_TEXT = "Files of this run"
    PLACEHOLDER = "type to search"

    def __init__(self, found: FoundTexts) -> None:
        super().__init__()
        now = time.time()
        self._problems = found.problems
        self._choices = [
            Choice(file.name, safe_text(file.name), _note(file, now), size_text(file.size))
            for file in (*found.logs, *found.others)
        ]

    def on_mount(self) -> None:
        super().on_mount()
        if self._problems:
            self.say("; ".join(self._problems))

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        return narrowed(self._choices, typed)


def _note(file: LogFile, now: float) -> str:
    written = moment_text(file.modified, now)
    return f"{written}, link to {safe_text(file.target, _LONGEST_TARGET)}" if file.target else written
