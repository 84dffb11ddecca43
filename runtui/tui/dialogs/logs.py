"""The list of a run's files that can be read as text: its logs, and the others."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runtui.logs.read.log_files import LogFile
from runtui.text.format import moment_text, size_text
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed


class LogsScreen(ChooserScreen[str]):
    """Lets the user choose a file of a run; ends with its path below the run.

    Args:
        logs: The logs, the one written last first.
        others: Other files that look like text.
    """

    TITLE_TEXT = "Files of this run"
    PLACEHOLDER = "type to search"

    def __init__(self, logs: Sequence[LogFile], others: Sequence[LogFile]) -> None:
        super().__init__()
        now = time.time()
        self._choices = [
            Choice(file.name, safe_text(file.name), moment_text(file.modified, now), size_text(file.size))
            for file in (*logs, *others)
        ]

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        return narrowed(self._choices, typed)
