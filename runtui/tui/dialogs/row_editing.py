"""The base of dialogs whose rows are edited in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from textual.content import Content
from textual.geometry import Offset
from textual.widget import Widget
from textual.widgets import Input

from runtui.tui.dialogs.list_dialog import BoxedList

T = TypeVar("T")

_LEAST_WIDTH_CELLS = 12


class RowEditingDialog(BoxedList[T], Generic[T]):
    """Base of dialogs in which a line to type in opens on the row under the cursor.

    Args:
        title: The title.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._line = Input(classes="row-editor", compact=True)
        self._line.display = False
        self._column = 0
        self._apply: Callable[[str], str] | None = None

    def above(self) -> Iterator[Widget]:
        yield from super().above()
        yield self._line

    @property
    def is_editing(self) -> bool:
        """Whether the user types in a row."""
        return self._apply is not None

    def edit_row(self, column: int, value: str, hint: str, apply: Callable[[str], str]) -> None:
        """Let the user type in the row under the cursor.

        Args:
            column: The cell of the row in which the line begins.
            value: The text to begin with.
            hint: What is typed, for the line of hints.
            apply: Called with what the user typed; returns what is wrong with it, or ``""``.
        """
        self._column, self._apply = column, apply
        self._line.value = value
        self._line.cursor_position = len(value)
        self._line.display = True
        self._place_line()
        self.set_focus(self._line)  # at once: what is typed next may have arrived already
        self.hint(f"{hint}  {self.key('accept')} apply  {self.key('leave')} keep the old value")

    def end_editing(self, *, is_applied: bool) -> None:
        """Apply what was typed, or drop it. What is wrong is said, and stays to be edited."""
        if self._apply is None:
            return
        problem = self._apply(self._line.value) if is_applied else ""
        if problem:
            self._hint.update(Content(problem))
            return
        self._apply = None
        self._line.display = False
        self.set_focus(self.list)
        self.hint()

    def on_resize(self) -> None:
        super().on_resize()
        if self.is_editing:
            self.call_after_refresh(self._place_line)

    def _place_line(self) -> None:
        """Put the line over the row under the cursor."""
        region = self.list.content_region
        inside = self.query_one("#box").content_region
        column = min(self._column + 2, max(0, region.width - _LEAST_WIDTH_CELLS))  # after the cursor's mark
        row = self.list.cursor - self.list.scroll_offset.y
        self._line.styles.width = region.width - column
        self._line.styles.offset = Offset(region.x - inside.x + column, region.y - inside.y + row)
