"""Copying a run's path, and opening a shell in its directory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from runtui.catalog.sync.sources import RunSources
from runtui.text.sanitize import safe_text
from runtui.tui import dialogs
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.targets import TargetRuns

if TYPE_CHECKING:
    from runtui.tui.terminal.clipboard import Told

_SHELL_PATIENCE = 3.0  # seconds within which a directory must answer for a shell to be opened there
_LONGEST_NAME = 60  # characters
_LONGEST_COPY = 100  # characters of the copied text that the notice shows


class RunDirectory:
    """Copies the ids, paths or commands of runs, and opens a shell in a run's directory.

    Args:
        targets: The runs.
        sources: The runs directories.
        host: Shows the dialog of what to copy.
        background: Checks whether a directory exists.
        notifier: Shows results.
        copy_text: Copies a text to the clipboard, and calls the function with where it went.
        open_shell: Opens a shell in a directory; returns why that could not be, or ``""``.
    """

    def __init__(
        self,
        targets: TargetRuns,
        sources: RunSources,
        host: DialogHost,
        background: BackgroundWork,
        notifier: Notifier,
        copy_text: Callable[[str, Told], None],
        open_shell: Callable[[str], str],
    ) -> None:
        self._targets = targets
        self._sources = sources
        self._host = host
        self._background = background
        self._notifier = notifier
        self._copy_text = copy_text
        self._open_shell = open_shell

    def copy(self) -> None:
        """Copy the id, path or command of the targets."""
        if names := self._targets.require():
            dialog = dialogs.CopyScreen([self._sources.place_of(name) for name in names])
            self._host.show_dialog(dialog, self._copy)

    def _copy(self, text: str | None) -> None:
        if text is not None:
            lines = text.count("\n") + 1
            what = f"{lines:,} lines" if lines > 1 else safe_text(text, _LONGEST_COPY)
            self._copy_text(text, lambda copied: self._notifier.inform(copied.text(what)))

    def shell(self) -> None:
        """Open a shell in the directory of the run under the cursor, once the directory has answered."""
        run = self._targets.under_cursor
        if run is not None:
            directory = os.path.join(*self._sources.place_of(run.name))
            self._background.submit(
                "shell",
                partial(os.path.isdir, directory),
                partial(self._shell, run.name, directory, time.monotonic()),
            )

    def _shell(self, name: str, directory: str, asked: float, is_there: bool) -> None:
        shown = safe_text(name, _LONGEST_NAME)
        if time.monotonic() - asked > _SHELL_PATIENCE:
            # The user has moved on, and a shell would interrupt them.
            trouble = f"{shown} answered too late for a shell; press {self._notifier.key('shell')} again"
        elif is_there:
            trouble = self._open_shell(directory)
        else:
            trouble = f"{shown} is gone"
        if trouble:
            self._notifier.warn(trouble)
        self._sources.look_at((name,))
