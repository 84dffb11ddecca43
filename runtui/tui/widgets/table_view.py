"""Rows of a table of any size: the heading stays, and more rows are requested at the edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from runtui.formats.tables.base import Head, Page, TableRow
from runtui.tui.actions import Place, bindings_of
from runtui.tui.widgets.line_drawing import LineDrawing

_MOST_KEPT_ROWS = 2000
_MARGIN = 100  # rows kept in memory above and below the screen
_MOST_DEFERRED = 100  # movements
_GAP = "  "
_MARK = "› "  # the cursor must not be shown by colour alone
_WHEEL_ROWS = 3


class TableView(LineDrawing, can_focus=True):
    """Shows rows that others read, with a cursor on one of them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table-view--header", "table-view--cursor", "table-view--dim"}
    BINDINGS = bindings_of(Place.LINES)

    @dataclass
    class MoreWanted(Message):
        """Rows before or behind an offset are needed soon."""

        place: int
        backwards: bool

    @dataclass
    class EdgeWanted(Message):
        """The user goes to the beginning or the end of the table."""

        is_end: bool

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TableView.Moved)

    def __init__(self) -> None:
        super().__init__(id="table")
        self._head: Head | None = None
        self._rows: list[TableRow] = []
        self._is_beginning = self._is_end = True
        self._top = self._cursor = 0
        self._left = 0
        self._asked: set[bool] = set()
        self._deferred: list[Callable[[], None]] = []  # movements that wait for rows to be read
        self._note = "reading…"

    @property
    def row(self) -> TableRow | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def end(self) -> int | None:
        """Offset from which to read new rows of the table; None if its end is not in memory."""
        return self._rows[-1].end if self._rows and self._is_end else None

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor is on the last row."""
        return self._is_end and self._cursor >= len(self._rows) - 1

    # Content

    def say(self, text: str) -> None:
        """Show a text in place of rows."""
        self._note, self._rows = text, []
        self.refresh()

    def show(self, head: Head, page: Page, place: int) -> None:
        """Replace all rows, and put the cursor on one of them."""
        self._head, self._rows = head, list(page.rows)
        self._is_beginning, self._is_end = page.is_beginning, page.is_end
        self._asked.clear()
        self._deferred.clear()
        self._note = "" if self._rows else "no rows yet"
        self._cursor = max(0, min(place, len(self._rows) - 1))
        self._top = max(0, self._cursor - self._height // 3)
        self._changed()

    def add(self, head: Head, page: Page, asked: MoreWanted) -> None:
        """Add rows that were requested; ignore those of an outdated request."""
        if not self._rows or asked.backwards not in self._asked:
            return
        self._head = head
        self._asked.discard(asked.backwards)
        if asked.backwards and asked.place == self._rows[0].begin:
            self._rows[:0] = page.rows
            self._top += len(page.rows)
            self._cursor += len(page.rows)
            self._is_beginning = page.is_beginning
            del self._rows[max(_MOST_KEPT_ROWS, self._top + self._height + _MARGIN) :]
            self._is_end = self._is_end and len(self._rows) < _MOST_KEPT_ROWS
        elif not asked.backwards and asked.place == self._rows[-1].end:
            self._rows += page.rows
            self._is_end = page.is_end
            surplus = min(len(self._rows) - _MOST_KEPT_ROWS, self._top - _MARGIN)
            if surplus > 0:
                del self._rows[:surplus]
                self._top -= surplus
                self._cursor -= surplus
                self._is_beginning = False
        moves, self._deferred = self._deferred, []
        for move in moves:
            move()
        self._changed()

    def add_written(self, head: Head, page: Page) -> None:
        """Add new rows of the table; the cursor stays on the last row if it was there."""
        follows = self.is_at_end
        self._head = head
        self._rows += page.rows
        self._is_end = page.is_end
        if follows:
            self._cursor = len(self._rows) - 1
        self._changed()

    # Moving

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _move(self, rows: int) -> None:
        wanted = self._cursor + rows
        self._cursor = max(0, min(wanted, len(self._rows) - 1))
        beyond = wanted - self._cursor
        if (beyond > 0 and not self._is_end) or (beyond < 0 and not self._is_beginning):
            self._defer(partial(self._move, beyond))
        self._changed()

    def _defer(self, move: Callable[[], None]) -> None:
        if len(self._deferred) < _MOST_DEFERRED:
            self._deferred.append(move)

    def _changed(self) -> None:
        height = self._height
        if self._cursor < self._top:
            self._top = self._cursor
        elif self._cursor >= self._top + height:
            self._top = self._cursor - height + 1
        self._top = max(0, min(self._top, len(self._rows) - height))
        if self._rows:
            if not self._is_end and self._top + height + _MARGIN > len(self._rows):
                self._ask(self._rows[-1].end, backwards=False)
            if not self._is_beginning and self._top < _MARGIN:
                self._ask(self._rows[0].begin, backwards=True)
        self.post_message(self.Moved())
        self.refresh()

    def _ask(self, place: int, *, backwards: bool) -> None:
        if backwards not in self._asked:
            self._asked.add(backwards)
            self.post_message(self.MoreWanted(place, backwards))

    def action_scroll_down(self) -> None:
        self._move(1)

    def action_scroll_up(self) -> None:
        self._move(-1)

    def action_page_down(self) -> None:
        self._turn(self._height)

    def action_page_up(self) -> None:
        self._turn(-self._height)

    def _turn(self, rows: int) -> None:
        top = self._top + rows
        if self._rows and (
            (rows > 0 and not self._is_end and top + self._height > len(self._rows))
            or (rows < 0 and not self._is_beginning and top < 0)
        ):
            self._defer(partial(self._turn, rows))
            self._changed()
            return
        self._top = max(0, min(self._top + rows, len(self._rows) - self._height))
        self._move(rows)

    def action_scroll_home(self) -> None:
        if self._is_beginning:
            self._move(-self._cursor)
        else:
            self.post_message(self.EdgeWanted(is_end=False))

    def action_scroll_end(self) -> None:
        if self._is_end:
            self._move(len(self._rows))
        else:
            self.post_message(self.EdgeWanted(is_end=True))

    def action_scroll_left(self) -> None:
        self._left = max(0, self._left - 1)
        self.refresh()

    def action_scroll_right(self) -> None:
        head = self._head
        if (
            head is not None
            and sum(width + len(_GAP) for width in head.widths[self._left :]) > self.size.width
        ):
            self._left += 1
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move(-_WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        row = self._top + event.y - 1
        if event.y and row < len(self._rows):
            self._move(row - self._cursor)

    # Drawing

    def on_resize(self) -> None:
        self._changed()

    def render_line(self, y: int) -> Strip:
        """Return the heading, a row, or the text in place of rows."""
        width, base, head = self.size.width, self.base_style, self._head
        if self._note or head is None:
            text = f"  {self._note}" if y == 1 else ""
            style = base + self.get_component_rich_style("table-view--dim")
            return Strip([Segment(text, style)]).crop_extend(0, width, base)
        if y == 0:
            style = base + self.get_component_rich_style("table-view--header")
            return (
                self._strip(" " * len(_MARK), head.columns, head)
                .apply_style(style)
                .crop_extend(0, width, style)
            )
        place = self._top + y - 1
        if place >= len(self._rows):
            return Strip.blank(width, base)
        if place == self._cursor:
            base = base + self.get_component_rich_style("table-view--cursor")
        mark = _MARK if place == self._cursor else " " * len(_MARK)
        return self._strip(mark, self._rows[place].cells, head).apply_style(base).crop_extend(0, width, base)

    def _strip(self, mark: str, cells: tuple[str, ...], head: Head) -> Strip:
        parts = [mark]
        room = self.size.width
        for place in range(self._left, len(head.columns)):
            if room <= 0:
                break
            cell = cells[place] if place < len(cells) else ""
            parts.append(_fit(cell, head.widths[place], to_the_right=head.are_numbers[place]) + _GAP)
            room -= head.widths[place] + len(_GAP)
        return Strip([Segment("".join(parts))])


def _fit(text: str, cells: int, *, to_the_right: bool) -> str:
    width = cell_len(text)
    if width > cells:
        return set_cell_size(text, max(0, cells - 1)) + "…"
    return " " * (cells - width) + text if to_the_right else text + " " * (cells - width)
