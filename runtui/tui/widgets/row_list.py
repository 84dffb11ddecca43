"""A list of rows with a cursor that draws only visible rows, so that it costs the same for any number."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.strip import Strip

from runtui.render.styled import StyledLine, StyledText
from runtui.tui.actions import Place, bindings_of
from runtui.tui.widgets.lines_view import LinesView

_MARK_CELLS = 2


class RowList(LinesView):
    """Shows rows of styled text, one of them under the cursor.

    Args:
        empty: The text shown while there are no rows.
    """

    BINDINGS = bindings_of(Place.ROWS)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor"}

    def __init__(self, empty: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[StyledLine] = ()
        self._empty = empty
        self._cursor = 0
        self._stops: Sequence[int] | None = None

    @property
    def cursor(self) -> int:
        """The place of the row under the cursor; 0 if there are no rows."""
        return self._cursor

    @property
    def has_cursor(self) -> bool:
        """Whether there is a row on which the cursor may stop."""
        return bool(self._rows if self._stops is None else self._stops)

    def line_count(self) -> int:
        return len(self._rows)

    def line_at(self, place: int) -> StyledLine:
        return self._rows[place]

    def show(self, rows: Sequence[StyledLine], empty: str = "", stops: Sequence[int] | None = None) -> None:
        """Show other rows; the cursor stays at its place, or goes to the last row.

        Args:
            rows: The rows.
            empty: The text to show if there are no rows; by default the same as before.
            stops: The places of the rows on which the cursor may stop, in their order; by default all.
        """
        is_as_high = len(rows) == len(self._rows)
        self._rows = rows
        self._empty = empty or self._empty
        self._stops = stops
        self._cursor = self._stop_near(self._cursor)
        self.virtual_size = Size(self.size.width, len(rows))
        self._scroll_to_cursor()
        self.refresh(layout=not is_as_high)

    def move_to(self, place: int) -> None:
        """Put the cursor on a row."""
        self._cursor = self._stop_near(place)
        self._scroll_to_cursor()
        self.refresh()

    def _stop_near(self, place: int) -> int:
        """Return the next place in the direction of another one on which the cursor may stop."""
        place = max(0, min(place, len(self._rows) - 1))
        if not self._stops:
            return place
        if place >= self._cursor:
            return self._stops[min(bisect_left(self._stops, place), len(self._stops) - 1)]
        return self._stops[max(bisect_right(self._stops, place) - 1, 0)]

    def render_line(self, y: int) -> Strip:
        """Return a row of the visible part."""
        width, base = self.size.width, self.base_style
        place = self.scroll_offset.y + y
        if not self._rows and not y:
            return Strip([Segment(self._empty, self._style(base, "dim"))]).crop_extend(0, width, base)
        if place >= len(self._rows):
            return Strip.blank(width, base)
        is_here = place == self._cursor and self.has_cursor
        if is_here:
            base = base + self.get_component_rich_style("row-list--cursor")
        mark = StyledText("› " if is_here else " " * _MARK_CELLS)
        line = (mark, *self.line_at(place))
        segments = [Segment(span.text, self._style(base, "" if is_here else span.style)) for span in line]
        strip = Strip(segments)
        if width and cell_len(strip.text.rstrip()) > width:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", base)])
        return strip.crop_extend(0, width, base)

    def on_click(self, event: events.Click) -> None:
        self.move_to(self.scroll_offset.y + event.y)

    def action_row_down(self) -> None:
        self.move_to(self._cursor + 1)

    def action_row_up(self) -> None:
        self.move_to(self._cursor - 1)

    def action_rows_down(self) -> None:
        self.move_to(self._cursor + self._page())

    def action_rows_up(self) -> None:
        self.move_to(self._cursor - self._page())

    def action_first_row(self) -> None:
        self.move_to(0)

    def action_last_row(self) -> None:
        self.move_to(len(self._rows) - 1)

    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def on_resize(self) -> None:
        if self._cursor < self._page():
            self.scroll_to(y=0, animate=False, force=True)  # it scrolled while it had less room
        self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        first = self.scroll_offset.y if len(self._rows) > self._page() else 0
        if self._cursor < first:
            first = self._cursor
        elif self._cursor >= first + self._page():
            first = self._cursor - self._page() + 1
        if self._stops and self._cursor < self._page() and self._cursor == self._stops[0]:
            first = 0  # what stands above it is seen nowhere else
        elif self._stops and self._cursor == self._stops[-1]:
            first = max(first, min(self._cursor, len(self._rows) - self._page()))
        self.scroll_to(y=first, animate=False, force=True)
