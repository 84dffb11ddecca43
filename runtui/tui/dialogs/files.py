"""The picker of a run's results: tables, pictures and other files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from textual import on

from runtui.results.result_files import ResultFile, ViewerKind
from runtui.text.format import ago_text, size_text
from runtui.tui.background import Background
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_SIGNS = {ViewerKind.TABLE: "▦ ", ViewerKind.PICTURE: "▣ ", ViewerKind.OTHER: "  "}


class FilesScreen(ChooserScreen[ResultFile]):
    """Lets the user choose a result of a run.

    Args:
        title: What it is headed.
        read: Returns the results, and puts what could not be looked at into a list; called in the background.
    """

    PLACEHOLDER = "type to search"
    HINT = "{key:choose} open  {key:cancel} cancel"

    def __init__(self, title: str, read: Callable[[list[str]], list[ResultFile]]) -> None:
        super().__init__(title)
        self._problems: list[str] = []
        self._read = partial(read, self._problems)
        self._choices: list[Choice[ResultFile]] | None = None
        self._is_awaited = False
        self._background: Background | None = None

    def on_mount(self) -> None:
        # The dialog opens before its entries are read, so that it receives the keys typed meanwhile.
        self.say("reading…")
        self._background = Background(self)
        self._background.submit("files", self._read, self._take_files)

    def on_unmount(self) -> None:
        if self._background is not None:
            self._background.stop()

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    def _take_files(self, files: Sequence[ResultFile]) -> None:
        now = time.time()
        self._choices = [
            Choice(
                file,
                file.shown_name,
                f"{file.kind.value}, written {ago_text(file.modified, now)}",
                size_text(file.size),
                _SIGNS[file.kind],
            )
            for file in files
        ]
        nothing = f"No files in results/, no tables or pictures beside it.  {self.key('cancel')} close"
        none = "" if files else nothing
        self.say("; ".join(self._problems) or none)
        self.show_choices()
        if self._is_awaited:
            self.action_choose()

    def choices(self, typed: str) -> Sequence[Choice[ResultFile]]:
        return narrowed(self._choices or (), typed)

    def action_choose(self) -> None:
        self._is_awaited = self._choices is None
        super().action_choose()
